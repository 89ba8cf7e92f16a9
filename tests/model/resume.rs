//! What a person's decision does once `DB_A` was restored or cloned: a new epoch, in `DB_B` first, in `DB_A` last.

use crate::clone::Place;
use crate::local;
use crate::mistakes::Mistake;
use crate::scenario::Scenario;
use crate::set::Set;
use crate::state::{Intent, IntentState, Ledger, State, Status, Step, Trust, Witness};

/// Begins the epoch in `DB_B`: a new token and a new generation shut out everybody, this `DB_A` too.
pub fn begin_epoch(scenario: &Scenario, state: &mut State, who: usize, trust: Trust) {
    state.decisions_left = state.decisions_left.saturating_sub(1);
    let standing = state.central.ledger;
    let drawn =
        Ledger { token: state.draw_token(), generation: state.draw_generation(), epoch: standing.epoch + 1 };
    let ledger = match scenario.mistake {
        Some(Mistake::KeepsLedgerInNewEpoch) => Ledger { epoch: drawn.epoch, ..standing },
        Some(Mistake::ComparesNoEpoch) => Ledger { token: standing.token, ..drawn },
        Some(Mistake::CountsEpochsInDbA) => Ledger { token: 0, epoch: state.local.epoch + 1, ..drawn },
        _ => drawn,
    };
    if !scenario.makes(Mistake::BeginsEpochInDbAFirst) {
        write_epoch(state, who, ledger);
    }
    state.cycles[who].step = Step::EpochBegun(ledger, trust);
}

/// Begins the epoch in `DB_B` once `DB_A` has taken it on: a mistake.
pub fn begin_epoch_last(state: &mut State, who: usize, ledger: Ledger) {
    write_epoch(state, who, ledger);
    state.cycles[who].step = Step::Idle;
}

fn write_epoch(state: &mut State, who: usize, ledger: Ledger) {
    state.central.ledger = ledger;
    // The properties count from here on.
    state.central.applied.insert(usize::from(ledger.token));
    state.central.answered = Set::default();
    if state.clone.is_some() {
        state.central.owner = Some(state.place_of(who));
        state.wake();
    }
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
    state.local.shown = there;
    state.cycles[who].step = Step::CarriedOut(ledger);
}

/// Takes the epoch on: open intents are dropped, and a new chain begins at the token that `DB_B` has got.
pub fn take_epoch(scenario: &Scenario, state: &mut State, who: usize, begun: Ledger) {
    let standing = state.central.ledger;
    let ledger = if scenario.makes(Mistake::TakesOnWhateverEpochStands) { standing } else { begun };
    let first = Intent {
        token: ledger.token,
        previous: 0,
        entries: Set::default(),
        connection: ledger.token,
        state: IntentState::Acknowledged,
    };
    // Token 0 is known without an intent.
    state.local.intents = Some(first).filter(|first| first.token != 0).into_iter().collect();
    state.local.epoch = ledger.epoch;
    state.cycles[who].step = Step::Idle;
    state.witness = Some(match state.place_of(who) {
        _ if begun.epoch != standing.epoch => Witness::ResumedInVain,
        Place::Site => Witness::Resumed,
        Place::Clone => Witness::ResumedAtTheClone,
    });
    if scenario.makes(Mistake::BeginsEpochInDbAFirst) {
        state.cycles[who].step = Step::TakenOn(ledger);
    }
}

/// Queues the newest state of a record; nothing of it is SYNCED any more.
fn queue(scenario: &Scenario, state: &mut State, record: usize) {
    let all = (0..scenario.entries.len()).filter(|&index| scenario.entries[index].record == record);
    for index in all {
        if state.local.status[index] != Status::Unwritten {
            state.local.status[index] = Status::Pending;
        }
    }
}

/// Lets `DB_A` have the value that `DB_B` has, as if its entries had been written and synchronised.
fn take_over(scenario: &Scenario, state: &mut State, record: usize, there: u8) {
    let all = scenario.entries.iter().enumerate().filter(|(_, entry)| entry.record == record);
    for (index, entry) in all {
        let is_older = entry.version <= local::version_of(there);
        state.local.status[index] = if is_older { Status::Synced } else { Status::Unwritten };
        state.local.rewritten = state.local.rewritten.minus([index].into_iter().collect());
        if is_older && there >= local::REWRITTEN {
            state.local.rewritten.insert(index);
        }
    }
}
