//! The lock that keeps a second cycle out, across processes. A courtesy: safety comes from the fence.

use super::LocalDb;
use crate::db::error::DbError;

/// Gives the SQL expression for the lock's name: one for each database of a server.
#[must_use]
pub const fn lock_name_sql() -> &'static str {
    "concat('backhaul.', left(sha2(database(), 256), 40))"
}

impl LocalDb {
    /// Takes the lock without waiting, for as long as this connection lives; false when another has it.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn take_cycle_lock(&mut self) -> Result<bool, DbError> {
        let row = self.session.query_one(&format!("select get_lock({}, 0)", lock_name_sql())).await?;
        Ok(row.optional::<u8>(0)? == Some(1))
    }
}
