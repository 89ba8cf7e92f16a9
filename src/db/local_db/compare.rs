//! Describes DB_A's rows by checksums, and tells what the queue holds of them.

use std::collections::BTreeMap;

use super::LocalDb;
use crate::db::digests::{Buckets, Digests, Summary, read_buckets, read_digests, read_key};
use crate::db::error::DbError;
use crate::db::sql::compare::Comparison;
use crate::db::sql::key_range::KeyRange;
use crate::db::sql::quoting;
use crate::db::sql::template::fill;
use crate::models::entry::{EntryId, Operation};
use crate::models::verification::Waiting;

/// What one snapshot showed of some records.
#[derive(Debug, Default)]
pub struct Look {
    /// Their rows; a record without a row is absent.
    pub rows: Digests,
    entries: BTreeMap<String, EntryState>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct EntryState {
    newest: EntryId,
    waiting: Option<Waiting>,
}

impl Look {
    /// Tells why the record need not be in DB_B yet; `None` when all its entries are SYNCED.
    #[must_use]
    pub fn waiting(&self, record_id: &str) -> Option<Waiting> {
        self.entries.get(record_id)?.waiting
    }

    /// Tells whether a later look shows that nothing happened to the record in between.
    #[must_use]
    pub fn is_unchanged_in(&self, later: &Self, record_id: &str) -> bool {
        self.rows.get(record_id) == later.rows.get(record_id)
            && self.entries.get(record_id) == later.entries.get(record_id)
    }
}

impl LocalDb {
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
        let rows = self.session.query(&comparison.nth_key(range, nth)).await?;
        rows.first().map(|row| read_key(comparison, row)).transpose()
    }

    /// Sums up the rows of the range.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn summary(
        &mut self,
        comparison: &Comparison,
        range: &KeyRange,
        limit: u64,
    ) -> Result<Summary, DbError> {
        Summary::read(&self.session.query_one(&comparison.summary(range, limit)).await?, 0)
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
        read_buckets(&self.session.query(&comparison.buckets(range, within)).await?)
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
        read_digests(comparison, &self.session.query(&comparison.digests(range, within)).await?)
    }

    /// Looks, in one consistent snapshot, at some records and at their entries.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn look(
        &mut self,
        comparison: &Comparison,
        record_ids: &[&str],
        keys: &[Vec<String>],
    ) -> Result<Look, DbError> {
        if record_ids.is_empty() {
            return Ok(Look::default());
        }
        let names: Vec<String> = record_ids.iter().map(|id| quoting::text(id)).collect();
        let entries = fill(
            include_str!("entries_of_records.sql"),
            &[("table", &quoting::text(&comparison.table.name)), ("record_ids", &names.join(","))],
        );
        self.begin_snapshot().await?;
        let rows = self.session.query(&comparison.digests_of(keys)).await?;
        let entries = self.session.query(&entries).await?;
        self.end_snapshot().await?;
        let mut look = Look { rows: read_digests(comparison, &rows)?, entries: BTreeMap::new() };
        for row in &entries {
            let flag = |index| Ok::<_, DbError>(row.optional::<u8>(index)? == Some(1));
            let waiting = match (flag(2)?, flag(3)?, flag(4)?) {
                (false, _, _) => None,
                (true, true, _) => Some(Waiting::Failed),
                (true, false, true) => Some(Waiting::Held),
                (true, false, false) => Some(Waiting::Pending),
            };
            look.entries.insert(row.text(0)?, EntryState { newest: row.get(1)?, waiting });
        }
        Ok(look)
    }

    /// Queues records of one table as the triggers would, in one small transaction; answers how many.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn queue(&mut self, table: &str, records: &[(&str, Operation)]) -> Result<u64, DbError> {
        if records.is_empty() {
            return Ok(0);
        }
        let table = quoting::text(table);
        let entries: Vec<String> = records
            .iter()
            .map(|(record_id, operation)| {
                let (record_id, operation) = (quoting::text(record_id), operation.as_sql());
                format!("({table}, {record_id}, '{operation}', utc_timestamp(6))")
            })
            .collect();
        let sql = format!(
            "insert into sync_queue (table_name, record_id, operation, last_updated_at) values {}",
            entries.join(", ")
        );
        let touched = self.session.execute(&sql).await?;
        DbError::check_rows("queueing what differs", records.len() as u64, touched)?;
        Ok(touched)
    }

    /// Estimates how many rows some tables have, for a progress bar; counting them could take minutes.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn estimate_rows(&mut self, tables: &[&str]) -> Result<u64, DbError> {
        let names: Vec<String> = tables.iter().map(|name| quoting::text(name)).collect();
        let sql = format!(
            "select cast(coalesce(sum(table_rows), 0) as unsigned) from information_schema.tables \
             where table_schema = {} and table_name in ({})",
            quoting::text(self.session.database()),
            names.join(",")
        );
        if tables.is_empty() {
            return Ok(0);
        }
        self.session.query_one(&sql).await?.get(0)
    }
}
