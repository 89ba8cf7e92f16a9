//! Why `resume` could not go on.

use crate::config::Settings;
use crate::db::DbError;
use crate::services::verify::Failed;

/// Why `resume` could not go on. Until it has ended well, cycles stop, and running it again is always safe.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// `IS_ONLINE` is not true.
    #[error("IS_ONLINE is not true: DB_B is not asked anything, and nothing was done")]
    Offline,
    /// Another process has the cycle's lock.
    #[error("another cycle is running: stop `backhaul serve`, or wait, and run the command again")]
    Busy,
    /// DB_A has no queue.
    #[error("DB_A is not installed: run `backhaul install`")]
    NotInstalled,
    /// Another site feeds a table.
    #[error(
        "{table} in DB_B is fed by the site '{site}'. If that is this site as it was before DB_A was restored, add \
         `--take-over`: that site is shut out then, should it still be there. If not, CENTRAL_DATABASE_URL leads to the wrong DB_B"
    )]
    OtherSite {
        /// The table.
        table: String,
        /// The other site's name.
        site: String,
    },
    /// A table that has entries cannot be compared, so nothing could be said of them.
    #[error(
        "nothing was done, since {table} cannot be compared: {message}. {remedy}; then run the command again"
    )]
    NotComparable {
        /// The table.
        table: String,
        /// Why.
        message: String,
        /// What to do.
        remedy: String,
    },
    /// A counter of DB_A could not be raised above DB_B's records.
    #[error(
        "ids of {table} would be given again that DB_B has. Run on DB_A, as its administrator: {statement}; then run \
         the command again"
    )]
    Counter {
        /// The table.
        table: String,
        /// The statement that raises it.
        statement: String,
        /// Why it failed.
        source: DbError,
    },
    /// No id is left above those of DB_B.
    #[error(
        "no id of {table}.{column} is left above {highest}, the highest in DB_B: make the column wider on both sides, or \
         drop its auto_increment, then run the command again"
    )]
    CounterAtItsEnd {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The highest value in DB_B.
        highest: u64,
    },
    /// DB_A failed.
    #[error("DB_A ({address}) failed; see LOCAL_DATABASE_URL, then run the command again")]
    Local {
        /// Where it was looked for.
        address: String,
        /// What it said.
        source: DbError,
    },
    /// DB_B failed.
    #[error("DB_B ({address}) cannot be used; see CENTRAL_DATABASE_URL, then run the command again")]
    Central {
        /// Where it was looked for.
        address: String,
        /// What it said.
        source: DbError,
    },
}

impl ResumeError {
    /// Says which side failed, and where it was looked for.
    pub(super) fn of(settings: &Settings, failed: Failed) -> Self {
        match failed {
            Failed::Local(source) => Self::Local { address: settings.local.to_string(), source },
            Failed::Central(source) => Self::Central { address: settings.central.to_string(), source },
        }
    }
}
