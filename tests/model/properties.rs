//! What must hold in every state, and what must be seen at least once.

use stateright::Property;

use crate::Protocol;
use crate::actions;
use crate::clone::Place;
use crate::local;
use crate::state::{Harm, IntentState, Restored, State, Status, Step, Witness};

pub const NO_BATCH_TWICE: &str = "no batch is applied twice";
pub const NO_RECORD_BACK: &str = "no record goes back to an older version";
pub const SYNCED_IS_TRUE: &str = "a synced entry is in DB_B";
pub const ACKNOWLEDGED_IS_APPLIED: &str = "an acknowledged batch was applied";
pub const DROPPED_IS_NOT_APPLIED: &str = "a dropped batch was not applied";
pub const FAILED_WAS_JUDGED: &str = "a failed entry was judged in a transaction that committed";
pub const NEVER_STOPS: &str = "no cycle stops for a person to look";
pub const NOTHING_OVERWRITTEN: &str = "a restored or cloned DB_A writes over nothing unasked";
pub const ONE_WRITER: &str = "only one of a site and its clone writes in an epoch";
pub const BEHIND_IS_TRUE: &str = "DB_B is called behind only when it is";
pub const NO_ENDLESS_WAIT: &str = "no cycle waits for ever";
pub const RUNS_END: &str = "no program disturbs another for ever";
pub const NOTHING_IS_LOST: &str = "at rest nothing is left or lost";

/// Counts more tokens than a run can draw before its faults and disturbances are used up.
///
/// Without mistakes the checker visits every state, so it would find a run that draws more. With a
/// mistake it may be endless, and this is where the checker turns back.
pub const MOST_TOKENS: u8 = 16;

/// Returns what must hold in every state.
pub fn always() -> Vec<Property<Protocol>> {
    vec![
        Property::always(NO_BATCH_TWICE, |_, state: &State| state.harm != Some(Harm::AppliedTwice)),
        Property::always(NO_RECORD_BACK, |_, state: &State| state.harm != Some(Harm::WentBack)),
        Property::always(SYNCED_IS_TRUE, |model: &Protocol, state: &State| {
            state.restored == Restored::Unhealed || at_each(state, |here, _| synced_is_true(model, here))
        }),
        Property::always(ACKNOWLEDGED_IS_APPLIED, |_, state: &State| {
            state.restored == Restored::Unhealed
                || at_each(state, |here, _| intents_agree(here, IntentState::Acknowledged, true))
        }),
        Property::always(DROPPED_IS_NOT_APPLIED, |_, state: &State| {
            state.may_reapply() || at_each(state, |here, _| intents_agree(here, IntentState::Dropped, false))
        }),
        Property::always(FAILED_WAS_JUDGED, |_, state: &State| failed_was_judged(state)),
        Property::always(NEVER_STOPS, |_, state: &State| {
            at_each(state, |here, who| may_stop(here) || here.cycles[who].step != Step::Stopped)
        }),
        Property::always(NOTHING_OVERWRITTEN, |_, state: &State| state.harm != Some(Harm::OverwroteUnknown)),
        Property::always(ONE_WRITER, |_, state: &State| state.harm != Some(Harm::WroteInAnothersEpoch)),
        Property::always(BEHIND_IS_TRUE, |_, state: &State| state.harm != Some(Harm::CalledBehindWrongly)),
        Property::always(NO_ENDLESS_WAIT, |model: &Protocol, state: &State| {
            !at_each(state, |here, who| !at_rest(here, who)) || actions::any_enabled(&model.scenario, state)
        }),
        Property::always(RUNS_END, |_, state: &State| state.tokens_drawn < MOST_TOKENS),
        Property::always(NOTHING_IS_LOST, |model: &Protocol, state: &State| {
            at_each(state, |here, who| !at_rest(here, who) || nothing_is_lost(model, here))
        }),
    ]
}

/// Returns what a check must have seen, or it proves nothing.
pub fn sometimes(wanted: &[Witness]) -> Vec<Property<Protocol>> {
    let wanted = wanted.iter();
    wanted.map(|&witness| seen(witness)).collect()
}

/// Writes the property that a witness is seen; a closure that names it could not be a plain function.
macro_rules! seen {
    ($witness:ident, $name:literal) => {
        Property::sometimes($name, |_, state: &State| state.witness == Some(Witness::$witness))
    };
}

fn seen(witness: Witness) -> Property<Protocol> {
    match witness {
        Witness::LateCommit => seen!(LateCommit, "a batch commits after its cycle gave up"),
        Witness::SettledAsApplied => seen!(SettledAsApplied, "a lost COMMIT is settled as applied"),
        Witness::SettledAsNotApplied => seen!(SettledAsNotApplied, "a lost COMMIT is settled as not applied"),
        Witness::SetAside => seen!(SetAside, "a batch commits less what was set aside"),
        Witness::LateEntrySynced => seen!(LateEntrySynced, "an entry is synced after one with a higher id"),
        Witness::FenceFailed => seen!(FenceFailed, "a fence shuts out a batch"),
        Witness::Killed => seen!(Killed, "settling kills a running batch"),
        Witness::SentAgain => seen!(SentAgain, "a batch goes again after a deadlock"),
        Witness::LateGeneration => seen!(LateGeneration, "a generation is written after its cycle gave up"),
        Witness::LostBetweenPackets => seen!(LostBetweenPackets, "a batch is lost between its packets"),
        Witness::StoppedByForeignToken => {
            seen!(StoppedByForeignToken, "a token that DB_A never issued stops it")
        }
        Witness::StoppedByOtherEpoch => seen!(StoppedByOtherEpoch, "another epoch stops it"),
        Witness::Resumed => seen!(Resumed, "a person's decision is carried out"),
        Witness::ResumedAtTheClone => {
            seen!(ResumedAtTheClone, "a person's decision is carried out at the clone")
        }
        Witness::ResumedInVain => seen!(ResumedInVain, "site and clone are resumed at the same time"),
        Witness::SettledAtTheClone => {
            seen!(SettledAtTheClone, "the clone finds the site's lost COMMIT applied")
        }
        Witness::OverwroteAsDecided => {
            seen!(OverwroteAsDecided, "the other's value is written over, as a person decided")
        }
        Witness::TwoOpenAtACrash => seen!(TwoOpenAtACrash, "a cycle dies with two intents open"),
        Witness::BothSettledAsApplied => {
            seen!(BothSettledAsApplied, "two open batches are settled as applied")
        }
        Witness::ThrownAway => seen!(ThrownAway, "what was read ahead is thrown away"),
        Witness::SentAheadCommitted => seen!(SentAheadCommitted, "a batch that was sent ahead commits"),
        Witness::SentAheadTooEarly => {
            seen!(SentAheadTooEarly, "a batch that was sent ahead arrives too early")
        }
        Witness::Withdrawn => seen!(Withdrawn, "a batch that was sent ahead is withdrawn"),
        Witness::PageKept => seen!(PageKept, "what was read before settling is used"),
        Witness::FoundBehind => seen!(FoundBehind, "DB_B is found behind"),
    }
}

/// Tells whether something holds of the site as the first program sees it, and of the clone, if there is one, as its own
/// program does. Two programs at one `DB_A` see the same.
fn at_each(state: &State, holds: impl Fn(&State, usize) -> bool) -> bool {
    let turned = state.turned();
    (0..state.cycles.len()).all(|who| match (state.place_of(who), &turned) {
        (Place::Clone, Some(turned)) => holds(turned, who),
        _ => holds(state, who),
    })
}

/// Tells whether nothing is under way and the program of the `DB_A` that goes on has found nothing left to do.
fn at_rest(state: &State, who: usize) -> bool {
    let goes_on = state.clone.is_none() && who == 0 || state.clone.is_some() && state.owns_ledger();
    goes_on && state.is_quiet() && state.cycles[who].step == Step::Rest && !state.has_open_intent()
}

/// Tells whether a `DB_A` may wait for a person: it was restored, or the other of site and clone goes on, or shall.
fn may_stop(state: &State) -> bool {
    match state.turned() {
        None => state.local_restored.is_some() && state.local.epoch == 0,
        Some(other) => !state.owns_ledger() && (other.owns_ledger() || state.awaits_epoch()),
    }
}

fn nothing_is_lost(model: &Protocol, state: &State) -> bool {
    let must_be_equal = state.local.epoch > 0 || state.clone.is_some();
    drained(model, state) && (!must_be_equal || is_equal(model, state))
}

/// Tells whether every visible entry is SYNCED for good, or FAILED with a version that `DB_B` lacks.
fn drained(model: &Protocol, state: &State) -> bool {
    let settled = |(index, status): (usize, Status)| match status {
        Status::Unwritten => true,
        Status::Pending => false,
        Status::Synced => in_central(model, state, index),
        Status::Failed => !in_central(model, state, index),
    };
    let mut entries = state.local.status.into_iter().enumerate();
    entries.all(settled)
}

/// Tells whether `DB_B` has each record that `DB_A` has, exactly as it is.
fn is_equal(model: &Protocol, state: &State) -> bool {
    let here = local::current_rows(&model.scenario, state);
    let mut records = here.into_iter().zip(state.central.rows);
    records.all(|(here, there)| here == 0 || here == there)
}

/// Of a site and its clone only the one that goes on can say what is in `DB_B`.
fn synced_is_true(model: &Protocol, state: &State) -> bool {
    if state.clone.is_some() && !state.owns_ledger() {
        return true;
    }
    let mut entries = state.local.status.into_iter().enumerate();
    entries.all(|(index, status)| status != Status::Synced || in_central(model, state, index))
}

/// Tells whether `DB_B` holds a version of the entry's record at least as new as the entry.
fn in_central(model: &Protocol, state: &State, index: usize) -> bool {
    let record = model.scenario.entries[index].record;
    let there = state.central.rows[record];
    let is_known = state.clone.is_none() || local::knows(&model.scenario, state, record, there);
    is_known && local::version_of(there) >= model.scenario.entries[index].version
}

fn intents_agree(state: &State, wanted: IntentState, applied: bool) -> bool {
    let mut intents = state.local.intents.iter();
    intents.all(|intent| {
        let is_applied = state.central.applied.contains(usize::from(intent.token));
        intent.state != wanted || is_applied == applied
    })
}

fn failed_was_judged(state: &State) -> bool {
    let mut entries = state.local.status.into_iter().enumerate();
    entries.all(|(index, status)| status != Status::Failed || state.judged.contains(index))
}
