//! The steps of a cycle once it has settled: claim, intent, apply, set aside, acknowledge.

use crate::mistakes::Mistake;
use crate::scenario::Scenario;
use crate::set::Set;
use crate::state::{
    Attempt, Batch, Intent, IntentState, Ledger, Load, Packet, Rows, Stage, State, Status, Step,
};
use crate::{local, overlap, send_ahead};

/// Claims in one snapshot: due entries up to the batch size, and the rows of their records as they are.
///
/// The batch answers for every PENDING and FAILED entry of its records that the snapshot shows.
pub fn claim(
    scenario: &Scenario,
    state: &mut State,
    who: usize,
    ledger: Ledger,
    rows_read_before: Option<Rows>,
) {
    if scenario.overlaps() {
        claim_from_page(scenario, state, who, ledger);
        return;
    }
    let mut due = due_entries(scenario, state);
    due.truncate(scenario.batch_size);
    if due.is_empty() {
        state.cycles[who].step = Step::Rest;
        return;
    }
    let record = |index: usize| scenario.entries[index].record;
    let records: Set = due.into_iter().map(record).collect();
    let entries = (0..scenario.entries.len())
        .filter(|&index| records.contains(record(index)))
        .filter(|&index| matches!(state.local.status[index], Status::Pending | Status::Failed))
        .collect();
    let rows = rows_read_before.unwrap_or_else(|| local::current_rows(scenario, state));
    state.cycles[who].step = Step::Claimed(ledger, Batch { entries, rows: rows_of(records, rows) });
}

/// Claims from the entries that were read ahead.
fn claim_from_page(scenario: &Scenario, state: &mut State, who: usize, ledger: Ledger) {
    state.cycles[who].step = match overlap::next_batch(scenario, state, who) {
        Some((batch, page)) => {
            state.cycles[who].overlap.page = page;
            Step::Claimed(ledger, batch)
        }
        None => Step::Rest,
    };
}

/// Returns the rows of these records alone.
pub fn rows_of(records: Set, mut rows: Rows) -> Rows {
    for (record, version) in rows.iter_mut().enumerate() {
        if !records.contains(record) {
            *version = 0;
        }
    }
    rows
}

/// Reads the rows before the queue, each in a snapshot of its own: a mistake.
pub fn claim_rows(scenario: &Scenario, state: &mut State, who: usize, ledger: Ledger) {
    state.cycles[who].step = Step::HalfClaimed(ledger, local::current_rows(scenario, state));
}

/// Returns the PENDING entries by ascending id, told by status alone.
pub fn due_entries(scenario: &Scenario, state: &State) -> Vec<usize> {
    let above = if scenario.makes(Mistake::ClaimsAboveHighWaterMark) {
        local::highest_synced(scenario, state)
    } else {
        0
    };
    let mut due: Vec<usize> = (0..scenario.entries.len())
        .filter(|&index| state.local.status[index] == Status::Pending)
        .filter(|&index| scenario.entries[index].id > above)
        .collect();
    due.sort_by_key(|&index| scenario.entries[index].id);
    due
}

/// Makes the intent durable in `DB_A`, before the first byte goes to `DB_B`.
pub fn note(scenario: &Scenario, state: &mut State, who: usize, ledger: Ledger, batch: Batch) {
    let token = state.draw_token();
    let place = state.place_of(who);
    // One that goes out beside the batch before goes out on its connection.
    let before = state.cycles[who].overlap.unacknowledged;
    let connection = before.map_or(token, |attempt| attempt.connection);
    let attempt = Attempt { place, ledger, token, connection, batch, aside: Set::default() };
    let noted = scenario.makes(Mistake::NotesIntentAfterApplying)
        || local::note(scenario, state, open_intent(&attempt));
    state.cycles[who].step = if noted { Step::Noted(attempt) } else { Step::Idle };
}

/// Sends fence, rows and COMMIT in one packet.
pub fn send(state: &mut State, who: usize, attempt: Attempt) {
    state.put(Packet { load: Load::Batch(attempt), stage: Stage::Sent, client: Some(who) });
    state.cycles[who].step = Step::Sent(attempt);
}

/// Sends the second packet of a batch, with the COMMIT.
pub fn send_rest(state: &mut State, who: usize, attempt: Attempt) {
    if let Some(mut packet) = state.take_packet_of(who) {
        packet.stage = Stage::Running;
        state.put(packet);
    }
    state.cycles[who].step = Step::Sent(attempt);
}

/// Replaces the intent by one that names what remains, while `DB_B`'s transaction stays open.
pub fn replace(scenario: &Scenario, state: &mut State, who: usize, attempt: Attempt) {
    let old = attempt.token;
    if !local::move_intent(state, old, IntentState::Open, IntentState::Dropped) {
        state.take_packet_of(who);
        state.cycles[who].step = Step::Idle;
        return;
    }
    let reduced = Attempt { token: state.draw_token(), ..set_aside(scenario, attempt) };
    state.local.intents.push(open_intent(&reduced));
    if scenario.makes(Mistake::JudgesBeforeCommit) {
        mark_failed(state, reduced.aside);
    }
    state.cycles[who].step = Step::Replaced(reduced);
}

/// Writes the new token into the ledger and asks for COMMIT, in the transaction that rejected.
pub fn finish(scenario: &Scenario, state: &mut State, who: usize, attempt: Attempt) {
    let attempt = match scenario.mistake {
        Some(Mistake::SetsAsideUnderOldToken) => set_aside(scenario, attempt),
        Some(Mistake::ReplacesIntentAfterCommit) => {
            Attempt { token: state.draw_token(), ..set_aside(scenario, attempt) }
        }
        _ => attempt,
    };
    if let Some(mut packet) = state.take_packet_of(who) {
        let written = match packet.load {
            Load::Batch(old) if scenario.makes(Mistake::LeavesOldTokenInLedger) => old.token,
            Load::Batch(_) | Load::Generation(_) => attempt.token,
        };
        packet.load = Load::Batch(Attempt { token: written, ..attempt });
        packet.stage = Stage::Running;
        state.put(packet);
    }
    state.cycles[who].step = Step::Sent(attempt);
}

/// Acknowledges the batch whose COMMIT was answered, and goes on from it.
pub fn acknowledge(scenario: &Scenario, state: &mut State, who: usize, attempt: Attempt) {
    if !close(scenario, state, attempt) {
        state.cycles[who].step = Step::Idle;
        return;
    }
    if !attempt.aside.is_empty() {
        overlap::throw_away(scenario, state, who);
    }
    let ledger = Ledger { token: attempt.token, ..attempt.ledger };
    state.cycles[who].overlap.goes_alone = false;
    if let Some(step) = send_ahead::promote(scenario, state, who) {
        state.cycles[who].step = step;
        return;
    }
    let ahead = state.cycles[who].overlap.ahead.take();
    state.cycles[who].step = ahead.map_or(Step::Ready(ledger), |batch| Step::Claimed(ledger, batch));
}

/// Acknowledges a batch, in one transaction on `DB_A`; tells whether its intent was still open.
pub fn close(scenario: &Scenario, state: &mut State, attempt: Attempt) -> bool {
    if scenario.makes(Mistake::NotesIntentAfterApplying)
        || scenario.makes(Mistake::ReplacesIntentAfterCommit) && local::intent(state, attempt.token).is_none()
    {
        state.local.intents.push(open_intent(&attempt));
    }
    let (from, to) = (IntentState::Open, IntentState::Acknowledged);
    let moved = local::move_intent(state, attempt.token, from, to);
    if !moved && !scenario.makes(Mistake::AcknowledgesUnchecked) {
        return false;
    }
    local::mark_synced(scenario, state, attempt.token, attempt.aside);
    mark_failed(state, attempt.aside);
    true
}

/// Drops the intent of a batch that `DB_B` rolled back for certain, to claim it again.
pub fn claim_again(scenario: &Scenario, state: &mut State, who: usize, attempt: Attempt) {
    local::move_intent(state, attempt.token, IntentState::Open, IntentState::Dropped);
    overlap::throw_away(scenario, state, who);
    state.cycles[who].step = Step::Ready(attempt.ledger);
}

/// Drops the intent of a batch that timed out and claims again without settling: a mistake.
pub fn take_for_failure(state: &mut State, who: usize, attempt: Attempt) {
    local::move_intent(state, attempt.token, IntentState::Open, IntentState::Dropped);
    state.cycles[who].step = Step::Ready(attempt.ledger);
}

/// Tells whether `DB_B` rejects a record of this batch.
pub fn is_rejected(scenario: &Scenario, rows: Rows) -> bool {
    let mut rejected = scenario.rejected.iter();
    rejected.any(|&(record, version)| rows[record] == version)
}

/// Takes what `DB_B` rejects out of a batch.
fn set_aside(scenario: &Scenario, attempt: Attempt) -> Attempt {
    let mut reduced = attempt;
    for &(record, version) in scenario.rejected {
        if reduced.batch.rows[record] == version {
            reduced.batch.rows[record] = 0;
            let entries = attempt.batch.entries.iter();
            let guilty: Set = entries.filter(|&index| scenario.entries[index].record == record).collect();
            reduced.batch.entries = reduced.batch.entries.minus(guilty);
            reduced.aside = reduced.aside.union(guilty);
        }
    }
    reduced
}

/// Marks exactly the claimed entries FAILED; one judged attempt is the limit here.
fn mark_failed(state: &mut State, entries: Set) {
    for index in entries.iter() {
        if state.local.status[index] == Status::Pending {
            state.local.status[index] = Status::Failed;
        }
    }
}

pub fn open_intent(attempt: &Attempt) -> Intent {
    Intent {
        token: attempt.token,
        previous: attempt.ledger.token,
        entries: attempt.batch.entries,
        connection: attempt.connection,
        state: IntentState::Open,
    }
}
