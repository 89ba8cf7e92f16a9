//! What a cycle is started by, and what it answers.

use serde::Serialize;
use utoipa::ToSchema;

/// What `POST /sync/run` may be sent: nothing can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(example = json!({}))]
pub struct CycleRequest {}

/// Who asked for a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// The schedule of `SYNC_CRON`.
    Cron,
    /// `POST /sync/run`.
    Api,
    /// `backhaul sync`.
    Cli,
}

impl Trigger {
    /// Gives the word stored in `sync_runs.run_trigger`.
    #[must_use]
    pub const fn as_sql(self) -> &'static str {
        match self {
            Self::Cron => "cron",
            Self::Api => "api",
            Self::Cli => "cli",
        }
    }
}

/// How a cycle ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Every entry that was due when the cycle began is in DB_B.
    Drained,
    /// Some records failed, are held, or wait for their next attempt.
    Partial,
    /// `IS_ONLINE` is false (or cannot be read): nothing was attempted.
    Offline,
    /// DB_B could not be reached or used.
    Unreachable,
    /// Another cycle is running.
    Busy,
    /// DB_A or DB_B is not the one it was; nothing was written.
    Stopped,
    /// Anything else, on DB_A's side.
    Error,
}

impl Outcome {
    /// All of them, the best first.
    pub const ALL: [Self; 7] = [
        Self::Drained,
        Self::Partial,
        Self::Offline,
        Self::Unreachable,
        Self::Busy,
        Self::Stopped,
        Self::Error,
    ];

    /// Gives the word stored in `sync_runs.outcome` and printed by `sync --json`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Drained => "drained",
            Self::Partial => "partial",
            Self::Offline => "offline",
            Self::Unreachable => "unreachable",
            Self::Busy => "busy",
            Self::Stopped => "stopped",
            Self::Error => "error",
        }
    }
}

/// What one cycle did; printed by `sync --json`, answered by `POST /sync/run`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CycleReport {
    /// How it ended.
    pub outcome: Outcome,
    /// Entries that became SYNCED.
    pub entries_synced: u64,
    /// Entries of records that DB_B rejected in this cycle.
    pub entries_failed: u64,
    /// Entries that wait for another record, or for their table to be mended.
    pub entries_held: u64,
    /// Records inserted or updated in DB_B.
    pub records_upserted: u64,
    /// Records deleted in DB_B.
    pub records_deleted: u64,
    /// Batches committed in DB_B.
    pub batches: u64,
    /// How long the cycle took, in milliseconds.
    pub duration_ms: u64,
    /// Requests to DB_B that waited for an answer.
    pub central_round_trips: u64,
    /// Bytes of SQL and of rows sent to DB_B, before compression: over a slow line, fewer go.
    pub central_bytes_sent: u64,
    /// Why the cycle did not drain, and what to do; absent when it drained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl CycleReport {
    /// Starts the report of a cycle that has done nothing yet.
    #[must_use]
    pub const fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            entries_synced: 0,
            entries_failed: 0,
            entries_held: 0,
            records_upserted: 0,
            records_deleted: 0,
            batches: 0,
            duration_ms: 0,
            central_round_trips: 0,
            central_bytes_sent: 0,
            message: None,
        }
    }
}
