//! A clone of `DB_A` that works beside its site: the same identity, the same past, and then writers and a program of
//! its own. The two share nothing but the ledger's row.
//!
//! Every other module speaks of *the* `DB_A`, `state.local`. While the clone's turn lasts, the two change places.

use crate::local;
use crate::state::{Attempt, Harm, LocalDb, State, Step};

/// Tells which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    Site,
    Clone,
}

/// Numbers the program that works at the clone.
pub const PROGRAM: usize = 1;

impl State {
    /// Copies `DB_A` as it is, a batch under way included; from now on both work.
    pub fn clone_local(&mut self) {
        self.clone = Some(self.local.clone());
        self.cloned_at = self.tokens_drawn;
        self.cycles[PROGRAM].step = Step::Idle;
    }

    /// Tells where a program works.
    pub fn place_of(&self, who: usize) -> Place {
        if self.clone.is_some() && who == PROGRAM { Place::Clone } else { Place::Site }
    }

    /// Lets site and clone change places.
    pub fn turn(&mut self) {
        if let Some(clone) = &mut self.clone {
            std::mem::swap(&mut self.local, clone);
        }
    }

    /// Returns the same as the clone sees it; `None` when there is no clone.
    pub fn turned(&self) -> Option<Self> {
        self.clone.as_ref()?;
        let mut turned = self.clone();
        turned.turn();
        Some(turned)
    }

    /// Tells whether this `DB_A` may go on: it knows the ledger's token and is at the ledger's epoch.
    pub fn owns_ledger(&self) -> bool {
        let ledger = self.central.ledger;
        !self.is_shut_out() && local::chain(self, ledger.token).is_some()
    }

    /// Tells whether the ledger is at another epoch than this `DB_A`.
    pub fn is_shut_out(&self) -> bool {
        self.local.epoch != self.central.ledger.epoch
    }

    /// Tells whether `DB_B` is at an epoch that neither has taken on.
    pub fn awaits_epoch(&self) -> bool {
        let has_it = |db: &LocalDb| db.epoch >= self.central.ledger.epoch;
        !has_it(&self.local) && !self.clone.as_ref().is_some_and(has_it)
    }

    /// Tells whether a person may let this `DB_A` go on: another time, or again what was broken off.
    pub fn may_decide(&self) -> bool {
        let decides = |step| matches!(step, Step::EpochBegun(..) | Step::CarriedOut(_) | Step::TakenOn(_));
        let is_broken_off = self.awaits_epoch() && !self.cycles.iter().any(|cycle| decides(cycle.step));
        self.local_restored.is_some() || self.clone.is_some() && (self.decisions_left > 0 || is_broken_off)
    }

    /// Records the harm if a batch is applied in an epoch that is the other one's.
    pub fn check_owner(&mut self, attempt: &Attempt) {
        if self.clone.is_none() {
            return;
        }
        let is_shared = attempt.token <= self.cloned_at;
        match self.central.owner {
            None if is_shared => {}
            None => self.central.owner = Some(attempt.place),
            Some(owner) if owner == attempt.place && !is_shared => {}
            Some(_) => self.harm = Some(Harm::WroteInAnothersEpoch),
        }
    }
}
