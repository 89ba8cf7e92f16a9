//! Why a cycle ends before it has drained.

use crate::db::DbError;
use crate::models::cycle::Outcome;
use crate::models::entry_ids::EntryIds;
use crate::models::intent::{LedgerRow, Site};
use crate::utils::wording::counted;

/// Why a cycle ended early.
#[derive(Debug, thiserror::Error)]
pub enum Interruption {
    /// `IS_ONLINE` is false.
    #[error("IS_ONLINE is false: nothing is attempted")]
    SwitchedOff,
    /// `IS_ONLINE` cannot be understood, which counts as false.
    #[error("taken as offline, since IS_ONLINE cannot be read: {0}")]
    SwitchUnreadable(String),
    /// DB_B cannot be reached or used.
    #[error(
        "DB_B ({address}) cannot be used: {}. Entries stay PENDING and go at a later cycle; see CENTRAL_DATABASE_URL",
        source.with_hint()
    )]
    Central {
        /// Where DB_B was looked for.
        address: String,
        /// What it said, or did not say.
        source: DbError,
        /// The one batch concerned; `None` when none had been claimed yet.
        entries: Option<EntryIds>,
    },
    /// DB_A or DB_B is not the one it was.
    #[error(transparent)]
    Stopped(#[from] StopReason),
    /// DB_A failed.
    #[error("DB_A failed: {}. Nothing was promised; see LOCAL_DATABASE_URL", .0.with_hint())]
    Local(#[from] DbError),
    /// DB_A has no queue.
    #[error("DB_A is not installed: run `backhaul install`")]
    NotInstalled,
    /// The process is asked to end.
    #[error("stopped between two batches, because the process ends; the rest goes at the next cycle")]
    Shutdown,
}

/// What to do about every [`StopReason`] but the one that `install` mends.
const DECIDE: &str = "Nothing was written, and nothing will be until a person decides: `backhaul resume --dry-run` shows \
                      how the two sides differ, `backhaul resume --trust local` or `--trust central` goes on; \
                      see docs/OPERATIONS.md, \"After a restore\"";

/// Why DB_A and DB_B do not belong together any more; nothing is written until a person decides.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StopReason {
    /// The ledger has no row for this site.
    #[error(
        "DB_B does not know this site, which already sent {}: CENTRAL_DATABASE_URL leads to another \
         DB_B, or DB_B was replaced, or restored without its ledger. {}",
        counted(*batches, "batch", "batches"),
        DECIDE
    )]
    UnknownToCentral {
        /// The number of the newest batch.
        batches: u64,
    },
    /// The ledger's row is missing and nothing was ever sent.
    #[error("DB_B has no ledger for this site: run `backhaul install`")]
    CentralNotInstalled,
    /// The ledger is of another epoch.
    #[error(
        "DB_B is at another epoch than DB_A: one of them was restored from a backup, or `backhaul resume` was broken \
         off, or another copy of this DB_A was resumed and is the site now. {}",
        DECIDE
    )]
    OtherEpoch,
    /// The ledger shows a token that DB_A never issued, or one it has dropped.
    #[error(
        "the last batch in DB_B was not sent by this DB_A: DB_A was restored from a backup or cloned. {}",
        DECIDE
    )]
    ForeignToken,
    /// DB_B is behind, and what it lost cannot be told any more.
    #[error(
        "DB_B has lost batches whose entries are no longer in the queue: DB_B was restored from an old backup. {}",
        DECIDE
    )]
    LostTooMuch,
}

/// Checks that a ledger row was written by this site in its present epoch.
///
/// # Errors
/// Why it was not.
pub fn check_ledger(site: &Site, ledger: &LedgerRow, token_is_known: bool) -> Result<(), StopReason> {
    if ledger.epoch != site.epoch {
        return Err(StopReason::OtherEpoch);
    }
    if token_is_known { Ok(()) } else { Err(StopReason::ForeignToken) }
}

impl Interruption {
    /// Gives the outcome of a cycle that ended so.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::SwitchedOff | Self::SwitchUnreadable(_) => Outcome::Offline,
            Self::Central { .. } => Outcome::Unreachable,
            Self::Stopped(_) => Outcome::Stopped,
            Self::Local(_) | Self::NotInstalled => Outcome::Error,
            Self::Shutdown => Outcome::Partial,
        }
    }
}
