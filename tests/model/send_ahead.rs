//! How a cycle sends the next batches on further connections while one is under way, over a slow line.
//!
//! The fence of each names the token of the batch before. So it can only pass once that one has committed, whichever
//! arrives first, and all intents are noted before. What the cycle learns of it is kept until the batch before is done with.

use crate::mistakes::Mistake;
use crate::overlap;
use crate::scenario::Scenario;
use crate::set::Set;
use crate::state::{Attempt, IntentState, Ledger, Load, Packet, Stage, State, Step, Witness};
use crate::{cycle, faults, local};

/// Counts the batches that may be sent ahead.
const MOST: usize = 2;

/// Is a batch that was sent while one before it is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SentAhead {
    pub attempt: Attempt,
    /// Where the cycle will stand with it once the batch before is done with; the answer decides.
    pub step: Step,
}

/// Holds what was sent ahead, in that order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Queue([Option<SentAhead>; MOST]);

impl Queue {
    pub fn is_empty(&self) -> bool {
        self.0[0].is_none()
    }

    /// Tells whether an answer is still to come.
    pub fn awaits_answer(&self) -> bool {
        self.all().any(|ahead| matches!(ahead.step, Step::Sent(_)))
    }

    /// Returns all entries that the batches name.
    pub fn entries(&self) -> Set {
        self.all().fold(Set::default(), |all, ahead| all.union(ahead.attempt.batch.entries))
    }

    fn all(&self) -> impl Iterator<Item = &SentAhead> {
        self.0.iter().flatten()
    }

    fn find(&mut self, packet: &Packet) -> Option<&mut SentAhead> {
        self.0.iter_mut().flatten().find(|ahead| packet.load == Load::Batch(ahead.attempt))
    }

    fn push(&mut self, ahead: SentAhead) {
        if let Some(free) = self.0.iter_mut().find(|place| place.is_none()) {
            *free = Some(ahead);
        }
    }

    fn pop(&mut self) -> Option<SentAhead> {
        let first = self.0[0].take();
        self.0.rotate_left(1);
        first
    }
}

/// Tells whether the batch that was claimed ahead may be noted and sent.
pub fn may_send(scenario: &Scenario, state: &State, who: usize) -> bool {
    let cycle = state.cycles[who];
    matches!(cycle.step, Step::Sent(_))
        && cycle.overlap.sent_ahead.all().count() < scenario.sends_ahead
        && cycle.overlap.ahead.is_some()
        && !cycle.overlap.goes_alone
}

/// Notes the batch that was claimed ahead, and sends it on a connection of its own.
pub fn send(scenario: &Scenario, state: &mut State, who: usize) {
    let cycle = &mut state.cycles[who];
    let (Step::Sent(first), Some(batch)) = (cycle.step, cycle.overlap.ahead.take()) else { return };
    let before = cycle.overlap.sent_ahead.all().last().map_or(first, |ahead| ahead.attempt);
    let token = state.draw_token();
    let ledger = Ledger { token: before.token, ..before.ledger };
    let attempt = Attempt { ledger, token, connection: token, batch, ..before };
    let is_noted = scenario.makes(Mistake::SendsAheadWhatIsNotNoted)
        || local::note(scenario, state, cycle::open_intent(&attempt));
    if is_noted {
        state.put(Packet { load: Load::Batch(attempt), stage: Stage::Sent, client: Some(who) });
        state.cycles[who].overlap.sent_ahead.push(SentAhead { attempt, step: Step::Sent(attempt) });
    } else {
        // Another program is at work. Trying again would never end.
        overlap::throw_away(scenario, state, who);
        state.cycles[who].overlap.goes_alone = true;
    }
}

/// Keeps the answer to a packet that was sent ahead; tells whether it was one.
pub fn keep_answer(state: &mut State, packet: &Packet, step: Step) -> bool {
    let ahead = packet.client.and_then(|who| state.cycles[who].overlap.sent_ahead.find(packet));
    ahead.map(|ahead| ahead.step = step).is_some()
}

/// Tells whether a packet is one that `who` sent ahead.
pub fn is_sent_ahead(state: &State, who: usize, packet: &Packet) -> bool {
    let mut ahead = state.cycles[who].overlap.sent_ahead.all();
    ahead.any(|ahead| packet.load == Load::Batch(ahead.attempt))
}

/// Lets a fence that did not stand be known to the cycle: the batch before had not committed, so a batch that was sent
/// ahead may be sent again as it is.
pub fn shut_out(state: &mut State, packet: &Packet, attempt: Attempt) {
    let sent_ahead = packet.client.is_some_and(|who| is_sent_ahead(state, who, packet));
    state.answer(packet, if sent_ahead { Step::Noted(attempt) } else { Step::Idle });
}

/// Rolls back a batch that was sent whole and has a record that `DB_B` rejects; tells whether it was sent so. It goes
/// again alone, and then its transaction is kept open.
pub fn rejects_whole(scenario: &Scenario, state: &mut State, packet: &Packet, attempt: Attempt) -> bool {
    let Some(who) = packet.client.filter(|_| scenario.sends_ahead > 0) else { return false };
    if state.cycles[who].overlap.goes_alone {
        return false;
    }
    state.answer(packet, Step::Noted(attempt));
    state.cycles[who].overlap.goes_alone = state.cycles[who].step == Step::Noted(attempt);
    true
}

/// Rolls back a running batch for the order of its changes: it goes again alone, piece by piece, under the same token.
pub fn refuse(state: &mut State, index: usize) {
    state.faults_left -= 1;
    let packet = state.packets.remove(index);
    if let (Load::Batch(attempt), Some(who)) = (packet.load, packet.client) {
        state.answer(&packet, Step::Noted(attempt));
        state.cycles[who].overlap.goes_alone |= state.cycles[who].step == Step::Noted(attempt);
    }
}

/// Gives up on the answers to what was sent ahead: it may commit later, or never arrives.
pub fn give_up(state: &mut State, who: usize) {
    state.faults_left -= 1;
    for packet in 0..state.packets.len() {
        let packet = state.packets[packet];
        if packet.client == Some(who) && keep_answer(state, &packet, Step::Idle) {
            state.packets.iter_mut().filter(|other| **other == packet).for_each(|other| other.client = None);
        }
    }
    state.packets.sort_unstable();
}

/// Returns where a cycle stands with the batch it sent ahead first, now that the one before it has committed whole.
pub fn promote(scenario: &Scenario, state: &mut State, who: usize) -> Option<Step> {
    let ahead = state.cycles[who].overlap.sent_ahead.pop()?;
    if scenario.makes(Mistake::SendsAheadWhatIsNotNoted) {
        local::note(scenario, state, cycle::open_intent(&ahead.attempt));
    }
    if matches!(ahead.step, Step::Noted(_)) {
        state.witness = Some(Witness::SentAheadTooEarly);
    }
    Some(ahead.step)
}

/// Tells whether the batch under way did not commit, so that what was sent ahead must be withdrawn first.
pub fn must_withdraw(scenario: &Scenario, state: &State, who: usize) -> bool {
    let cycle = state.cycles[who];
    !cycle.overlap.sent_ahead.is_empty()
        && matches!(cycle.step, Step::Undone(_) | Step::Noted(_))
        && !scenario.makes(Mistake::GoesOnBesideWhatWasSentAhead)
}

/// Tells whether it can be: `DB_B` answered that it is not applied, or it is unknown and the cycle has to end.
pub fn may_withdraw(scenario: &Scenario, state: &State, who: usize) -> bool {
    must_withdraw(scenario, state, who) && !state.cycles[who].overlap.sent_ahead.awaits_answer()
}

/// Drops the intents of what was sent ahead, since `DB_B` has answered that it is not applied; a cycle that does not know
/// ends.
pub fn withdraw(scenario: &Scenario, state: &mut State, who: usize) {
    let sent_ahead = std::mem::take(&mut state.cycles[who].overlap.sent_ahead);
    if sent_ahead.all().any(|ahead| ahead.step == Step::Idle) {
        faults::leave_packets(state, who);
        state.cycles[who].step = Step::Idle;
        return;
    }
    drop_intents(state, &sent_ahead);
    overlap::throw_away(scenario, state, who);
    state.witness = Some(Witness::Withdrawn);
}

/// Goes on with a batch that did not commit and forgets what was sent ahead, whatever becomes of it: a mistake.
pub fn forget(scenario: &Scenario, state: &mut State, who: usize) {
    if scenario.makes(Mistake::GoesOnBesideWhatWasSentAhead) {
        let sent_ahead = std::mem::take(&mut state.cycles[who].overlap.sent_ahead);
        drop_intents(state, &sent_ahead);
        faults::leave_packets(state, who);
    }
}

fn drop_intents(state: &mut State, sent_ahead: &Queue) {
    for ahead in sent_ahead.all() {
        local::move_intent(state, ahead.attempt.token, IntentState::Open, IntentState::Dropped);
    }
}
