//! What is stuck, by its cause.

/// Everything that does not arrive by itself with the next cycle; long lists are cut.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stuck {
    /// Tables that wait as a whole.
    pub tables: Vec<StuckTable>,
    /// Records, those with the same cause together; those with the most records first.
    pub records: Vec<StuckRecords>,
    /// How many records are not among `records`.
    pub more_records: u64,
}

/// A table that cannot be carried at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckTable {
    /// The table.
    pub table: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// Since when, RFC 3339 in UTC.
    pub since: String,
}

/// Records of one table that are stuck for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckRecords {
    /// Their table.
    pub table: String,
    /// `WAITING` for the next attempt, `FAILED`, or `HELD` by another record.
    pub state: String,
    /// How many records there are.
    pub count: u64,
    /// The keys of those that are stuck longest.
    pub first: Vec<String>,
    /// What went wrong with one of them.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// When the first of them failed, RFC 3339 in UTC.
    pub since: String,
    /// When the first of them is tried again, RFC 3339 in UTC; `None` when they wait for a person or another record.
    pub next_attempt_at: Option<String>,
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
