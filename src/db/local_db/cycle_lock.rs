//! The lock that keeps a second cycle out, across processes. A courtesy: safety comes from the fence.

use super::LocalDb;
use crate::db::error::DbError;
use crate::db::sql::quoting;

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

    /// Takes a lock of this name; answers the name of the database.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn hold_lock(&mut self, name: &str) -> Result<String, DbError> {
        let sql = format!("select get_lock({}, 0), database()", quoting::text(name));
        self.session.query_one(&sql).await?.text(1)
    }

    /// Gives such a lock up.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn let_go_of_lock(&mut self, name: &str) -> Result<(), DbError> {
        self.session.query(&format!("select release_lock({})", quoting::text(name))).await.map(drop)
    }
}
