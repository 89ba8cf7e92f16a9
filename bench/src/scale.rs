//! How much work a run does.

use serde::Serialize;

/// The sizes of one run; the code is the same for all of them.
#[derive(Debug, Clone, Serialize)]
pub struct Scale {
    /// Name shown in the results.
    pub name: &'static str,
    /// How often each candidate does each piece of work; at least three, or there is no spread to see.
    pub rounds: u64,
    /// The same for the single figures beside the candidates.
    pub extra_rounds: u64,
    /// Size of each server's redo log. The log is copied for each candidate, so ten times more costs minutes; less makes
    /// servers stop for checkpoints in the middle of a million rows.
    pub redo_log_mib: u64,
    /// Client connections that write small transactions at once, as a site with as many busy tills would.
    pub writers: u64,
    /// Transactions of workload (a).
    pub oltp_transactions: u64,
    /// Updates of workload (b).
    pub hot_updates: u64,
    /// Records that workload (b) updates.
    pub hot_records: u64,
    /// Rows of workload (c).
    pub bulk_rows: u64,
    /// Rows of workload (d).
    pub wide_rows: u64,
    /// Entries that the Node loop carries, and rows that pt-table-sync compares.
    pub sample: u64,
    /// Rows of the bulk insert with and without capture.
    pub bulk_insert_rows: u64,
    /// Single-row writes over which the server's CPU time is counted.
    pub single_row_writes: u64,
    /// Entries in the queue for the measurement of `/sync/status` and of `prune`.
    pub queue_entries: u64,
    /// Orders posted to `serve` and to Express.
    pub posted_orders: u64,
}

impl Scale {
    /// The work that the targets are stated for.
    pub const fn full() -> Self {
        Self {
            name: "full",
            rounds: 3,
            extra_rounds: 3,
            redo_log_mib: 128,
            writers: 32,
            oltp_transactions: 100_000,
            hot_updates: 100_000,
            hot_records: 1_000,
            bulk_rows: 1_000_000,
            wide_rows: 20_000,
            sample: 5_000,
            bulk_insert_rows: 500_000,
            single_row_writes: 50_000,
            queue_entries: 5_000_000,
            posted_orders: 20_000,
        }
    }

    /// The same within three minutes on two cores: shows that everything runs; its figures say little.
    pub const fn quick() -> Self {
        Self {
            name: "quick",
            rounds: 3,
            extra_rounds: 1,
            redo_log_mib: 32,
            writers: 32,
            oltp_transactions: 2_000,
            hot_updates: 1_000,
            hot_records: 100,
            bulk_rows: 20_000,
            wide_rows: 400,
            sample: 200,
            bulk_insert_rows: 20_000,
            single_row_writes: 2_000,
            queue_entries: 50_000,
            posted_orders: 500,
        }
    }
}
