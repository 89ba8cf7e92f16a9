//! `DB_B`: what happens to a packet there, whether or not anyone still waits for the answer.

use crate::cycle;
use crate::local;
use crate::mistakes::Mistake;
use crate::scenario::Scenario;
use crate::send_ahead;
use crate::settle;
use crate::state::{Attempt, Harm, Ledger, Load, Packet, Rows, Stage, State, Step, Token, Witness};

/// Tells whether a person was shown what is written over.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Leave {
    Decided,
    None,
}

impl Packet {
    /// Tells whether it is past the fence.
    pub fn holds_the_lock(&self) -> bool {
        matches!(self.stage, Stage::Running | Stage::Waiting | Stage::Stuck)
    }
}

impl State {
    /// Adds a packet; the order has no meaning, so a fixed one saves states.
    pub fn put(&mut self, packet: Packet) {
        self.packets.push(packet);
        self.packets.sort_unstable();
    }

    /// Takes away the packet whose answer `who` waits for; one that was sent ahead is not meant.
    pub fn take_packet_of(&mut self, who: usize) -> Option<Packet> {
        let mut packets = self.packets.iter();
        let index = packets
            .position(|packet| packet.client == Some(who) && !send_ahead::is_sent_ahead(self, who, packet))?;
        Some(self.packets.remove(index))
    }

    /// Returns the packet that holds the lock on the ledger's row.
    pub fn lock_holder(&self) -> Option<&Packet> {
        let mut packets = self.packets.iter();
        packets.find(|packet| packet.holds_the_lock())
    }

    /// Lets the cycle that waits for this packet go on from `step`.
    pub fn answer(&mut self, packet: &Packet, step: Step) {
        if send_ahead::keep_answer(self, packet, step) {
            return;
        }
        if let Some(who) = packet.client {
            self.cycles[who].step = step;
        }
    }
}

/// Begins a packet that finds the ledger's row unlocked: writes a generation, or passes the fence.
pub fn begin(scenario: &Scenario, state: &mut State, index: usize) {
    let mut packet = state.packets.remove(index);
    let attempt = match packet.load {
        Load::Batch(attempt) => attempt,
        Load::Generation(epoch) => {
            settle::renew_generation(scenario, state, epoch);
            state.witness = Some(Witness::LateGeneration);
            return;
        }
    };
    packet.stage = if scenario.makes(Mistake::FencesNothing) {
        Stage::Unfenced
    } else if fence_stands(scenario, attempt.ledger, state.central.ledger) {
        Stage::Running
    } else if scenario.makes(Mistake::IgnoresRowsTouched) {
        Stage::Unfenced
    } else {
        send_ahead::shut_out(state, &packet, attempt);
        state.witness = packet.client.map(|_| Witness::FenceFailed);
        return;
    };
    if packet.stage == Stage::Running && cycle::is_rejected(scenario, attempt.batch.rows) {
        if send_ahead::rejects_whole(scenario, state, &packet, attempt) {
            return;
        }
        packet.stage = Stage::Stuck;
        state.answer(&packet, Step::Rejected(attempt));
    } else if packet.stage == Stage::Running && scenario.packets > 1 {
        packet.stage = Stage::Waiting;
        if scenario.makes(Mistake::CommitsEachPacket) {
            write_rows(scenario, state, &first_part(attempt));
            write_token(state, attempt.token);
        }
        state.answer(&packet, Step::PartSent(attempt));
    }
    state.put(packet);
}

/// Returns the batch less all rows but the first.
fn first_part(attempt: Attempt) -> Attempt {
    let mut part = attempt;
    let first = attempt.batch.rows.iter().position(|version| *version != 0);
    for (record, version) in part.batch.rows.iter_mut().enumerate() {
        if Some(record) != first {
            *version = 0;
        }
    }
    part
}

/// Tells whether the fence's update touches the ledger's row.
fn fence_stands(scenario: &Scenario, named: Ledger, found: Ledger) -> bool {
    let generation = named.generation == found.generation || scenario.makes(Mistake::FencesWithoutGeneration);
    let previous = named.token == found.token || scenario.makes(Mistake::FencesWithoutPrevious);
    generation && previous
}

/// Commits a running packet: ledger and rows at once, unless a mistake parts them.
pub fn commit(scenario: &Scenario, state: &mut State, index: usize) {
    let mut packet = state.packets.remove(index);
    let Load::Batch(attempt) = packet.load else {
        return;
    };
    let fits = fence_stands(scenario, attempt.ledger, state.central.ledger);
    match (scenario.mistake, packet.stage) {
        (Some(Mistake::WritesLedgerAfterBatch), Stage::Running) => {
            packet.stage = Stage::Halfway;
            write_rows(scenario, state, &attempt);
            state.put(packet);
            return;
        }
        (Some(Mistake::WritesLedgerAfterBatch), _) if fits => write_token(state, attempt.token),
        (Some(Mistake::WritesLedgerAfterBatch), _) => {
            state.answer(&packet, Step::Idle);
            return;
        }
        (Some(Mistake::WritesLedgerBeforeBatch), Stage::Running) => {
            packet.stage = Stage::Halfway;
            write_token(state, attempt.token);
            state.put(packet);
            return;
        }
        (Some(Mistake::WritesLedgerBeforeBatch), _)
        | (Some(Mistake::IgnoresRowsTouched), Stage::Unfenced) => write_rows(scenario, state, &attempt),
        _ => {
            write_rows(scenario, state, &attempt);
            write_token(state, attempt.token);
        }
    }
    state.judged = state.judged.union(attempt.aside);
    answer_commit(state, &packet, &attempt);
}

/// Tells the client that its COMMIT succeeded, if it still waits.
fn answer_commit(state: &mut State, packet: &Packet, attempt: &Attempt) {
    if send_ahead::keep_answer(state, packet, Step::Committed(*attempt)) {
        state.witness = Some(Witness::SentAheadCommitted);
        return;
    }
    match packet.client.map(|who| (who, state.cycles[who].step)) {
        Some((who, Step::Sent(waiting))) => {
            state.cycles[who].step = Step::Committed(waiting);
            if !attempt.aside.is_empty() {
                state.witness = Some(Witness::SetAside);
            }
        }
        Some(_) => {}
        None => state.witness = Some(Witness::LateCommit),
    }
}

/// Writes the rows of a batch, and records the harm if it was there before or is older.
fn write_rows(scenario: &Scenario, state: &mut State, attempt: &Attempt) {
    let is_of_another =
        state.clone.is_some() || state.local_restored.is_some_and(|last| attempt.token > last);
    let overwritten = overwritten_unknown(scenario, state, attempt.batch.rows);
    state.check_owner(attempt);
    let token = usize::from(attempt.token);
    let twice = if state.may_reapply() {
        state.central.applied.contains(token)
    } else {
        state.central.answered.meets(attempt.batch.entries)
    };
    let central = &mut state.central;
    if twice {
        state.harm.get_or_insert(Harm::AppliedTwice);
    }
    let written: Rows = attempt.batch.rows;
    for (row, version) in central.rows.iter_mut().zip(written) {
        if version != 0 {
            if local::version_of(version) < local::version_of(*row) && state.local.epoch == 0 {
                state.harm = Some(Harm::WentBack);
            }
            *row = version;
        }
    }
    if is_of_another && overwritten == Some(Leave::None) {
        state.harm = Some(Harm::OverwroteUnknown);
    }
    if overwritten == Some(Leave::Decided) {
        state.witness = Some(Witness::OverwroteAsDecided);
    }
    central.answered = central.answered.union(attempt.batch.entries);
    central.applied.insert(token);
}

/// Tells by whose leave a batch writes over a row that this `DB_A` has never heard of, if it does.
fn overwritten_unknown(scenario: &Scenario, state: &State, written: Rows) -> Option<Leave> {
    let there = state.central.rows;
    let unknown = (0..written.len())
        .filter(|&record| written[record] != 0 && there[record] != 0)
        .filter(|&record| !local::knows(scenario, state, record, there[record]));
    let leave = |record: usize| {
        if state.local.shown[record] == there[record] { Leave::Decided } else { Leave::None }
    };
    unknown.map(leave).max()
}

fn write_token(state: &mut State, token: Token) {
    state.central.ledger.token = token;
}

/// Rolls back a packet whose client is gone, or that never arrived.
pub fn roll_back(state: &mut State, index: usize) {
    let packet = state.packets.remove(index);
    if packet.stage == Stage::Waiting {
        state.witness = Some(Witness::LostBetweenPackets);
    }
}

/// Kills the connection that holds the ledger's row, on behalf of a settling cycle.
pub fn kill(state: &mut State) {
    let mut packets = state.packets.iter();
    let holder = packets.position(Packet::holds_the_lock);
    if let Some(index) = holder {
        let packet = state.packets.remove(index);
        state.answer(&packet, Step::Idle);
        state.witness = Some(Witness::Killed);
    }
}
