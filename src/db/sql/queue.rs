//! The one statement by which triggers queue an entry.

use super::quoting;

/// Writes the statement that queues an entry; `record` is the expression that prints its primary key.
#[must_use]
pub fn entry(table: &str, record: &str, operation: &str) -> String {
    format!(
        "insert into sync_queue (table_name, record_id, operation, last_updated_at) \
         values ({}, {record}, '{operation}', utc_timestamp(6))",
        quoting::text(table)
    )
}
