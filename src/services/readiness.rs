//! Whether the program can do its work.

use crate::db::local_db::{LocalPool, readiness};

use super::error::RequestError;

/// Tells whether DB_A answers and is installed.
#[derive(Debug, Clone)]
pub struct Readiness {
    local: LocalPool,
}

/// What is missing.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// DB_A cannot be used.
    #[error("DB_A cannot be used: check LOCAL_DATABASE_URL, the account it names, and the server")]
    Unusable(#[source] RequestError),
    /// `backhaul install` was not run.
    #[error("DB_A is not installed: run `backhaul install`")]
    NotInstalled,
}

impl Readiness {
    /// Looks at the given DB_A.
    #[must_use]
    pub const fn new(local: LocalPool) -> Self {
        Self { local }
    }

    /// Looks now.
    ///
    /// # Errors
    /// What is missing.
    pub async fn check(&self) -> Result<(), NotReady> {
        match readiness::is_installed(&self.local).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(NotReady::NotInstalled),
            Err(error) => Err(NotReady::Unusable(error.into())),
        }
    }
}
