//! Checks the protocol that settles, claims, notes an intent, applies and acknowledges.
//!
//! Every interleaving of the steps below is visited, within small bounds: a few entries, one or two
//! programs, one or two faults. Reasoning about a lost answer to COMMIT convinces until somebody
//! tries every order of events; this does.
//!
//! | module | holds |
//! |---|---|
//! | `state` | both databases, the link between them, the running cycles |
//! | `set` | a set of small numbers |
//! | `scenario` | the small worlds that are checked |
//! | `actions` | which step may come next |
//! | `local` | `DB_A`: entries and intents, one function per transaction |
//! | `central` | `DB_B`: what becomes of a packet, whoever waits for it |
//! | `settle`, `cycle` | the steps of a cycle |
//! | `overlap` | how a cycle overlaps them |
//! | `send_ahead` | how a cycle sends the next batch while one is under way |
//! | `resume` | the steps of a person's decision |
//! | `clone` | a clone of `DB_A` that works beside its site |
//! | `faults` | crashes, lost answers, deadlocks, a `DB_B` or a `DB_A` restored from a copy |
//! | `mistakes` | the protections that can be switched off |
//! | `properties` | what must always hold, and what must be seen at least once |
//! | `protocol_holds` | the tests that visit every state |
//! | `mistakes_are_found` | the tests that each protection is needed |
//!
//! What the model leaves out: foreign and unique keys, records that are held, retries before an
//! entry is FAILED, and pruning. A clone comes alone: with one program, one at the site, and a `DB_B` that is not restored.
//! It settles a few times at most as long as that may disturb the site, which is a bound and no promise.
//! Only the worlds that say so overlap the steps of a cycle. There a page is read on from the lowest id that is due, while
//! the program reads on behind the last one it read: the model claims a late entry sooner, or at the same time.
//! The lock that keeps a second program away is left out on purpose: safety must not rest on it.
//!
//! `cargo test --test model -- --nocapture` prints the number of states, and the shortest way into
//! each mistake's harm.

mod actions;
mod central;
mod clone;
mod cycle;
mod faults;
mod local;
mod mistakes;
mod mistakes_are_found;
mod overlap;
mod properties;
mod protocol_holds;
mod resume;
mod scenario;
mod send_ahead;
mod set;
mod settle;
mod state;

use stateright::{Model, Property};

use actions::Action;
use scenario::Scenario;
use state::State;

/// Is the protocol within the bounds of one scenario.
#[derive(Clone, Debug)]
pub struct Protocol {
    scenario: Scenario,
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::installed(&self.scenario)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        actions::enabled(&self.scenario, state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        actions::take(&self.scenario, &mut next, action);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = properties::always();
        if self.scenario.mistake.is_none() {
            properties.extend(properties::sometimes(self.scenario.witnesses));
        }
        properties
    }

    fn within_boundary(&self, state: &State) -> bool {
        state.tokens_drawn <= properties::MOST_TOKENS
    }
}
