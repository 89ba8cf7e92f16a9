//! The one connection that does every write of a cycle to DB_A.

use super::pool::SESSION_SETUP;
use crate::config::Settings;
use crate::db::catalog::{self, Catalog};
use crate::db::codes;
use crate::db::error::DbError;
use crate::db::session::{Access, Session};
use crate::models::intent::Site;

/// Ends whatever transaction is open, a snapshot too, and sets how writes run: under READ COMMITTED,
/// since REPEATABLE READ would lock the gap at the end of the queue and block the triggers of every writer.
pub(super) const WRITING: &str = "rollback;\nset session transaction isolation level read committed";

/// DB_A, seen by a cycle or a command. It never reconnects: the cycle's lock lives and dies with it.
#[derive(Debug)]
pub struct LocalDb {
    pub(super) session: Session,
}

impl LocalDb {
    /// Connects.
    ///
    /// # Errors
    /// When DB_A cannot be reached.
    pub async fn connect(settings: &Settings) -> Result<Self, DbError> {
        let setup = format!("{SESSION_SETUP};\n{WRITING}");
        Ok(Self { session: Access::local(settings).connect(&setup).await? })
    }

    /// Reads the catalogue.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn catalog(&mut self) -> Result<Catalog, DbError> {
        catalog::load(&mut self.session).await
    }

    /// Reads who this site is; `None` when DB_A is not installed.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn site(&mut self) -> Result<Option<Site>, DbError> {
        match self.session.query("select site_id, epoch from sync_state").await {
            Ok(rows) => {
                rows.first().map(|row| Ok(Site { id: row.text(0)?, epoch: row.text(1)? })).transpose()
            }
            Err(error) if error.code() == Some(codes::NO_SUCH_TABLE) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Marks a point between two steps, at which tests let a fault happen.
    ///
    /// # Errors
    /// What a test lets happen there.
    pub fn fault_point(&mut self, name: &'static str) -> impl Future<Output = Result<(), DbError>> {
        self.session.fault_point(name)
    }

    /// Closes the connection, and with it gives up the cycle's lock.
    pub async fn close(mut self) {
        // Servers notice the end of a connection a moment later than its client, and a cycle begun in between
        // would be told busy. When this fails the connection is lost, and the lock with it.
        let _ = self.session.execute("do release_all_locks()").await;
        self.session.close().await;
    }
}
