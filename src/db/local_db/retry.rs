//! Sets failed records free: their entries are PENDING again and due at once.

use mysql_async::{Transaction, Value};

use super::super::error::DbError;
use super::pool::LocalPool;
use super::request::rows;
use crate::models::entry::RecordName;

/// Narrows `sync_queue` to one record; the digest tells keys apart that differ only in trailing blanks.
pub(super) const ONE_RECORD_OF_QUEUE: &str =
    "table_name = ? and record_id = ? and sha2(record_id, 256) = sha2(?, 256)";

/// Narrows `sync_failures` to one record.
pub(super) const ONE_RECORD_OF_FAILURES: &str = "table_name = ? and record_hash = unhex(sha2(?, 256))";

/// Requeues the failed entries of `record`, or of all records, and gives their number.
///
/// The reason of the failure stays on display until the next attempt. Attempts of a FAILED record are counted
/// from zero again; a record that only waits for its next attempt becomes due but keeps its count.
///
/// # Errors
/// What the server or the link reports; then nothing was changed.
pub async fn requeue(pool: &LocalPool, record: Option<&RecordName>) -> Result<u64, DbError> {
    pool.in_transaction(async |transaction| {
        let requeued = free_entries(transaction, record).await?;
        free_records(transaction, record).await?;
        Ok(requeued)
    })
    .await
}

async fn free_entries(
    transaction: &mut Transaction<'_>,
    record: Option<&RecordName>,
) -> Result<u64, DbError> {
    let all = "update sync_queue set sync_status = 'PENDING' where sync_status = 'FAILED'";
    match record {
        None => rows(transaction, all, ()).await?,
        Some(RecordName { table, record_id }) => {
            let sql = format!("{all} and {ONE_RECORD_OF_QUEUE}");
            rows(transaction, &sql, (&**table, &**record_id, &**record_id)).await?
        }
    };
    Ok(transaction.affected_rows())
}

async fn free_records(transaction: &mut Transaction<'_>, record: Option<&RecordName>) -> Result<(), DbError> {
    // Assignments are carried out from left to right: `attempts` must still see the old state.
    let all = "update sync_failures set attempts = if(state = 'FAILED', 0, attempts), state = 'WAITING', \
         next_attempt_at = utc_timestamp(6) where state in ('FAILED', 'WAITING')";
    let (sql, parameters) = match record {
        None => (all.to_owned(), Vec::new()),
        Some(RecordName { table, record_id }) => (
            format!("{all} and {ONE_RECORD_OF_FAILURES}"),
            vec![Value::from(&**table), Value::from(&**record_id)],
        ),
    };
    let parameters = if parameters.is_empty() {
        mysql_async::Params::Empty
    } else {
        mysql_async::Params::Positional(parameters)
    };
    rows(transaction, &sql, parameters).await?;
    Ok(())
}
