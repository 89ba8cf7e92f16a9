//! What may go wrong on the way: crashes, lost answers, contention, and a `DB_B` restored from a copy.

use crate::cycle;
use crate::mistakes::Mistake;
use crate::overlap::Overlap;
use crate::scenario::Scenario;
use crate::state::{Attempt, Cycle, Load, Restored, State, Step, Witness};

/// Ends a cycle with all that it remembered; what it sent goes on without it.
pub fn crash(state: &mut State, who: usize) {
    state.faults_left -= 1;
    if state.open_intents() > 1 && state.cycles[who].overlap.unacknowledged.is_some() {
        state.witness = Some(Witness::TwoOpenAtACrash);
    }
    leave_packets(state, who);
    end(state, who);
}

/// Ends a cycle, and all that it remembered.
fn end(state: &mut State, who: usize) {
    state.cycles[who].step = Step::Idle;
    state.cycles[who].overlap = Overlap::default();
}

/// Lets a cycle give up on the answer to its batch, or die while it waits: the same to everyone else.
///
/// `DB_B` may have committed, may commit later, or never hears of it.
pub fn give_up(scenario: &Scenario, state: &mut State, who: usize, attempt: Attempt) {
    state.faults_left -= 1;
    leave_packets(state, who);
    match scenario.mistake {
        Some(Mistake::TakesTimeoutForFailure) => cycle::take_for_failure(state, who, attempt),
        Some(Mistake::TakesTimeoutForSuccess) => state.cycles[who].step = Step::Committed(attempt),
        _ => state.cycles[who].step = Step::Idle,
    }
}

/// Answers a running batch with a deadlock: it is rolled back for certain.
///
/// So it may be sent again as it is. The program claims it again, and so does a cycle whose steps overlap, where that
/// matters: what was read ahead is older then. Elsewhere it would only cost states.
pub fn contend(scenario: &Scenario, state: &mut State, index: usize) {
    state.faults_left -= 1;
    let packet = state.packets.remove(index);
    if let Load::Batch(attempt) = packet.load {
        let again = if attempt.aside.is_empty() {
            state.witness = Some(Witness::SentAgain);
            if scenario.overlaps() { Step::Undone(attempt) } else { Step::Noted(attempt) }
        } else {
            // Nothing may be judged that this transaction did not commit.
            Step::Idle
        };
        state.answer(&packet, again);
    }
}

/// Takes the copy of `DB_B` that it will be restored from.
pub fn copy(state: &mut State) {
    state.copy = Some(state.central);
}

/// Restores `DB_B` from the copy; its connections die, what the cycles remember does not.
pub fn restore(state: &mut State) {
    if let Some(copy) = state.copy.take() {
        state.central = copy;
    }
    state.restored = Restored::Unhealed;
    for packet in std::mem::take(&mut state.packets) {
        state.answer(&packet, Step::Idle);
    }
    for cycle in &mut state.cycles {
        cycle.fresh = false;
    }
}

/// Restores `DB_A` from the copy: whoever worked on it dies, and what was sent to `DB_B` goes on.
pub fn restore_local(state: &mut State) {
    if let Some(copy) = state.local_copy.take() {
        state.local = copy;
    }
    state.local_restored = Some(state.tokens_drawn);
    for who in 0..state.cycles.len() {
        leave_packets(state, who);
        end(state, who);
    }
}

/// Lets everyone look again once a cycle has ended that began before `DB_B` was restored.
///
/// What it wrote last may rest on what `DB_B` has lost; whoever settled before that must settle anew.
pub fn end_of_stale_cycles(state: &mut State) {
    let has_ended = |cycle: &Cycle| {
        matches!(cycle.step, Step::Idle | Step::Rest) && cycle.overlap.unacknowledged.is_none()
    };
    let is_stale = |cycle: &Cycle| !cycle.fresh && has_ended(cycle);
    if state.restored == Restored::Unhealed && state.cycles.iter().any(is_stale) {
        for cycle in &mut state.cycles {
            cycle.fresh = has_ended(cycle);
        }
        state.wake();
    }
}

/// Lets go of the packets whose answers a cycle waits for; they go on without.
pub fn leave_packets(state: &mut State, who: usize) {
    for packet in state.packets.iter_mut().filter(|packet| packet.client == Some(who)) {
        packet.client = None;
    }
    state.packets.sort_unstable();
}
