//! The whole story of one record, as `backhaul explain` and `GET /sync/explain` tell it.

use serde::Serialize;
use utoipa::ToSchema;

use super::entry::{EntryId, Operation, SyncStatus};

/// How the two sides of a record compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sameness {
    /// Both sides have it with the same values.
    Same,
    /// Both sides have it with different values.
    Different,
    /// Only DB_A has it.
    OnlyLocal,
    /// Only DB_B has it.
    OnlyCentral,
    /// Neither side has it.
    Nowhere,
    /// One side could not be looked at.
    Unknown,
}

/// The whole story of one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// The record's table.
    pub table_name: String,
    /// Its primary key, as the queue prints it.
    pub record_id: String,
    /// How the two sides compare.
    pub verdict: Sameness,
    /// Why a side could not be looked at; null when both were.
    pub note: Option<String>,
    /// Whether the tables themselves cannot be compared, whatever their rows.
    pub table_refused: bool,
    /// Both sides, field by field.
    pub columns: Vec<FieldPair>,
    /// Its entries in the queue, the newest first; those that were pruned are gone.
    pub entries: Vec<EntryStory>,
    /// Whether there are older entries than those listed.
    pub more_entries: bool,
    /// Why it is not in DB_B, when it was rejected or is held; null otherwise.
    pub failure: Option<FailureStory>,
    /// Why its whole table is held; null otherwise.
    pub table_held: Option<HeldTable>,
    /// What to do, step by step; empty when there is nothing to do.
    pub what_to_do: Vec<String>,
}

/// One field on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldPair {
    /// The column.
    pub column: String,
    /// DB_A's value as text, binary ones in hexadecimal, long ones cut; null for NULL and when there is no row.
    pub local: Option<String>,
    /// The same for DB_B.
    pub central: Option<String>,
    /// Whether the whole values are the same byte for byte; null when one side was not looked at.
    pub same: Option<bool>,
}

/// One entry of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EntryStory {
    /// `sync_queue.id`.
    pub id: EntryId,
    /// What happened to the record.
    pub operation: Operation,
    /// When it happened, RFC 3339 in UTC with microseconds.
    pub last_updated_at: String,
    /// How far the entry has come.
    pub sync_status: SyncStatus,
    /// Attempts in which it took part and that failed, also those in which DB_B was not reached. How often DB_B refused the
    /// record is `failure.attempts`.
    pub retry_count: u32,
    /// The batch that carried it or is about to; null when none of the latest did.
    pub batch: Option<BatchStory>,
}

/// The batch of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BatchStory {
    /// Its number.
    pub number: u64,
    /// `OPEN` while it is under way or in doubt, `ACKNOWLEDGED` once DB_B has committed it.
    pub state: String,
    /// When DB_A acknowledged it; null while it is open.
    pub settled_at: Option<String>,
}

/// Why a record is not in DB_B.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FailureStory {
    /// `WAITING` for its next attempt, `FAILED`, or `HELD` by another record.
    pub state: String,
    /// The class of the failure.
    pub class: String,
    /// The server's error number, when a server reported one.
    pub code: Option<u32>,
    /// What went wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// How often DB_B refused it since it was last retried.
    pub attempts: u32,
    /// When it first failed.
    pub first_failed_at: String,
    /// When it was last refused, or seen to be held.
    pub last_failed_at: String,
    /// When it is tried again; null when it waits for a person or for another record.
    pub next_attempt_at: Option<String>,
    /// The record that holds it.
    pub waits_for: Option<HoldingRecord>,
}

/// A record that holds another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HoldingRecord {
    /// Its table.
    pub table_name: String,
    /// Its primary key.
    pub record_id: String,
}

/// Why a table is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeldTable {
    /// Which side must be mended: `local` or `schema`.
    pub class: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// Since when.
    pub held_since: String,
}
