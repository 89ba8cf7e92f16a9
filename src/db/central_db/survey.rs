//! What `doctor` asks of DB_B. It begins no transaction that outlasts a question, and changes nothing: the generation stays.

use std::collections::BTreeSet;

use super::CentralDb;
use crate::db::codes;
use crate::db::error::DbError;
use crate::db::sql::{quoting, rows_exist};
use crate::db::survey::{self, Survey};
use crate::models::intent::{LedgerRow, Site};

/// Ends the transaction that a question began, so that no lock on a table's definition stays behind.
const END: &str = "rollback";

impl CentralDb {
    /// Asks DB_B for its settings, privileges, tables and triggers.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn survey(&mut self) -> Result<Survey, DbError> {
        let survey = survey::load(&mut self.session).await;
        self.session.execute(END).await?;
        survey
    }

    /// Reads this site's ledger row as it stands; `None` when there is none, or no ledger.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn ledger_row(&mut self, site: &Site) -> Result<Option<LedgerRow>, DbError> {
        let id = quoting::text(&site.id);
        let sql = format!("{END};\nselect epoch, last_token from sync_sites where site_id = {id};\n{END}");
        let sets = match self.session.script(&sql).await.into_sets() {
            Ok(sets) => sets,
            Err(error) if error.code() == Some(codes::NO_SUCH_TABLE) => return Ok(None),
            Err(error) => return Err(error),
        };
        let row = sets.into_iter().flatten().next();
        row.map(|row| Ok(LedgerRow { epoch: row.text(0)?, last_token: row.text(1)? })).transpose()
    }

    /// Lists those of the tables that have a row.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn tables_with_rows(&mut self, tables: &[&str]) -> Result<BTreeSet<String>, DbError> {
        self.session.execute(END).await?;
        let rows = self.session.query(&rows_exist::question(tables)).await;
        self.session.execute(END).await?;
        rows_exist::answer(&rows?)
    }
}
