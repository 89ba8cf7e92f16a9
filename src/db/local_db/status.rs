//! Reads how far the queue has come: counts, the oldest pending entry, the newest entries with their failures.

use mysql_async::{Transaction, TxOpts};

use super::super::error::DbError;
use super::super::row::Row;
use super::super::sql::template::fill;
use super::cycle_lock::lock_name_sql;
use super::pool::LocalPool;
use super::request::{first_row, one_row, rows};
use super::runs;
use crate::models::cycle::Outcome;
use crate::models::entry::{Operation, SyncStatus};
use crate::models::status::{Counts, EntryError, EntryLists, EntryPage, EntryView, NextAfter, Run};

/// Outcomes of cycles that did not come to their end.
const IS_TROUBLE: [&str; 4] = [
    Outcome::Offline.as_str(),
    Outcome::Unreachable.as_str(),
    Outcome::Stopped.as_str(),
    Outcome::Error.as_str(),
];

/// What DB_A knows of the state of synchronisation, all read in one snapshot.
#[derive(Debug, Clone)]
pub struct QueueState {
    /// How many entries are in which state.
    pub counts: Counts,
    /// Age of the oldest pending entry in seconds.
    pub oldest_pending_seconds: Option<f64>,
    /// When the oldest pending entry was written.
    pub oldest_pending_at: Option<String>,
    /// When the oldest FAILED entry was written.
    pub oldest_failed_at: Option<String>,
    /// Since when each cycle has ended like the newest one, if that did not come to its end.
    pub last_outcome_since: Option<String>,
    /// Whether a cycle holds the lock.
    pub running: bool,
    /// The newest cycle that ended.
    pub last_run: Option<Run>,
    /// The lists that were asked for.
    pub records: EntryLists,
    /// Where each list goes on.
    pub next_after: NextAfter,
}

/// Reads the state, with the lists that `page` asks for; counts the entries unless their numbers are `known`.
///
/// # Errors
/// What the server or the link reports; 1146 when DB_A is not installed.
pub async fn read(pool: &LocalPool, page: EntryPage, known: Option<Counts>) -> Result<QueueState, DbError> {
    in_snapshot(pool, async |snapshot| read_in(snapshot, page, known).await).await
}

/// Counts the entries.
///
/// # Errors
/// What the server or the link reports; 1146 when DB_A is not installed.
pub async fn count(pool: &LocalPool) -> Result<Counts, DbError> {
    in_snapshot(pool, async |snapshot| counts(snapshot).await).await
}

/// Reads what changes whenever the queue, its states or its cycles do, nearly always; no entry is counted.
///
/// # Errors
/// What the server or the link reports; 1146 when DB_A is not installed.
pub async fn mark(pool: &LocalPool) -> Result<Row, DbError> {
    let sql = fill(include_str!("sql/mark.sql"), &[("lock", lock_name_sql())]);
    pool.with_conn(async |conn| one_row(conn, &sql, ()).await).await
}

/// Counts the tables that are held.
///
/// # Errors
/// What the server or the link reports; 1146 when DB_A is not installed.
pub async fn count_held_tables(pool: &LocalPool) -> Result<u64, DbError> {
    pool.with_conn(async |conn| one_row(conn, "select count(*) from sync_held_tables", ()).await?.get(0))
        .await
}

/// Lets `read` see everything as of one moment.
pub(super) async fn in_snapshot<T>(
    pool: &LocalPool,
    read: impl AsyncFnOnce(&mut Transaction<'_>) -> Result<T, DbError>,
) -> Result<T, DbError> {
    pool.with_conn(async |conn| {
        let mut options = TxOpts::default();
        options.with_consistent_snapshot(true);
        let mut snapshot = conn.start_transaction(options).await?;
        let answer = read(&mut snapshot).await;
        snapshot.rollback().await?;
        answer
    })
    .await
}

async fn read_in(
    snapshot: &mut Transaction<'_>,
    page: EntryPage,
    known: Option<Counts>,
) -> Result<QueueState, DbError> {
    let counts = match known {
        Some(counts) => counts,
        None => counts(snapshot).await?,
    };
    let oldest = one_row(snapshot, include_str!("sql/oldest_pending.sql"), ()).await?;
    let lock = format!("select is_used_lock({}) is not null", lock_name_sql());
    let running = one_row(snapshot, &lock, ()).await?;
    let failed = first_row(snapshot, include_str!("sql/oldest_failed.sql"), ()).await?;
    let last_run = runs::last_finished(snapshot).await?;
    let last_outcome_since = match last_run.as_ref().and_then(|run| run.outcome.as_deref()) {
        Some(outcome) if IS_TROUBLE.contains(&outcome) => runs::streak_began(snapshot, outcome).await?,
        _ => None,
    };
    let (mut records, mut next_after) = (EntryLists::default(), NextAfter::default());
    for status in SyncStatus::ALL {
        if page.only.is_some_and(|only| only != status) {
            continue;
        }
        let (list, next) = entries(snapshot, status, page).await?;
        let (records, next_after) = match status {
            SyncStatus::Pending => (&mut records.pending, &mut next_after.pending),
            SyncStatus::Synced => (&mut records.synced, &mut next_after.synced),
            SyncStatus::Failed => (&mut records.failed, &mut next_after.failed),
        };
        (*records, *next_after) = (list, next);
    }
    Ok(QueueState {
        counts,
        oldest_pending_seconds: oldest.optional(0)?,
        oldest_pending_at: oldest.optional_text(1)?,
        oldest_failed_at: failed.map(|row| row.text(0)).transpose()?,
        last_outcome_since,
        running: running.get::<u8>(0)? == 1,
        last_run,
        records,
        next_after,
    })
}

async fn counts(snapshot: &mut Transaction<'_>) -> Result<Counts, DbError> {
    let mut counts = Counts::default();
    let sql = "select sync_status, count(*) from sync_queue group by sync_status";
    for row in rows(snapshot, sql, ()).await? {
        let count = match row.get(0)? {
            SyncStatus::Pending => &mut counts.pending,
            SyncStatus::Synced => &mut counts.synced,
            SyncStatus::Failed => &mut counts.failed,
        };
        *count = row.get(1)?;
    }
    counts.held = one_row(snapshot, include_str!("count_held.sql"), ()).await?.get(0)?;
    Ok(counts)
}

/// Reads one list, and the id after which it goes on.
async fn entries(
    snapshot: &mut Transaction<'_>,
    status: SyncStatus,
    page: EntryPage,
) -> Result<(Vec<EntryView>, Option<u64>), DbError> {
    let parameters = (status.as_sql(), page.after.unwrap_or(u64::MAX), page.limit.with_one_more());
    let rows = rows(snapshot, include_str!("sql/list_entries.sql"), parameters).await?;
    let entries = rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    Ok(page.limit.cut(entries, |entry| entry.id))
}

fn entry(row: &Row) -> Result<EntryView, DbError> {
    let (id, sync_status) = (row.get(0)?, row.get(5)?);
    Ok(EntryView {
        id,
        table_name: row.text(1)?,
        record_id: row.text(2)?,
        operation: row.get::<Operation>(3)?,
        last_updated_at: row.text(4)?,
        sync_status,
        retry_count: row.get(6)?,
        error: entry_error(row, id, sync_status)?,
    })
}

/// Decides what to show as the entry's error: that of its table if it is held, else that of its record.
///
/// A failed record's newer change was not attempted yet, so the record's error is not that entry's.
fn entry_error(row: &Row, id: u64, status: SyncStatus) -> Result<Option<EntryError>, DbError> {
    let table_is_held = row.bytes(7).is_some();
    if status == SyncStatus::Pending && table_is_held {
        return error_at(row, 7, 0, None).map(Some);
    }
    let (state, last_entry_id) = (row.optional_text(11)?, row.optional::<u64>(12)?);
    let concerned = match (status, state.as_deref()) {
        (SyncStatus::Synced, _) | (_, None) => false,
        (SyncStatus::Failed, Some(_)) | (SyncStatus::Pending, Some("HELD")) => true,
        (SyncStatus::Pending, Some(_)) => last_entry_id.is_some_and(|last| id <= last),
    };
    if !concerned {
        return Ok(None);
    }
    error_at(row, 13, row.get(17)?, row.optional_text(18)?).map(Some)
}

fn error_at(
    row: &Row,
    first_column: usize,
    attempts: u32,
    next_attempt_at: Option<String>,
) -> Result<EntryError, DbError> {
    Ok(EntryError {
        class: row.text(first_column)?,
        code: row.optional(first_column + 1)?,
        message: row.text(first_column + 2)?,
        remedy: row.text(first_column + 3)?,
        attempts,
        next_attempt_at,
    })
}
