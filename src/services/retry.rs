//! Makes failed entries PENDING again.

use super::error::RequestError;
use crate::db::local_db::{LocalPool, retry};
use crate::models::entry::RecordName;
use crate::models::problems::{EntriesOfRecord, Freed, Setbacks};
use crate::models::status::Requeued;

/// Sets failed records free.
#[derive(Debug, Clone)]
pub struct Retry {
    local: LocalPool,
}

impl Retry {
    /// Works on the given DB_A.
    #[must_use]
    pub const fn new(local: LocalPool) -> Self {
        Self { local }
    }

    /// Sets the records meant free; a record that did not fail is none of them.
    ///
    /// # Errors
    /// When DB_A cannot answer; then nothing was changed.
    pub async fn run(&self, freed: &Freed) -> Result<Requeued, RequestError> {
        Ok(Requeued { requeued: retry::requeue(&self.local, freed).await? })
    }

    /// Tells whether there is a group of this id.
    ///
    /// # Errors
    /// When DB_A cannot answer.
    pub async fn knows_group(&self, id: &str) -> Result<bool, RequestError> {
        Ok(retry::knows_group(&self.local, id).await?)
    }

    /// Counts the records that `run` would set free, and those that it would not.
    ///
    /// # Errors
    /// When DB_A cannot answer.
    pub async fn setbacks(&self, record: Option<&RecordName>) -> Result<Setbacks, RequestError> {
        Ok(retry::setbacks(&self.local, record).await?)
    }

    /// Counts the entries of one record.
    ///
    /// # Errors
    /// When DB_A cannot answer.
    pub async fn entries_of(&self, record: &RecordName) -> Result<EntriesOfRecord, RequestError> {
        Ok(retry::entries_of(&self.local, record).await?)
    }
}
