//! Reads what is stuck, and why.

use mysql_async::{Params, Value};

use super::super::error::DbError;
use super::super::row::Row;
use super::pool::LocalPool;
use super::request::{one_row, rows};
use super::retry::{ONE_RECORD_OF_FAILURES, ONE_RECORD_OF_QUEUE};
use crate::models::entry::RecordName;
use crate::models::stuck::{EntriesOfRecord, Setbacks, Stuck, StuckRecords, StuckTable};

/// Most causes that are listed: as many as fit a screen.
const MOST_CAUSES: u64 = 10;

/// Lists what is stuck, by its cause.
///
/// # Errors
/// What the server or the link reports; 1146 when DB_A is not installed.
pub async fn read(pool: &LocalPool) -> Result<Stuck, DbError> {
    pool.with_conn(async |conn| {
        let held = "select table_name, message, remedy, date_format(held_since, '%Y-%m-%dT%H:%i:%s.%fZ') \
                    from sync_held_tables order by held_since, table_name limit ?";
        let tables = rows(conn, held, (MOST_CAUSES,)).await?;
        let grouped = rows(conn, include_str!("sql/stuck_records.sql"), (MOST_CAUSES,)).await?;
        let records = grouped.iter().map(records).collect::<Result<Vec<_>, _>>()?;
        let all: u64 = one_row(conn, "select count(*) from sync_failures", ()).await?.get(0)?;
        let listed: u64 = records.iter().map(|group| group.count).sum();
        Ok(Stuck {
            tables: tables.iter().map(table).collect::<Result<Vec<_>, _>>()?,
            records,
            more_records: all.saturating_sub(listed),
        })
    })
    .await
}

/// Counts the entries of one record.
///
/// # Errors
/// What the server or the link reports; 1146 when DB_A is not installed.
pub async fn entries_of(pool: &LocalPool, record: &RecordName) -> Result<EntriesOfRecord, DbError> {
    pool.with_conn(async |conn| {
        let sql = format!(
            "select coalesce(sum(sync_status = 'PENDING'), 0), coalesce(sum(sync_status = 'SYNCED'), 0), \
             coalesce(sum(sync_status = 'FAILED'), 0) from sync_queue where {ONE_RECORD_OF_QUEUE}"
        );
        let row = one_row(conn, &sql, (&*record.table, &*record.record_id, &*record.record_id)).await?;
        Ok(EntriesOfRecord { pending: row.get(0)?, synced: row.get(1)?, failed: row.get(2)? })
    })
    .await
}

/// Counts the records that were set back: `record`, or all.
///
/// # Errors
/// What the server or the link reports; 1146 when DB_A is not installed.
pub async fn setbacks(pool: &LocalPool, record: Option<&RecordName>) -> Result<Setbacks, DbError> {
    pool.with_conn(async |conn| {
        let all = "select coalesce(sum(state = 'WAITING'), 0), coalesce(sum(state = 'FAILED'), 0), \
                   coalesce(sum(state = 'HELD'), 0) from sync_failures";
        let (sql, parameters) = match record {
            None => (all.to_owned(), Params::Empty),
            Some(RecordName { table, record_id }) => (
                format!("{all} where {ONE_RECORD_OF_FAILURES}"),
                Params::Positional(vec![Value::from(&**table), Value::from(&**record_id)]),
            ),
        };
        let row = one_row(conn, &sql, parameters).await?;
        Ok(Setbacks { waiting: row.get(0)?, failed: row.get(1)?, held: row.get(2)? })
    })
    .await
}

fn table(row: &Row) -> Result<StuckTable, DbError> {
    Ok(StuckTable { table: row.text(0)?, message: row.text(1)?, remedy: row.text(2)?, since: row.text(3)? })
}

fn records(row: &Row) -> Result<StuckRecords, DbError> {
    Ok(StuckRecords {
        table: row.text(0)?,
        state: row.text(1)?,
        count: row.get(2)?,
        first: row.text(3)?.split('\n').map(str::to_owned).collect(),
        message: row.text(4)?,
        remedy: row.text(5)?,
        since: row.text(6)?,
        next_attempt_at: row.optional_text(7)?,
    })
}
