//! Settle: list `DB_A`'s intents, shut out late packets with a new generation, read the ledger, decide.

use crate::clone::Place;
use crate::local;
use crate::mistakes::Mistake;
use crate::overlap;
use crate::scenario::Scenario;
use crate::set::Set;
use crate::state::{
    IntentState, Ledger, Listing, Load, Packet, Restored, Stage, State, Step, Token, Witness,
};

/// Begins to settle: lists the intents.
pub fn list(state: &mut State, who: usize) {
    let cycle = &mut state.cycles[who];
    cycle.rounds_left = cycle.rounds_left.map(|rounds| rounds.saturating_sub(1));
    cycle.fresh = true;
    state.cycles[who].step = Step::Listed(local::list(state));
}

/// Settles once more where a cycle has stopped: all that may come of it is a new generation.
pub fn look_again(scenario: &Scenario, state: &mut State) {
    renew_generation(scenario, state, state.local.epoch);
}

/// Reads the ledger without a lock, the new generation still unwritten: a mistake.
pub fn peek(state: &mut State, who: usize, listing: Listing) {
    state.cycles[who].step = Step::Peeked(listing, state.central.ledger.token);
}

/// Writes a new generation and reads the ledger, in one transaction on `DB_B`.
pub fn read(scenario: &Scenario, state: &mut State, who: usize, listing: Listing, peeked: Option<Token>) {
    let keeps_generation =
        scenario.makes(Mistake::SettlesByReading) || scenario.makes(Mistake::SettlesByWaiting);
    if !keeps_generation {
        renew_generation(scenario, state, state.local.epoch);
    }
    let ledger = Ledger { token: peeked.unwrap_or(state.central.ledger.token), ..state.central.ledger };
    state.cycles[who].step = Step::Read(listing, ledger);
}

/// Writes a new generation for a `DB_A` at this epoch; one of another epoch changes nothing.
pub fn renew_generation(scenario: &Scenario, state: &mut State, epoch: u8) {
    if epoch == state.central.ledger.epoch || scenario.makes(Mistake::RenewsGenerationOfAnotherEpoch) {
        state.central.ledger.generation = state.draw_generation();
    }
}

/// Gives up on the answer; the write stays on its way and may arrive at any time.
pub fn lose_answer(state: &mut State, who: usize) {
    state.cycles[who].step = Step::Idle;
    let load = Load::Generation(state.local.epoch);
    state.put(Packet { load, stage: Stage::Sent, client: None });
}

/// Decides about the listed intents, in one transaction on `DB_A`.
///
/// One rule covers the whole table: the chain that ends at the ledger's token was applied, nothing
/// else was. That it was not may only be said of what was listed before the ledger was read.
pub fn decide(scenario: &Scenario, state: &mut State, who: usize, listing: Listing, read: Ledger) {
    let listing = listing_to_use(scenario, state, listing);
    if read.epoch != state.local.epoch && !scenario.makes(Mistake::ComparesNoEpoch) {
        state.cycles[who].step = Step::Stopped;
        state.witness = Some(Witness::StoppedByOtherEpoch);
        return;
    }
    let Some(applied) = applied(scenario, state, &listing, read.token) else {
        state.cycles[who].step = Step::Stopped;
        state.witness = Some(Witness::StoppedByForeignToken);
        return;
    };
    let intents = state.local.intents.iter();
    let tokens: Vec<Token> = intents.map(|intent| intent.token).collect();
    let open = local::list(state).open;
    let before = state.local.status;
    let settles_both = applied.iter().filter(|&token| open.contains(token)).count() > 1;
    for token in tokens {
        if applied.contains(usize::from(token)) {
            settle_as_applied(scenario, state, who, token);
        } else {
            settle_as_not_applied(scenario, state, token, listing);
        }
    }
    if settles_both {
        state.witness = Some(Witness::BothSettledAsApplied);
    }
    if listing.heals {
        state.restored = Restored::Healed;
    }
    let has_changed = state.local.status != before && !scenario.makes(Mistake::ReadsBesideAnOpenIntent);
    overlap::keep_page(scenario, state, who, listing.highest, has_changed);
    state.cycles[who].step = Step::Ready(read);
}

/// Acknowledges an intent that the ledger proves applied, whether or not it was listed.
fn settle_as_applied(scenario: &Scenario, state: &mut State, who: usize, token: Token) {
    let (from, to) = (IntentState::Open, IntentState::Acknowledged);
    if local::move_intent(state, token, from, to) {
        local::mark_synced(scenario, state, token, Set::default());
        let at_clone = state.place_of(who) == Place::Clone;
        state.witness = Some(if at_clone { Witness::SettledAtTheClone } else { Witness::SettledAsApplied });
    }
}

/// Drops a listed intent, or undoes an acknowledged one that `DB_B` has lost.
fn settle_as_not_applied(scenario: &Scenario, state: &mut State, token: Token, listing: Listing) {
    if listing.open.contains(usize::from(token)) {
        let (from, to) = (IntentState::Open, IntentState::Dropped);
        if local::move_intent(state, token, from, to) {
            state.witness = Some(Witness::SettledAsNotApplied);
        }
    } else if scenario.makes(Mistake::CallsBehindWithFreshEyes)
        || listing.acknowledged.contains(usize::from(token))
            && !scenario.makes(Mistake::IgnoresThatDbBIsBehind)
    {
        // One acknowledged since the listing may be newer than what was read of the ledger.
        local::undo(state, token);
    }
}

/// Returns the tokens that `DB_B` applied, told by the ledger's token; `None` means to stop.
fn applied(scenario: &Scenario, state: &State, listing: &Listing, ledger_token: Token) -> Option<Set> {
    let Some(chain) = local::chain(state, ledger_token) else {
        return scenario.makes(Mistake::IgnoresForeignToken).then(|| local::list(state).acknowledged);
    };
    let listed = listing.open.union(listing.acknowledged);
    let acknowledged = local::list(state).acknowledged;
    match scenario.mistake {
        Some(Mistake::ComparesNumbers) => Some((1..=usize::from(ledger_token)).collect()),
        Some(Mistake::KnowsListedTokensOnly) if ledger_token != 0 => {
            let known = listed.contains(usize::from(ledger_token));
            known.then_some(chain)
        }
        Some(Mistake::SettlesTheNewestOnly) => {
            Some(acknowledged.union([usize::from(ledger_token)].into_iter().collect()))
        }
        Some(Mistake::LetsTheChainFork) => {
            let last = acknowledged.iter().last();
            let is_behind = last.is_some_and(|token| !chain.contains(token));
            Some(if is_behind { chain } else { chain.union(acknowledged) })
        }
        _ => local::applied(state, ledger_token),
    }
}

/// Returns the listing made before the ledger was read, unless a mistake makes it anew.
fn listing_to_use(scenario: &Scenario, state: &State, listing: Listing) -> Listing {
    if scenario.makes(Mistake::ListsAfterReading) {
        return Listing { heals: listing.heals, ..local::list(state) };
    }
    listing
}
