//! Reads rows of DB_B that are to be written into DB_A.

use super::CentralDb;
use crate::db::error::DbError;
use crate::db::local_db::RecordRow;
use crate::db::mapping::TableMapping;
use crate::db::sql::{quoting, rows};

impl CentralDb {
    /// Reads the rows with these keys, as a mapping made by [`TableMapping::downwards`] has them.
    ///
    /// # Errors
    /// What the server or the link reports, or that a value is not what its column promises.
    pub async fn rows(
        &mut self,
        table: &TableMapping,
        keys: &[Vec<String>],
    ) -> Result<Vec<RecordRow>, DbError> {
        let found = self.read(&rows::select(table, keys)).await?;
        found
            .iter()
            .map(|row| {
                let values = rows::literals(table, row).map_err(DbError::Decode)?;
                Ok(RecordRow { record_id: row.text(0)?, values })
            })
            .collect()
    }

    /// Gives the highest value of a column of whole numbers; `None` when there is none above zero.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn highest(&mut self, table: &str, column: &str) -> Result<Option<u64>, DbError> {
        let (table, column) = (quoting::name(table), quoting::name(column));
        let rows = self.read(&format!("select max({column}) from {table} where {column} > 0")).await?;
        match rows.first() {
            Some(row) => row.optional(0),
            None => Ok(None),
        }
    }
}
