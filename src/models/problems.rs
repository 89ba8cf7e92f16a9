//! What is not arriving, grouped by cause, as `GET /sync/problems` shows it.

use serde::Serialize;
use utoipa::ToSchema;

/// The groups, the worst first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProblemGroups {
    /// Tables whose changes escape, then failed records, held tables, records that are tried again, and records held by
    /// others, each after what it waits for; the most first.
    pub groups: Vec<ProblemGroup>,
    /// Whether there are others.
    pub more: bool,
}

/// Records that do not arrive for one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProblemGroup {
    /// Names the group, for `POST /sync/retry`; the same as long as cause and state are.
    pub id: String,
    /// What follows for its records.
    pub state: ProblemState,
    /// The table of its records.
    pub table_name: Option<String>,
    /// The class of the failure: `data`, `dependency`, `schema`, `local` or `unknown`.
    pub class: String,
    /// The server's error number, when a server reported one.
    pub code: Option<u32>,
    /// What went wrong, in the words of the newest failure.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// The record that must arrive first.
    pub waits_for: Option<NamedRecord>,
    /// How many records.
    pub records: u64,
    /// How many entries of the queue stand for them.
    pub entries: u64,
    /// Whether there may be more records or entries than counted: counting all would take too long.
    pub at_least: bool,
    /// When the first of them failed, or the table was first held.
    pub oldest_at: String,
    /// When the first of them is tried again; null when they wait for a person, for a record or for their table.
    pub next_attempt_at: Option<String>,
    /// Some of the records, the newest failure first.
    pub examples: Vec<NamedRecord>,
}

impl ProblemGroup {
    /// Ranks what needs a person before what goes by itself, and that before what waits for another record.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match (self.state, &self.waits_for) {
            (ProblemState::Failed, _) => 0,
            (ProblemState::Held, None) => 1,
            (ProblemState::Waiting, _) => 2,
            (ProblemState::Held, Some(_)) => 3,
        }
    }
}

/// What follows for records that did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProblemState {
    /// DB_B rejected them as often as allowed: they wait for a person.
    Failed,
    /// DB_B rejected them: they are tried again.
    Waiting,
    /// They wait for another record, or for their table to be mended.
    Held,
}

/// A record by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedRecord {
    /// Its table.
    pub table_name: String,
    /// Its primary key, as the queue prints it.
    pub record_id: String,
}

/// A record that others wait for, and that did not arrive itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The record.
    pub record: NamedRecord,
    /// The group it belongs to.
    pub group: String,
    /// What follows for it.
    pub state: ProblemState,
}

/// Which records to set free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Freed {
    /// All that failed or wait.
    All,
    /// One.
    Record(super::entry::RecordName),
    /// Those of a group, by its id.
    Group(String),
}

/// How many entries a record has in the queue, by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EntriesOfRecord {
    /// Not yet in DB_B.
    pub pending: u64,
    /// In DB_B.
    pub synced: u64,
    /// Rejected by DB_B too often.
    pub failed: u64,
}

/// How many records a retry would set free, by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Setbacks {
    /// Those that wait for their next attempt.
    pub waiting: u64,
    /// Those that DB_B rejected too often.
    pub failed: u64,
    /// Those that another record holds, which no retry sets free.
    pub held: u64,
}
