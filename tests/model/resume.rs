//! What a person's decision does once `DB_A` was restored: a new epoch, in `DB_B` first, in `DB_A` last.

use crate::local;
use crate::mistakes::Mistake;
use crate::scenario::Scenario;
use crate::set::Set;
use crate::state::{Intent, IntentState, Ledger, State, Status, Step, Trust, Witness};

/// Begins the epoch in `DB_B`: a new token and a new generation shut out everybody, this `DB_A` too.
pub fn begin_epoch(state: &mut State, who: usize, trust: Trust) {
    let token = state.draw_token();
    let generation = state.draw_generation();
    let ledger = Ledger { token, generation, epoch: state.central.ledger.epoch + 1 };
    state.central.ledger = ledger;
    state.cycles[who].step = Step::EpochBegun(ledger, trust);
}

/// Compares both sides and carries out in `DB_A` what follows. What only `DB_B` has stays there.
pub fn carry_out(scenario: &Scenario, state: &mut State, who: usize, ledger: Ledger, trust: Trust) {
    let (here, there) = (local::current_rows(scenario, state), state.central.rows);
    for record in 0..here.len() {
        match (trust, here[record], there[record]) {
            (_, here, there) if here == there || scenario.makes(Mistake::ResumesWithoutQueueing) => {}
            (Trust::Local, 0, _) => {}
            (Trust::Central, _, there) if there != 0 => take_over(scenario, state, record, there),
            (Trust::Local | Trust::Central, _, _) => queue(scenario, state, record),
        }
    }
    state.cycles[who].step = Step::CarriedOut(ledger);
}

/// Takes the epoch on: open intents are dropped, and a new chain begins at the token that `DB_B` has got.
pub fn take_epoch(state: &mut State, who: usize, ledger: Ledger) {
    state.local.intents = vec![Intent {
        token: ledger.token,
        previous: 0,
        entries: Set::default(),
        connection: ledger.token,
        state: IntentState::Acknowledged,
    }];
    state.local.epoch = ledger.epoch;
    // The properties count from here on.
    state.central.applied = [usize::from(ledger.token)].into_iter().collect();
    state.central.answered = Set::default();
    state.cycles[who].step = Step::Idle;
    state.witness = Some(Witness::Resumed);
}

/// Queues the newest state of a record.
fn queue(scenario: &Scenario, state: &mut State, record: usize) {
    let visible = |&index: &usize| {
        scenario.entries[index].record == record && state.local.status[index] != Status::Unwritten
    };
    let newest =
        (0..scenario.entries.len()).filter(visible).max_by_key(|&index| local::value(scenario, state, index));
    if let Some(index) = newest {
        state.local.status[index] = Status::Pending;
    }
}

/// Lets `DB_A` have the value that `DB_B` has, as if its entries had been written and synchronised.
fn take_over(scenario: &Scenario, state: &mut State, record: usize, there: u8) {
    for (index, entry) in scenario.entries.iter().enumerate().filter(|(_, entry)| entry.record == record) {
        let is_older = entry.version <= there % local::REWRITTEN;
        state.local.status[index] = if is_older { Status::Synced } else { Status::Unwritten };
        if there < local::REWRITTEN {
            state.local.rewritten = state.local.rewritten.minus([index].into_iter().collect());
        }
    }
}
