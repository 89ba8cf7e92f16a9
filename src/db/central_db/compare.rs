//! Describes DB_B's rows by checksums, and shows single ones.

use super::CentralDb;
use crate::db::digests::{Buckets, Digests, Summary, read_buckets, read_digests, read_key};
use crate::db::error::DbError;
use crate::db::fields::{self, FieldValue};
use crate::db::row::Row;
use crate::db::sql::compare::Comparison;
use crate::db::sql::key_range::KeyRange;

impl CentralDb {
    /// Gives the key of the `nth` row of the range; `None` when there are fewer.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn nth_key(
        &mut self,
        comparison: &Comparison,
        range: &KeyRange,
        nth: u64,
    ) -> Result<Option<Vec<String>>, DbError> {
        let rows = self.read(&comparison.nth_key(range, nth)).await?;
        rows.first().map(|row| read_key(comparison, row)).transpose()
    }

    /// Sums up the first `limit` rows of the range.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn summary(
        &mut self,
        comparison: &Comparison,
        range: &KeyRange,
        limit: u64,
    ) -> Result<Summary, DbError> {
        let rows = self.read(&comparison.summary(range, limit)).await?;
        let row = rows.first().ok_or_else(|| DbError::Decode("a sum of rows had no row".to_owned()))?;
        Summary::read(row, 0)
    }

    /// Sums up the rows of the range by their keys' digests.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn buckets(
        &mut self,
        comparison: &Comparison,
        range: &KeyRange,
        within: &[String],
    ) -> Result<Buckets, DbError> {
        read_buckets(&self.read(&comparison.buckets(range, within)).await?)
    }

    /// Lists the rows of the range whose keys' digests begin as `within` says.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn digests(
        &mut self,
        comparison: &Comparison,
        range: &KeyRange,
        within: &[String],
    ) -> Result<Digests, DbError> {
        read_digests(comparison, &self.read(&comparison.digests(range, within)).await?)
    }

    /// Lists the rows with these keys.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn digests_of(
        &mut self,
        comparison: &Comparison,
        keys: &[Vec<String>],
    ) -> Result<Digests, DbError> {
        read_digests(comparison, &self.read(&comparison.digests_of(keys)).await?)
    }

    /// Reads the fields of one record by the statement of [`crate::db::sql::fields`]; `None` when there is no row.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn fields(&mut self, select: &str) -> Result<Option<Vec<FieldValue>>, DbError> {
        fields::read(&self.read(select).await?)
    }

    /// Asks one statement outside any transaction: sessions on DB_B begin one with each statement, and left open,
    /// its snapshot would show the rows of long ago and hold up whoever alters the table.
    pub(super) async fn read(&mut self, sql: &str) -> Result<Vec<Row>, DbError> {
        let sets = self.session.script(&format!("rollback;\n{sql};\nrollback")).await.into_sets()?;
        Ok(sets.into_iter().nth(1).unwrap_or_default())
    }
}
