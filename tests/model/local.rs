//! `DB_A`: each function here is one transaction on the queue and the intents.

use crate::clone::Place;
use crate::mistakes::Mistake;
use crate::scenario::Scenario;
use crate::set::Set;
use crate::state::{Harm, Intent, IntentState, Listing, Restored, Rows, State, Status, Token, Witness};

/// What is added to a version that was written after `DB_A` was restored, or at the clone.
pub const REWRITTEN: u8 = 8;

/// Returns the version of a record that a value stands for, whoever wrote it.
pub fn version_of(value: u8) -> u8 {
    value % REWRITTEN
}

/// Returns the value that an entry's change gave to its record: another one for each time that its id was given.
pub fn value(scenario: &Scenario, state: &State, index: usize) -> u8 {
    let rewritten = state.local.rewritten.contains(index);
    scenario.entries[index].version + if rewritten { REWRITTEN } else { 0 }
}

/// Tells whether `DB_A` knows of this value of a record.
pub fn knows(scenario: &Scenario, state: &State, record: usize, wanted: u8) -> bool {
    let entries = scenario.entries.iter().enumerate().filter(|(_, entry)| entry.record == record);
    entries.into_iter().any(|(index, _)| {
        state.local.status[index] != Status::Unwritten && value(scenario, state, index) == wanted
    })
}

/// Tells whether the local transaction that writes this entry may commit now.
pub fn may_write(scenario: &Scenario, state: &State, index: usize) -> bool {
    let entry = scenario.entries[index];
    state.local.status[index] == Status::Unwritten
        && version_of(current_rows(scenario, state)[entry.record]) + 1 == entry.version
}

/// Commits a local transaction: the record reaches its next version and the entry becomes visible.
pub fn write(state: &mut State, index: usize, place: Place) {
    state.local.status[index] = Status::Pending;
    if place == Place::Clone {
        state.local.rewritten.insert(index);
    } else if state.local_restored.is_some() {
        state.local.rewritten.insert(index);
        state.central.answered = state.central.answered.minus([index].into_iter().collect());
    }
    state.wake();
}

/// Reads the value that each record has now, that of its newest change.
pub fn current_rows(scenario: &Scenario, state: &State) -> Rows {
    let mut rows = Rows::default();
    for (index, entry) in scenario.entries.iter().enumerate() {
        if state.local.status[index] != Status::Unwritten {
            let newest = &mut rows[entry.record];
            let written = value(scenario, state, index);
            if version_of(written) > version_of(*newest) {
                *newest = written;
            }
        }
    }
    rows
}

/// Finds an intent by its token.
pub fn intent(state: &State, token: Token) -> Option<&Intent> {
    state.local.intents.iter().find(|intent| intent.token == token)
}

/// Lists what a settling cycle must decide about.
pub fn list(state: &State) -> Listing {
    let in_state = |wanted| {
        let intents = state.local.intents.iter();
        let tokens = intents.filter(|intent| intent.state == wanted);
        tokens.map(|intent| usize::from(intent.token)).collect()
    };
    let all_fresh = state.cycles.iter().all(|cycle| cycle.fresh);
    Listing {
        open: in_state(IntentState::Open),
        acknowledged: in_state(IntentState::Acknowledged),
        highest: state.local.intents.iter().map(|intent| intent.token).max().unwrap_or_default(),
        heals: state.restored == Restored::Unhealed && all_fresh,
    }
}

/// Walks from `token` to the token before it, and so on down to the token that `install` issued.
///
/// These are exactly the batches that `DB_B` has applied when its ledger shows `token`. `None` means
/// that `DB_A` never issued it.
pub fn chain(state: &State, token: Token) -> Option<Set> {
    let mut chain = Set::default();
    let mut token = token;
    while token != 0 {
        chain.insert(usize::from(token));
        token = intent(state, token)?.previous;
    }
    Some(chain)
}

/// Returns the batches that `DB_B` has applied, told as the product tells them: from `token` back to the first one that is
/// acknowledged, and whatever was acknowledged before the newest of them that was not dropped.
///
/// So whoever acknowledges a batch before the one before it hides the latter.
pub fn applied(state: &State, token: Token) -> Option<Set> {
    let (mut applied, mut newest, mut token) = (Set::default(), 0, token);
    while token != 0 {
        let intent = intent(state, token)?;
        applied.insert(usize::from(token));
        if intent.state != IntentState::Dropped && newest == 0 {
            newest = token;
        }
        token = if intent.state == IntentState::Acknowledged { 0 } else { intent.previous };
    }
    let acknowledged = list(state).acknowledged.iter();
    Some(applied.union(acknowledged.filter(|&other| other <= usize::from(newest)).collect()))
}

/// Notes an intent, unless `DB_A` holds another one that does not lead up to it.
///
/// Without this a restored `DB_B` lets two chains begin at one token, and the acknowledgement of the
/// one would hide that the other was lost.
pub fn note(scenario: &Scenario, state: &mut State, intent: Intent) -> bool {
    let listing = list(state);
    let standing = listing.open.union(listing.acknowledged);
    let leads_up = chain(state, intent.previous).unwrap_or_default();
    let guarded = !matches!(scenario.mistake, Some(Mistake::LetsTheChainFork | Mistake::ComparesNumbers));
    if guarded && !standing.minus(leads_up).is_empty() {
        return false;
    }
    state.local.intents.push(intent);
    state.wake();
    true
}

/// Moves an intent from one state to another and tells whether it was in the first.
pub fn move_intent(state: &mut State, token: Token, from: IntentState, to: IntentState) -> bool {
    let mut intents = state.local.intents.iter_mut();
    let found = intents.find(|intent| intent.token == token && intent.state == from);
    let moved = found.map(|intent| intent.state = to).is_some();
    if moved {
        state.wake();
    }
    moved
}

/// Marks SYNCED what an applied intent names.
pub fn mark_synced(scenario: &Scenario, state: &mut State, token: Token, aside: Set) {
    let Some(named) = intent(state, token).map(|intent| intent.entries) else {
        return;
    };
    let entries = acknowledged_entries(scenario, named.minus(aside));
    let highest_before = highest_synced(scenario, state);
    for index in entries.iter() {
        let status = state.local.status[index];
        let open = match status {
            Status::Pending => true,
            Status::Failed => !scenario.makes(Mistake::LeavesFailedEntries),
            Status::Unwritten | Status::Synced => false,
        };
        if open {
            state.local.status[index] = Status::Synced;
            if scenario.entries[index].id < highest_before {
                state.witness = Some(Witness::LateEntrySynced);
            }
        }
    }
}

/// Returns the highest id that is SYNCED, 0 if none is.
pub fn highest_synced(scenario: &Scenario, state: &State) -> u8 {
    let entries = scenario.entries.iter().zip(state.local.status);
    let synced = entries.filter(|&(_, status)| status == Status::Synced);
    synced.map(|(entry, _)| entry.id).max().unwrap_or(0)
}

/// Returns the entries an acknowledgement touches: the intent's own, unless a mistake widens them.
fn acknowledged_entries(scenario: &Scenario, named: Set) -> Set {
    let is_named = |index| named.contains(index);
    let ids = |index: usize| scenario.entries[index].id;
    let records: Set = named.iter().map(|index| scenario.entries[index].record).collect();
    let lowest = named.iter().map(ids).min().unwrap_or(0);
    let highest = named.iter().map(ids).max().unwrap_or(0);
    (0..scenario.entries.len())
        .filter(|&index| match scenario.mistake {
            Some(Mistake::AcknowledgesIdRange) => (lowest..=highest).contains(&ids(index)),
            Some(Mistake::AcknowledgesWholeRecords) => records.contains(scenario.entries[index].record),
            _ => is_named(index),
        })
        .collect()
}

/// Makes the entries of a batch that `DB_B` has lost PENDING again.
///
/// Its intent is acknowledged no more, or the next settling would miss it anew.
pub fn undo(state: &mut State, token: Token) {
    let (from, to) = (IntentState::Acknowledged, IntentState::Dropped);
    if !move_intent(state, token, from, to) {
        return;
    }
    let entries = intent(state, token).map_or(Set::default(), |intent| intent.entries);
    for index in entries.iter() {
        if state.local.status[index] == Status::Synced {
            state.local.status[index] = Status::Pending;
        }
    }
    if state.restored == Restored::Never {
        state.harm = Some(Harm::CalledBehindWrongly);
    }
    state.witness = Some(Witness::FoundBehind);
}
