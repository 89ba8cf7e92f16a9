//! Sets failed records free: their entries are PENDING again and due at once.

use mysql_async::{Params, Transaction, Value};

use super::super::error::DbError;
use super::pool::LocalPool;
use super::problems::{HELD_TABLE_KEY, cause_key};
use super::request::{one_row, rows};
use crate::models::entry::RecordName;
use crate::models::problems::{EntriesOfRecord, Freed, Setbacks};

/// Narrows `sync_queue` to one record; the digest tells keys apart that differ only in trailing blanks.
const ONE_RECORD_OF_QUEUE: &str = "table_name = ? and record_id = ? and sha2(record_id, 256) = sha2(?, 256)";

/// Narrows `sync_failures` to one record.
const ONE_RECORD_OF_FAILURES: &str = "table_name = ? and record_hash = unhex(sha2(?, 256))";

/// Finds the failure behind an entry; from the entries to the failures, each by its primary key.
const FAILURE_OF_ENTRY: &str = "sync_queue q force index (sync_queue_status) \
     straight_join sync_failures f on f.table_name = q.table_name and f.record_hash = unhex(sha2(q.record_id, 256))";

/// Requeues the failed entries of the records meant, and gives their number.
///
/// The reason of the failure stays on display until the next attempt. Attempts of a FAILED record are counted
/// from zero again; a record that only waits for its next attempt becomes due but keeps its count.
///
/// # Errors
/// What the server or the link reports; then nothing was changed.
pub async fn requeue(pool: &LocalPool, freed: &Freed) -> Result<u64, DbError> {
    pool.in_transaction(async |transaction| {
        let requeued = free_entries(transaction, freed).await?;
        free_records(transaction, freed).await?;
        Ok(requeued)
    })
    .await
}

async fn free_entries(transaction: &mut Transaction<'_>, freed: &Freed) -> Result<u64, DbError> {
    let all = "update sync_queue set sync_status = 'PENDING' where sync_status = 'FAILED'";
    match freed {
        Freed::All => rows(transaction, all, ()).await?,
        Freed::Record(RecordName { table, record_id }) => {
            let sql = format!("{all} and {ONE_RECORD_OF_QUEUE}");
            rows(transaction, &sql, (&**table, &**record_id, &**record_id)).await?
        }
        Freed::Group(id) => {
            let sql = format!(
                "update {FAILURE_OF_ENTRY} set q.sync_status = 'PENDING' \
                 where q.sync_status = 'FAILED' and f.state = 'FAILED' and {} = ?",
                cause_key()
            );
            rows(transaction, &sql, (id,)).await?
        }
    };
    Ok(transaction.affected_rows())
}

async fn free_records(transaction: &mut Transaction<'_>, freed: &Freed) -> Result<(), DbError> {
    // Assignments are carried out from left to right: `attempts` must still see the old state.
    let all = "update sync_failures f set attempts = if(state = 'FAILED', 0, attempts), state = 'WAITING', \
         next_attempt_at = utc_timestamp(6) where state in ('FAILED', 'WAITING')";
    let (sql, parameters) = match freed {
        Freed::All => (all.to_owned(), Params::Empty),
        Freed::Record(RecordName { table, record_id }) => {
            let names = vec![Value::from(&**table), Value::from(&**record_id)];
            (format!("{all} and {ONE_RECORD_OF_FAILURES}"), Params::Positional(names))
        }
        Freed::Group(id) => {
            (format!("{all} and {} = ?", cause_key()), Params::Positional(vec![Value::from(id)]))
        }
    };
    rows(transaction, &sql, parameters).await?;
    Ok(())
}

/// Tells whether there is a group of this id: a cause, one whose records were just set free, or a held table.
///
/// # Errors
/// What the server or the link reports; 1146 when DB_A is not installed.
pub async fn knows_group(pool: &LocalPool, id: &str) -> Result<bool, DbError> {
    let cause = cause_key();
    // Setting records free makes FAILED ones WAITING, and a group's id names the state.
    let before = cause.replace("f.state", "'FAILED'");
    let sql = format!(
        "select exists (select 1 from sync_failures f where ? in ({cause}, {before})) \
             or exists (select 1 from sync_held_tables h where {HELD_TABLE_KEY} = ?)"
    );
    pool.with_conn(async |conn| Ok(one_row(conn, &sql, (id, id)).await?.get::<u8>(0)? == 1)).await
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
