//! Records that did not arrive, and why.

use super::entry::{EntryId, RecordName};

/// A record that was set aside from a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setback {
    /// The record.
    pub record: RecordName,
    /// Exactly its entries that were claimed.
    pub entries: Vec<EntryId>,
    /// The class of the failure, as `sync_failures.class` shows it.
    pub class: &'static str,
    /// The server's error number.
    pub code: Option<u16>,
    /// What went wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// What follows.
    pub verdict: Verdict,
}

/// What follows from a setback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// DB_B rejected this very record: it is tried again after a wait.
    Waits {
        /// Judged attempts so far, this one included.
        attempts: u32,
        /// Seconds until the next attempt.
        seconds: u64,
    },
    /// DB_B rejected it too often: it waits for a newer change or for a person.
    Failed {
        /// Judged attempts so far, this one included.
        attempts: u32,
    },
    /// It waits for another record and was not judged.
    Held {
        /// That record.
        waits_for: RecordName,
        /// Judged attempts so far, unchanged.
        attempts: u32,
    },
}
