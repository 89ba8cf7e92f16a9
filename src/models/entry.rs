//! Rows of `sync_queue`, and the records they name.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

/// The id of a row of `sync_queue`; says nothing about the order in which entries were committed.
pub type EntryId = u64;

/// What the queue says happened to a record; the cycle reads the record itself and does not rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Operation {
    /// The record came into being.
    Insert,
    /// The record changed.
    Update,
    /// The record was deleted.
    Delete,
}

/// How far an entry has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum SyncStatus {
    /// Not yet in DB_B, as far as is proven.
    Pending,
    /// DB_B committed a state of the record at least as new as this entry.
    Synced,
    /// DB_B rejected the record too often; it waits for a newer change or for `retry`.
    Failed,
}

impl SyncStatus {
    /// All of them, in the order in which reports show them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Synced, Self::Failed];

    /// Gives the word stored in `sync_queue.sync_status`.
    #[must_use]
    pub const fn as_sql(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Synced => "SYNCED",
            Self::Failed => "FAILED",
        }
    }
}

/// Says that a text is none of the words an enumeration knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not one of the known values")]
pub struct UnknownWord(pub String);

impl FromStr for SyncStatus {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_sql().eq_ignore_ascii_case(word))
            .ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

impl Operation {
    /// Gives the word stored in `sync_queue.operation`.
    #[must_use]
    pub const fn as_sql(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

impl FromStr for Operation {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "INSERT" => Ok(Self::Insert),
            "UPDATE" => Ok(Self::Update),
            "DELETE" => Ok(Self::Delete),
            other => Err(UnknownWord(other.to_owned())),
        }
    }
}

/// Names one record: its table and its primary key as the queue prints it (`42`, `[3,7]`). Cheap to clone: a batch holds
/// each name several times.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordName {
    /// The table's name, as in DB_A.
    pub table: Arc<str>,
    /// The primary key as text; a composite key is a JSON array.
    pub record_id: Arc<str>,
}

impl fmt::Display for RecordName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.table, self.record_id)
    }
}
