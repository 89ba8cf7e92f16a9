//! How a cycle overlaps its steps: it reads due entries ahead, and while `DB_B` applies one batch, `DB_A` acknowledges the
//! one before and another connection claims the next.
//!
//! So two intents of one program may be open, the older one applied for certain. What was claimed ahead is only used if
//! the batch before it was committed whole.

use crate::local;
use crate::mistakes::Mistake;
use crate::scenario::Scenario;
use crate::send_ahead::{self, Queue};
use crate::set::Set;
use crate::state::{Attempt, Batch, Ledger, Rows, State, Status, Step, Token, Witness};
use crate::{cycle, faults};

/// Is what a cycle remembers beside its step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Overlap {
    /// The batch that `DB_B` has committed whole and `DB_A` has not acknowledged yet.
    pub unacknowledged: Option<Attempt>,
    /// The batch that was claimed while the one before it was under way.
    pub ahead: Option<Batch>,
    /// The batches that were sent while one before them is under way.
    pub sent_ahead: Queue,
    /// Whether the batch under way was rejected before, so that nothing is sent beside it.
    pub goes_alone: bool,
    pub page: Page,
}

/// Is what a look at the queue showed of due entries, less those that batches have taken since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Page {
    entries: Set,
    /// Whether any entry was FAILED at the last look.
    has_failures: bool,
    /// The rows as they were at that look; only a mistake keeps them.
    rows: Rows,
}

/// Claims the next batch from the page, which is read on when it runs short: in the snapshot that shows the rows.
///
/// A batch answers for the page's entries of its records; where a record failed, for its PENDING and FAILED ones that the
/// snapshot shows as well.
pub fn next_batch(scenario: &Scenario, state: &State, who: usize) -> Option<(Batch, Page)> {
    let mut page = read_on(scenario, state, who);
    let mut due: Vec<usize> = page.entries.iter().collect();
    due.sort_by_key(|&index| scenario.entries[index].id);
    due.truncate(scenario.batch_size);
    if due.is_empty() {
        return None;
    }
    let record = |index: usize| scenario.entries[index].record;
    let records: Set = due.into_iter().map(record).collect();
    let names_all = page.has_failures && !scenario.makes(Mistake::NamesPagedEntriesOnly);
    let is_open = |index: usize| matches!(state.local.status[index], Status::Pending | Status::Failed);
    let entries = (0..scenario.entries.len())
        .filter(|&index| records.contains(record(index)))
        .filter(|&index| page.entries.contains(index) || names_all && is_open(index))
        .collect();
    let rows = if scenario.makes(Mistake::ReadsRowsWithThePage) {
        page.rows
    } else {
        local::current_rows(scenario, state)
    };
    page.entries = page.entries.minus(entries);
    Some((Batch { entries, rows: cycle::rows_of(records, rows) }, page))
}

/// Reads on, unless there are entries enough for a batch; what is in flight is left out.
fn read_on(scenario: &Scenario, state: &State, who: usize) -> Page {
    let mut page = state.cycles[who].overlap.page;
    if page.entries.iter().count() >= scenario.batch_size {
        return page;
    }
    let in_flight = in_flight(state, who);
    let mut more = cycle::due_entries(scenario, state);
    more.retain(|&index| {
        let is_taken = in_flight.contains(index) && !scenario.makes(Mistake::ClaimsWhatIsInFlight);
        !page.entries.contains(index) && !is_taken
    });
    more.truncate(scenario.batches_of_page * scenario.batch_size);
    if scenario.makes(Mistake::ReadsRowsWithThePage) {
        let record = |index: usize| scenario.entries[index].record;
        let known: Set = page.entries.iter().map(record).collect();
        let rows = local::current_rows(scenario, state);
        for record in more.iter().map(|&index| record(index)).filter(|&record| !known.contains(record)) {
            page.rows[record] = rows[record];
        }
    }
    page.has_failures = state.local.status.contains(&Status::Failed);
    page.entries = page.entries.union(more.into_iter().collect());
    page
}

/// Tells whether entries may be read while the cycle settles: no intent was open when it began.
pub fn may_read_ahead(scenario: &Scenario, state: &State, who: usize) -> bool {
    let Step::Listed(listing) = state.cycles[who].step else { return false };
    scenario.sends_ahead > 0
        && state.cycles[who].overlap.page == Page::default()
        && (listing.open.is_empty() || scenario.makes(Mistake::ReadsBesideAnOpenIntent))
        && !cycle::due_entries(scenario, state).is_empty()
}

/// Reads entries while the cycle settles.
pub fn read_ahead(scenario: &Scenario, state: &mut State, who: usize) {
    state.cycles[who].overlap.page = read_on(scenario, state, who);
}

/// Keeps what was read while the cycle settled, unless settling changed anything, or another program has noted an intent
/// since.
pub fn keep_page(scenario: &Scenario, state: &mut State, who: usize, highest: Token, has_changed: bool) {
    let is_disturbed =
        local::list(state).highest > highest && !scenario.makes(Mistake::KeepsThePageAlthoughDisturbed);
    let page = &mut state.cycles[who].overlap.page;
    if *page == Page::default() {
        return;
    }
    if is_disturbed || has_changed {
        *page = Page::default();
    } else {
        state.witness = Some(Witness::PageKept);
    }
}

/// Returns what the batch under way and the one before it name.
fn in_flight(state: &State, who: usize) -> Set {
    let overlap = state.cycles[who].overlap;
    let before = overlap.unacknowledged.map_or(Set::default(), |attempt| attempt.batch.entries);
    let ahead = overlap.sent_ahead.entries();
    match state.cycles[who].step {
        Step::Sent(attempt) | Step::Committed(attempt) => before.union(attempt.batch.entries).union(ahead),
        _ => before.union(ahead),
    }
}

/// Tells whether the next batch may be claimed while one is under way.
pub fn may_claim_ahead(scenario: &Scenario, state: &State, who: usize) -> bool {
    let cycle = state.cycles[who];
    let is_under_way = matches!(cycle.step, Step::Sent(_) | Step::Committed(_));
    scenario.overlaps()
        && is_under_way
        && cycle.overlap.ahead.is_none()
        && (!cycle.overlap.page.has_failures || scenario.makes(Mistake::ClaimsAheadDespiteFailures))
        && next_batch(scenario, state, who).is_some()
}

/// Claims the next batch while one is under way.
pub fn claim_ahead(scenario: &Scenario, state: &mut State, who: usize) {
    if let Some((batch, page)) = next_batch(scenario, state, who) {
        state.cycles[who].overlap.ahead = Some(batch);
        state.cycles[who].overlap.page = page;
    }
}

/// Tells whether a cycle may take its next step although the batch before is not acknowledged.
pub fn goes_on_unacknowledged(scenario: &Scenario, step: Step) -> bool {
    match step {
        Step::Claimed(..) | Step::Noted(_) | Step::PartSent(_) | Step::Sent(_) => true,
        Step::Committed(_) => scenario.makes(Mistake::AcknowledgesNewestFirst),
        _ => false,
    }
}

/// Tells whether a committed batch may stay open for now: nothing was set aside from it.
pub fn may_leave_open(scenario: &Scenario, state: &State, who: usize, attempt: Attempt) -> bool {
    scenario.overlaps() && attempt.aside.is_empty() && state.cycles[who].overlap.unacknowledged.is_none()
}

/// Goes on from a batch that was committed whole; it is acknowledged later.
pub fn go_on(scenario: &Scenario, state: &mut State, who: usize, attempt: Attempt) {
    let sent_ahead = send_ahead::promote(scenario, state, who);
    let cycle = &mut state.cycles[who];
    let ledger = Ledger { token: attempt.token, ..attempt.ledger };
    cycle.overlap.unacknowledged = Some(attempt);
    cycle.overlap.goes_alone = false;
    cycle.step = sent_ahead.unwrap_or_else(|| match cycle.overlap.ahead.take() {
        Some(batch) => Step::Claimed(ledger, batch),
        None => Step::Ready(ledger),
    });
}

/// Acknowledges the batch before the one under way. A cycle that finds its intent closed ends.
pub fn acknowledge_before(scenario: &Scenario, state: &mut State, who: usize) {
    let Some(attempt) = state.cycles[who].overlap.unacknowledged.take() else {
        return;
    };
    if !cycle::close(scenario, state, attempt) {
        faults::leave_packets(state, who);
        state.cycles[who].step = Step::Idle;
    }
}

/// Throws away what was read ahead: the batch before it was not committed whole.
pub fn throw_away(scenario: &Scenario, state: &mut State, who: usize) {
    if scenario.makes(Mistake::UsesWhatWasReadAheadAnyway) {
        return;
    }
    let overlap = &mut state.cycles[who].overlap;
    overlap.page = Page::default();
    if overlap.ahead.take().is_some() {
        state.witness.get_or_insert(Witness::ThrownAway);
    }
}

/// Lets every cycle that has ended forget what it read ahead.
pub fn forget_at_the_end(scenario: &Scenario, state: &mut State) {
    for who in 0..state.cycles.len() {
        if matches!(state.cycles[who].step, Step::Rest | Step::Idle | Step::Stopped) {
            if !state.cycles[who].overlap.sent_ahead.is_empty() {
                faults::leave_packets(state, who);
            }
            let overlap = &mut state.cycles[who].overlap;
            let keeps_page = scenario.makes(Mistake::KeepsThePageWhenSettling);
            let page = if keeps_page { overlap.page } else { Page::default() };
            *overlap = Overlap { page, unacknowledged: overlap.unacknowledged, ..Overlap::default() };
        }
    }
}
