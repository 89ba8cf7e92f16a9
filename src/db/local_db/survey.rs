//! What `doctor` asks of DB_A.

use std::collections::BTreeSet;

use super::LocalDb;
use crate::db::codes;
use crate::db::error::DbError;
use crate::db::mapping::TableProblem;
use crate::db::sql::{quoting, rows_exist};
use crate::db::survey::{self, Grants, Survey};

/// What can be said of another account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherAccount {
    /// It exists, and may do this.
    May(Grants),
    /// It does not exist.
    Missing,
    /// The account in use may not ask.
    Unknown,
}

impl LocalDb {
    /// Asks DB_A for its settings, privileges, tables and triggers.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn survey(&mut self) -> Result<Survey, DbError> {
        survey::load(&mut self.session).await
    }

    /// Asks what another account, `name@host`, may do.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn other_account(&mut self, account: &str) -> Result<OtherAccount, DbError> {
        match survey::grants_of(&mut self.session, account).await {
            Ok(Some(grants)) => Ok(OtherAccount::May(grants)),
            Ok(None) => Ok(OtherAccount::Missing),
            Err(error) if matches!(error.code(), Some(codes::DATABASE_DENIED | codes::TABLE_DENIED)) => {
                Ok(OtherAccount::Unknown)
            }
            Err(error) => Err(error),
        }
    }

    /// Lists those of the tables that have a row.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn tables_with_rows(&mut self, tables: &[&str]) -> Result<BTreeSet<String>, DbError> {
        rows_exist::answer(&self.session.query(&rows_exist::question(tables)).await?)
    }

    /// Tells whether an entry of this table waits or has failed.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn has_open_entry_of(&mut self, table: &str) -> Result<bool, DbError> {
        let sql = format!(
            "select exists (select 1 from sync_queue force index (sync_queue_status) \
             where sync_status in ('PENDING', 'FAILED') and table_name = {})",
            quoting::text(table)
        );
        Ok(self.session.query_one(&sql).await?.get::<u8>(0)? == 1)
    }

    /// Lists the tables that the last cycle found must wait, with the reason.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn held_tables(&mut self) -> Result<Vec<(String, TableProblem)>, DbError> {
        let sql = "select table_name, class, message, remedy from sync_held_tables order by table_name";
        let mut held = Vec::new();
        for row in self.session.query(sql).await? {
            let class = if row.text(1)? == "local" { "local" } else { "schema" };
            let problem = TableProblem { class, message: row.text(2)?, remedy: row.text(3)? };
            held.push((row.text(0)?, problem));
        }
        Ok(held)
    }
}
