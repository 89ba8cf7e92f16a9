//! The state of synchronisation, as `GET /sync/status` and `backhaul status` show it.

use serde::Serialize;
use utoipa::ToSchema;

use super::entry::{Operation, SyncStatus};
use super::page::Limit;

/// Which entries the status lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EntryPage {
    /// Only entries of this state.
    pub only: Option<SyncStatus>,
    /// Only ids below this one.
    pub after: Option<u64>,
    /// Most entries of each state.
    pub limit: Limit,
}

/// How things stand, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Situation {
    /// DB_A or DB_B is not the one it was; nothing is written until a person decides.
    Stopped,
    /// Changes of a selected table are not captured, or the table is not there: they never become entries.
    Escaping,
    /// `IS_ONLINE` is not true, or DB_B does not answer.
    Offline,
    /// DB_B answers, and refuses this site: an account, a setting or the server must be mended.
    Refused,
    /// The last cycle ended with an error of DB_A.
    Failing,
    /// Something has failed, or is held.
    Stuck,
    /// A cycle runs.
    AtWork,
    /// Something waits for the next cycle.
    Behind,
    /// Nothing waits, but the last cycle ended early or found something that must be mended.
    Uncertain,
    /// Every change that was captured has arrived.
    InSync,
}

/// A selected table whose changes escape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Uncaptured {
    /// The table.
    pub table_name: String,
    /// When the program that answers first saw it.
    pub seen_at: String,
    /// Why.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// The whole answer of `GET /sync/status`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "the answer's shape is part of the contract")]
pub struct SyncState {
    /// `SITE_NAME`, or the host's name.
    pub site_name: String,
    /// The version of the program that answers.
    #[schema(value_type = String, example = "0.1.0")]
    pub version: &'static str,
    /// How things stand; what needs a person comes before what passes by itself.
    pub state: Situation,
    /// Since when, as far as it is known; null where it is `in_sync`.
    pub since: Option<String>,
    /// Selected tables whose changes escape; null where the account of DB_A may not see triggers.
    pub uncaptured: Option<Vec<Uncaptured>>,
    /// `is_online` and `central_reachable`.
    pub online: bool,
    /// What `IS_ONLINE` says at this moment.
    pub is_online: bool,
    /// Whether DB_B answered when it was last asked.
    pub central_reachable: bool,
    /// Why nothing can be carried at present, in a sentence; null when `online`.
    pub offline_reason: Option<String>,
    /// When DB_B was last asked; null before the first time.
    pub central_checked_at: Option<String>,
    /// How many entries are in which state.
    pub counts: Counts,
    /// When they were counted: just now, or some seconds ago where the queue is long.
    pub counted_at: String,
    /// Age of the oldest pending entry in seconds; null when none is pending.
    pub oldest_pending_seconds: Option<f64>,
    /// Whether a cycle runs at this moment, in whatever process.
    pub running: bool,
    /// The newest finished cycle.
    pub last_run: Option<Run>,
    /// When the schedule fires next; null in a process without a schedule.
    pub next_run_at: Option<String>,
    /// The newest entries of each state.
    pub records: EntryLists,
    /// What to pass as `after` to continue each list; null at its end.
    pub next_after: NextAfter,
}

/// Entries by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct Counts {
    /// Not yet in DB_B.
    pub pending: u64,
    /// In DB_B.
    pub synced: u64,
    /// Rejected by DB_B too often.
    pub failed: u64,
    /// Those of the pending that wait for another record or for their table.
    pub held: u64,
}

impl Counts {
    /// Entries from which on a queue is long; counting fewer takes some ten milliseconds.
    pub const LONG_QUEUE: u64 = 100_000;

    /// Tells whether the queue is long.
    #[must_use]
    pub const fn is_long(self) -> bool {
        self.pending + self.synced + self.failed >= Self::LONG_QUEUE
    }
}

impl SyncState {
    /// Tells whether another reading shows the same, the passing of time apart.
    #[must_use]
    pub fn is_as(&self, other: &Self) -> bool {
        let mut timeless = self.clone();
        timeless.oldest_pending_seconds = other.oldest_pending_seconds;
        timeless.counted_at.clone_from(&other.counted_at);
        timeless == *other
    }
}

/// One past or running cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Run {
    /// Grows with each cycle.
    pub id: u64,
    /// Who asked for it.
    pub trigger: String,
    /// When it began.
    pub started_at: String,
    /// When it ended; null while it runs, or if its process died.
    pub finished_at: Option<String>,
    /// How it ended; null while it runs, or if its process died.
    pub outcome: Option<String>,
    /// Entries that became SYNCED.
    pub entries_synced: u64,
    /// Entries of records that DB_B rejected.
    pub entries_failed: u64,
    /// Entries that wait for another record or for their table.
    pub entries_held: u64,
    /// Batches committed in DB_B.
    pub batches: u64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Why it did not drain, and what to do.
    pub message: Option<String>,
    /// Entries that were PENDING when it ended; null where nobody counted: while it runs, where its process died, or an older
    /// version ran it.
    pub pending_after: Option<u64>,
    /// Entries that were FAILED then.
    pub failed_after: Option<u64>,
    /// Entries that were held then, among the pending.
    pub held_after: Option<u64>,
}

/// Past cycles, the newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RunList {
    /// The cycles; one that runs, or whose process died, has no end.
    pub runs: Vec<Run>,
    /// What to pass as `after` to go on with older ones; null at the end.
    pub next_after: Option<u64>,
}

/// How many failed entries are PENDING again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Requeued {
    /// Their number.
    #[schema(example = 1)]
    pub requeued: u64,
}

/// Which failed records to set free: all, the one that is named by both fields, or those of a group.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(example = json!({"table_name": "orders", "record_id": "9"}))]
pub struct RetryRequest {
    /// The record's table.
    #[schema(nullable = false, min_length = 1)]
    pub table_name: Option<String>,
    /// The record's primary key, as the queue prints it.
    #[schema(nullable = false, min_length = 1)]
    pub record_id: Option<String>,
    /// The id of a group of `GET /sync/problems`; then no record is named.
    #[schema(nullable = false, min_length = 1)]
    pub group: Option<String>,
}

/// The newest entries of each state; a list that was not asked for is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct EntryLists {
    /// Entries not yet in DB_B.
    pub pending: Vec<EntryView>,
    /// Entries in DB_B.
    pub synced: Vec<EntryView>,
    /// Entries that DB_B rejected too often.
    pub failed: Vec<EntryView>,
}

/// The ids after which each list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct NextAfter {
    /// For `status=pending`.
    pub pending: Option<u64>,
    /// For `status=synced`.
    pub synced: Option<u64>,
    /// For `status=failed`.
    pub failed: Option<u64>,
}

impl NextAfter {
    /// Gives the id after which one list goes on.
    #[must_use]
    pub const fn of(self, list: SyncStatus) -> Option<u64> {
        match list {
            SyncStatus::Pending => self.pending,
            SyncStatus::Synced => self.synced,
            SyncStatus::Failed => self.failed,
        }
    }
}

/// One row of `sync_queue`, with what is known of its failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EntryView {
    /// `sync_queue.id`.
    pub id: u64,
    /// The record's table.
    pub table_name: String,
    /// The record's primary key as text.
    pub record_id: String,
    /// What happened to the record.
    pub operation: Operation,
    /// When it happened, RFC 3339 in UTC with microseconds.
    pub last_updated_at: String,
    /// How far the entry has come.
    pub sync_status: SyncStatus,
    /// Failed attempts, for whatever reason.
    pub retry_count: u32,
    /// Why it failed or is held; null otherwise.
    pub error: Option<EntryError>,
}

/// Why an entry is not in DB_B.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EntryError {
    /// The class of the failure: `data`, `dependency`, `schema`, `local` or `unknown`.
    pub class: String,
    /// The server's error number, when a server reported one.
    pub code: Option<u32>,
    /// What went wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// Judged attempts so far.
    pub attempts: u32,
    /// When it is tried again; null when it waits for a person or for another record.
    pub next_attempt_at: Option<String>,
}
