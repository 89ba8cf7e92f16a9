//! Which step may come next, and who takes it.

use crate::clone::Place;
use crate::mistakes::Mistake;
use crate::scenario::Scenario;
use crate::state::{Listing, Load, Packet, Restored, Stage, State, Step, Trust};
use crate::{central, cycle, faults, local, overlap, resume, send_ahead, settle};

/// Names one step; the number is a cycle's, a packet's, or an entry's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A local transaction commits an entry.
    Write(usize),
    /// The same at the clone.
    WriteAtClone(usize),
    List(usize),
    Peek(usize),
    Read(usize),
    Decide(usize),
    ClaimRows(usize),
    Claim(usize),
    /// Reads entries while it settles.
    ReadAhead(usize),
    ClaimAhead(usize),
    SendAhead(usize),
    /// Drops the intents of what was sent ahead: the batch before did not commit.
    Withdraw(usize),
    GiveUpAhead(usize),
    /// Rolls a batch back for the order of its changes.
    Refuse(usize),
    Note(usize),
    Send(usize),
    SendRest(usize),
    Replace(usize),
    Finish(usize),
    GoOn(usize),
    Acknowledge(usize),
    /// Acknowledges the batch before the one under way.
    AcknowledgeBefore(usize),
    /// Makes ready to claim again what `DB_B` rolled back.
    ClaimAgain(usize),
    Kill(usize),
    Begin(usize),
    Commit(usize),
    RollBack(usize),
    Crash(usize),
    GiveUp(usize),
    LoseGeneration(usize),
    Contend(usize),
    Copy,
    Restore,
    CopyLocal,
    RestoreLocal,
    CloneLocal,
    BeginEpoch(usize, Trust),
    CarryOut(usize),
    TakeEpoch(usize),
    BeginEpochLast(usize),
    /// A cycle that stopped settles again, and stops again.
    LookAgain(usize),
}

/// Collects every step that may come next.
pub fn enabled(scenario: &Scenario, state: &State, actions: &mut Vec<Action>) {
    actions.extend(writable(scenario, state).map(Action::Write));
    let turned = state.turned();
    if let Some(turned) = &turned {
        actions.extend(writable(scenario, turned).map(Action::WriteAtClone));
    }
    let programs = if scenario.clones && turned.is_none() { 1 } else { state.cycles.len() };
    for who in 0..programs {
        let seen = match (state.place_of(who), &turned) {
            (Place::Clone, Some(turned)) => turned,
            _ => state,
        };
        step_beside(scenario, seen, who, actions);
        if may_go_on(scenario, seen, who) {
            step_of_cycle(scenario, seen, who, actions);
        }
        if state.faults_left > 0 {
            fault_of_cycle(state, who, actions);
        }
    }
    for (index, packet) in state.packets.iter().enumerate() {
        step_of_packet(scenario, state, index, packet, actions);
    }
    if scenario.restores && state.restored == Restored::Never {
        let next = state.copy.map_or(Action::Copy, |_| Action::Restore);
        actions.push(next);
    }
    if scenario.restores_local && state.local_restored.is_none() {
        let next = state.local_copy.as_ref().map_or(Action::CopyLocal, |_| Action::RestoreLocal);
        actions.push(next);
    }
    if scenario.clones && state.clone.is_none() {
        actions.push(Action::CloneLocal);
    }
}

fn writable(scenario: &Scenario, state: &State) -> impl Iterator<Item = usize> {
    (0..scenario.entries.len()).filter(move |&index| local::may_write(scenario, state, index))
}

/// Tells whether any step may come next.
pub fn any_enabled(scenario: &Scenario, state: &State) -> bool {
    let mut actions = Vec::new();
    enabled(scenario, state, &mut actions);
    !actions.is_empty()
}

/// Collects what a cycle may do beside its next step: acknowledge the batch before, and claim the next one.
fn step_beside(scenario: &Scenario, state: &State, who: usize, actions: &mut Vec<Action>) {
    if state.cycles[who].overlap.unacknowledged.is_some() {
        actions.push(Action::AcknowledgeBefore(who));
    }
    if overlap::may_claim_ahead(scenario, state, who) {
        actions.push(Action::ClaimAhead(who));
    }
    if overlap::may_read_ahead(scenario, state, who) {
        actions.push(Action::ReadAhead(who));
    }
    if send_ahead::may_send(scenario, state, who) {
        actions.push(Action::SendAhead(who));
    }
    if send_ahead::may_withdraw(scenario, state, who) {
        actions.push(Action::Withdraw(who));
    }
}

/// Tells whether a cycle may take its next step, or has to acknowledge the batch before first.
fn may_go_on(scenario: &Scenario, state: &State, who: usize) -> bool {
    let cycle = state.cycles[who];
    if send_ahead::must_withdraw(scenario, state, who) {
        return false;
    }
    cycle.overlap.unacknowledged.is_none() || overlap::goes_on_unacknowledged(scenario, cycle.step)
}

fn step_of_cycle(scenario: &Scenario, state: &State, who: usize, actions: &mut Vec<Action>) {
    let unlocked = state.lock_holder().is_none();
    match state.cycles[who].step {
        Step::Idle if may_begin(state, who) => actions.push(Action::List(who)),
        // Nothing else is under way: the next tick settles what a cycle left behind.
        Step::Rest if who == 0 && state.is_quiet() && state.has_open_intent() => {
            actions.push(Action::List(who));
        }
        Step::Listed(_) if scenario.makes(Mistake::SettlesByReading) => {
            actions.push(Action::Read(who));
        }
        Step::Listed(_) if scenario.makes(Mistake::ReadsLedgerBeforeWriting) => {
            actions.push(Action::Peek(who));
        }
        Step::Listed(_) | Step::Peeked(..) if unlocked => actions.push(Action::Read(who)),
        Step::Listed(listing) | Step::Peeked(listing, _) if may_kill(scenario, state, listing) => {
            actions.push(Action::Kill(who));
        }
        Step::Read(..) => actions.push(Action::Decide(who)),
        Step::Ready(_) if scenario.makes(Mistake::ReadsRowsBeforeQueue) => {
            actions.push(Action::ClaimRows(who));
        }
        Step::Ready(_) | Step::HalfClaimed(..) => actions.push(Action::Claim(who)),
        Step::Claimed(..) => actions.push(Action::Note(who)),
        Step::Noted(_) => actions.push(Action::Send(who)),
        Step::PartSent(_) => actions.push(Action::SendRest(who)),
        Step::Stopped => step_of_stopped(state, who, actions),
        Step::EpochBegun(..) => actions.push(Action::CarryOut(who)),
        Step::CarriedOut(_) => actions.push(Action::TakeEpoch(who)),
        Step::TakenOn(_) if unlocked => actions.push(Action::BeginEpochLast(who)),
        Step::Rejected(_)
            if scenario.makes(Mistake::SetsAsideUnderOldToken)
                || scenario.makes(Mistake::ReplacesIntentAfterCommit) =>
        {
            actions.push(Action::Finish(who));
        }
        Step::Rejected(_) => actions.push(Action::Replace(who)),
        Step::Replaced(_) => actions.push(Action::Finish(who)),
        Step::Committed(attempt) if overlap::may_leave_open(scenario, state, who, attempt) => {
            actions.push(Action::GoOn(who));
        }
        Step::Committed(_) => actions.push(Action::Acknowledge(who)),
        Step::Undone(_) => actions.push(Action::ClaimAgain(who)),
        Step::Rest | Step::Idle | Step::Sent(_) | Step::Listed(_) | Step::Peeked(..) | Step::TakenOn(_) => {}
    }
}

/// Tells whether a cycle may begin to settle: always, but for a second program that may disturb the first so often only.
fn may_begin(state: &State, who: usize) -> bool {
    let disturbs_nobody = || {
        let other = state.turned();
        other.is_some_and(|other| state.is_shut_out() || state.owns_ledger() && !other.owns_ledger())
    };
    state.cycles[who].rounds_left != Some(0) || disturbs_nobody()
}

/// Lets a person decide, or the next tick look again, when that can matter and another epoch shuts this `DB_A` out.
///
/// One that stopped at a token reads the ledger and changes nothing when it looks again, so it need not.
fn step_of_stopped(state: &State, who: usize, actions: &mut Vec<Action>) {
    if state.lock_holder().is_some() {
        return;
    }
    if state.may_decide() {
        actions.extend([Trust::Local, Trust::Central].map(|trust| Action::BeginEpoch(who, trust)));
    }
    if state.clone.is_some() && state.is_shut_out() && is_expected(state) {
        actions.push(Action::LookAgain(who));
    }
}

/// Tells whether a listed intent names the connection that holds the ledger's row.
///
/// Only listed ones: a cycle that killed whatever it waits for could do so for ever.
fn may_kill(scenario: &Scenario, state: &State, listing: Listing) -> bool {
    state.lock_holder().is_some_and(|packet| {
        let Load::Batch(attempt) = packet.load else {
            return false;
        };
        let mut intents = state.local.intents.iter();
        intents.any(|intent| {
            intent.connection == attempt.connection
                && (listing.open.contains(usize::from(intent.token))
                    || scenario.makes(Mistake::KillsWhateverItWaitsFor))
        })
    })
}

fn fault_of_cycle(state: &State, who: usize, actions: &mut Vec<Action>) {
    let overlap = state.cycles[who].overlap;
    let is_unacknowledged = overlap.unacknowledged.is_some();
    if overlap.sent_ahead.awaits_answer() {
        actions.push(Action::GiveUpAhead(who));
    }
    match state.cycles[who].step {
        Step::Rest | Step::Idle | Step::Stopped if !is_unacknowledged => {}
        Step::Sent(_) if !is_unacknowledged => actions.push(Action::GiveUp(who)),
        // One that gives up acknowledges the batch before; one that dies does not.
        Step::Sent(_) => actions.extend([Action::GiveUp(who), Action::Crash(who)]),
        Step::Listed(_) => actions.extend([Action::Crash(who), Action::LoseGeneration(who)]),
        _ => actions.push(Action::Crash(who)),
    }
}

fn step_of_packet(
    scenario: &Scenario,
    state: &State,
    index: usize,
    packet: &Packet,
    actions: &mut Vec<Action>,
) {
    match packet.stage {
        Stage::Sent if state.lock_holder().is_none() => actions.push(Action::Begin(index)),
        Stage::Sent | Stage::Waiting | Stage::Stuck => {}
        Stage::Running | Stage::Unfenced | Stage::Halfway => actions.push(Action::Commit(index)),
    }
    if packet.client.is_none() {
        actions.push(Action::RollBack(index));
    } else if state.faults_left > 0 && packet.stage == Stage::Running {
        actions.push(Action::Contend(index));
        if scenario.sends_ahead > 0 {
            actions.push(Action::Refuse(index));
        }
    }
}

/// Tells whether a batch is on its way that a new generation would shut out.
fn is_expected(state: &State) -> bool {
    state.packets.iter().any(|packet| match packet.load {
        Load::Batch(attempt) => packet.stage == Stage::Sent && attempt.ledger == state.central.ledger,
        Load::Generation(_) => false,
    })
}

/// Takes one step.
pub fn take(scenario: &Scenario, state: &mut State, action: Action) {
    state.witness = None;
    let place = place_of(state, action);
    if place == Place::Clone {
        state.turn();
    }
    take_at(scenario, state, action);
    if place == Place::Clone {
        state.turn();
    }
    overlap::forget_at_the_end(scenario, state);
    faults::end_of_stale_cycles(state);
}

/// Tells at which `DB_A` a step is taken, or from which the batch came.
fn place_of(state: &State, action: Action) -> Place {
    match action {
        Action::WriteAtClone(_) => Place::Clone,
        Action::Begin(index)
        | Action::Commit(index)
        | Action::RollBack(index)
        | Action::Contend(index)
        | Action::Refuse(index) => match state.packets[index].load {
            Load::Batch(attempt) => attempt.place,
            Load::Generation(_) => Place::Site,
        },
        Action::Write(_)
        | Action::Copy
        | Action::Restore
        | Action::CopyLocal
        | Action::RestoreLocal
        | Action::CloneLocal => Place::Site,
        Action::List(who)
        | Action::Peek(who)
        | Action::Read(who)
        | Action::Decide(who)
        | Action::ClaimRows(who)
        | Action::Claim(who)
        | Action::ReadAhead(who)
        | Action::ClaimAhead(who)
        | Action::SendAhead(who)
        | Action::Withdraw(who)
        | Action::GiveUpAhead(who)
        | Action::Note(who)
        | Action::Send(who)
        | Action::SendRest(who)
        | Action::Replace(who)
        | Action::Finish(who)
        | Action::GoOn(who)
        | Action::Acknowledge(who)
        | Action::AcknowledgeBefore(who)
        | Action::ClaimAgain(who)
        | Action::Kill(who)
        | Action::Crash(who)
        | Action::GiveUp(who)
        | Action::LoseGeneration(who)
        | Action::BeginEpoch(who, _)
        | Action::CarryOut(who)
        | Action::TakeEpoch(who)
        | Action::BeginEpochLast(who)
        | Action::LookAgain(who) => state.place_of(who),
    }
}

/// Takes one step where `state.local` is the `DB_A` concerned.
fn take_at(scenario: &Scenario, state: &mut State, action: Action) {
    match action {
        Action::Write(index) => local::write(state, index, Place::Site),
        Action::WriteAtClone(index) => local::write(state, index, Place::Clone),
        Action::Begin(index) => central::begin(scenario, state, index),
        Action::Commit(index) => central::commit(scenario, state, index),
        Action::RollBack(index) => central::roll_back(state, index),
        Action::Contend(index) => faults::contend(scenario, state, index),
        Action::Kill(_) => central::kill(state),
        Action::Crash(who) => faults::crash(state, who),
        Action::Copy => faults::copy(state),
        Action::Restore => faults::restore(state),
        Action::CopyLocal => state.local_copy = Some(state.local.clone()),
        Action::RestoreLocal => faults::restore_local(state),
        Action::CloneLocal => state.clone_local(),
        Action::BeginEpoch(who, trust) => resume::begin_epoch(scenario, state, who, trust),
        Action::ReadAhead(who) => overlap::read_ahead(scenario, state, who),
        Action::ClaimAhead(who) => overlap::claim_ahead(scenario, state, who),
        Action::SendAhead(who) => send_ahead::send(scenario, state, who),
        Action::Withdraw(who) => send_ahead::withdraw(scenario, state, who),
        Action::GiveUpAhead(who) => send_ahead::give_up(state, who),
        Action::Refuse(index) => send_ahead::refuse(state, index),
        Action::AcknowledgeBefore(who) => overlap::acknowledge_before(scenario, state, who),
        Action::List(who) => settle::list(state, who),
        Action::LookAgain(_) => settle::look_again(scenario, state),
        Action::LoseGeneration(who) => {
            state.faults_left -= 1;
            settle::lose_answer(state, who);
        }
        Action::GiveUp(who)
        | Action::Peek(who)
        | Action::Read(who)
        | Action::Decide(who)
        | Action::ClaimRows(who)
        | Action::Claim(who)
        | Action::Note(who)
        | Action::Send(who)
        | Action::SendRest(who)
        | Action::CarryOut(who)
        | Action::TakeEpoch(who)
        | Action::BeginEpochLast(who)
        | Action::Replace(who)
        | Action::Finish(who)
        | Action::GoOn(who)
        | Action::ClaimAgain(who)
        | Action::Acknowledge(who) => take_from(scenario, state, who, action),
    }
}

/// Takes a step that goes on from what the cycle remembers.
fn take_from(scenario: &Scenario, state: &mut State, who: usize, action: Action) {
    match (action, state.cycles[who].step) {
        (Action::Peek(_), Step::Listed(listing)) => settle::peek(state, who, listing),
        (_, Step::Listed(listing)) => settle::read(scenario, state, who, listing, None),
        (_, Step::Peeked(listing, token)) => {
            settle::read(scenario, state, who, listing, Some(token));
        }
        (_, Step::Read(listing, ledger)) => settle::decide(scenario, state, who, listing, ledger),
        (Action::ClaimRows(_), Step::Ready(ledger)) => {
            cycle::claim_rows(scenario, state, who, ledger);
        }
        (_, Step::Ready(ledger)) => cycle::claim(scenario, state, who, ledger, None),
        (_, Step::HalfClaimed(ledger, rows)) => {
            cycle::claim(scenario, state, who, ledger, Some(rows));
        }
        (_, Step::Claimed(ledger, batch)) => cycle::note(scenario, state, who, ledger, batch),
        (_, Step::Noted(attempt)) => {
            send_ahead::forget(scenario, state, who);
            cycle::send(state, who, attempt);
        }
        (_, Step::PartSent(attempt)) => cycle::send_rest(state, who, attempt),
        (_, Step::EpochBegun(ledger, trust)) => resume::carry_out(scenario, state, who, ledger, trust),
        (_, Step::CarriedOut(ledger)) => resume::take_epoch(scenario, state, who, ledger),
        (_, Step::TakenOn(ledger)) => resume::begin_epoch_last(state, who, ledger),
        (Action::Replace(_), Step::Rejected(attempt)) => {
            cycle::replace(scenario, state, who, attempt);
        }
        (_, Step::Rejected(attempt) | Step::Replaced(attempt)) => {
            cycle::finish(scenario, state, who, attempt);
        }
        (_, Step::Sent(attempt)) => faults::give_up(scenario, state, who, attempt),
        (Action::GoOn(_), Step::Committed(attempt)) => overlap::go_on(scenario, state, who, attempt),
        (_, Step::Undone(attempt)) => {
            send_ahead::forget(scenario, state, who);
            cycle::claim_again(scenario, state, who, attempt);
        }
        (_, Step::Committed(attempt)) => cycle::acknowledge(scenario, state, who, attempt),
        (_, Step::Rest | Step::Idle | Step::Stopped) => {}
    }
}
