//! Why a comparison could not be finished.

use crate::config::Settings;
use crate::db::DbError;

/// Why a comparison could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// `IS_ONLINE` is not true.
    #[error("IS_ONLINE is not true: DB_B is not asked anything")]
    Offline,
    /// DB_A has no queue.
    #[error("DB_A is not installed: run `backhaul install`")]
    NotInstalled,
    /// DB_A failed.
    #[error("DB_A ({address}) failed; see LOCAL_DATABASE_URL")]
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

/// Which side failed, before the addresses are known.
#[derive(Debug)]
pub(in crate::services) enum Failed {
    Local(DbError),
    Central(DbError),
}

impl Failed {
    pub(super) fn at(self, settings: &Settings) -> VerifyError {
        match self {
            Self::Local(source) => VerifyError::Local { address: settings.local.to_string(), source },
            Self::Central(source) => VerifyError::Central { address: settings.central.to_string(), source },
        }
    }
}
