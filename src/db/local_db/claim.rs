//! Reads, in one consistent snapshot, the due entries and the rows they name.

use std::sync::Arc;

use super::connection::{LocalDb, WRITING};
use super::intents::entry_digest;
use crate::db::error::DbError;
use crate::db::mapping::TableMapping;
use crate::db::row::Row;
use crate::db::sql::template::fill;
use crate::db::sql::{quoting, rows};
use crate::models::entry::{EntryId, RecordName};
use crate::models::literals::Literals;
use crate::utils::backoff;

/// Most records named in one list; MariaDB turns lists of 1,000 into a subquery.
const RECORDS_PER_QUERY: usize = 500;

/// The ids a claim may take: those after `after`, up to `up_to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The last id that was taken before.
    pub after: EntryId,
    /// The highest id of the cycle's first snapshot.
    pub up_to: EntryId,
}

/// An entry that is PENDING or FAILED.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// Its id.
    pub id: EntryId,
    /// The record it names.
    pub record: RecordName,
    /// Its part of the digest of an intent.
    pub digest: u64,
    /// What is known of earlier attempts.
    pub past: Option<PastFailure>,
}

/// What is known of earlier attempts at a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastFailure {
    /// Judged attempts so far.
    pub attempts: u32,
    /// Whether the record is FAILED, so that a newer change begins to count anew.
    pub is_failed: bool,
}

impl LocalDb {
    /// Begins a consistent snapshot. Under READ COMMITTED, MariaDB would silently take none.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn begin_snapshot(&mut self) -> Result<(), DbError> {
        let begin = "rollback;\nset session transaction isolation level repeatable read;\n\
                     start transaction with consistent snapshot";
        self.session.script(begin).await.into_sets().map(drop)
    }

    /// Ends the snapshot; an open one blocks DDL, and DDL then blocks writers.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn end_snapshot(&mut self) -> Result<(), DbError> {
        self.session.script(WRITING).await.into_sets().map(drop)
    }

    /// Tells whether any record was rejected or is held.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn has_failures(&mut self) -> Result<bool, DbError> {
        let sql = "select exists (select 1 from sync_failures)";
        Ok(self.session.query_one(sql).await?.get::<u8>(0)? == 1)
    }

    /// Reads at most `limit` due entries of the given tables, by ascending id.
    ///
    /// An entry is due unless its record waits: for its next attempt, or held by a record that waits itself.
    /// A newer change to the record, and a next attempt so far away that a clock must have jumped, are due at once.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn due_entries(
        &mut self,
        window: Window,
        tables: &[&str],
        limit: usize,
    ) -> Result<Vec<QueueEntry>, DbError> {
        let sql = fill(
            include_str!("due_entries.sql"),
            &[
                ("after", &window.after.to_string()),
                ("up_to", &window.up_to.to_string()),
                ("tables", &text_list(tables)),
                ("longest_wait_seconds", &backoff::LONGEST.as_secs().to_string()),
                ("limit", &limit.to_string()),
            ],
        );
        self.entries(&sql).await
    }

    /// Reads at most `limit` PENDING entries of the given tables, by ascending id: what is due where no record was rejected
    /// or is held. With `read_all`, SYNCED ones in between are read as well, and left out.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn pending_entries(
        &mut self,
        window: Window,
        tables: &[&str],
        limit: usize,
        read_all: bool,
    ) -> Result<Vec<QueueEntry>, DbError> {
        let sql = fill(
            include_str!("pending_entries.sql"),
            &[
                ("index", if read_all { "primary" } else { "sync_queue_status" }),
                ("after", &window.after.to_string()),
                ("up_to", &window.up_to.to_string()),
                ("tables", &text_list(tables)),
                ("limit", &limit.to_string()),
            ],
        );
        self.entries(&sql).await
    }

    /// Reads the PENDING and FAILED entries of these records of one table, at most `limit`.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn open_entries_of(
        &mut self,
        table: &str,
        record_ids: &[&str],
        limit: usize,
    ) -> Result<Vec<QueueEntry>, DbError> {
        let mut entries = Vec::new();
        for some in record_ids.chunks(RECORDS_PER_QUERY) {
            let sql = fill(
                include_str!("open_entries.sql"),
                &[
                    ("table", &quoting::text(table)),
                    ("record_ids", &text_list(some)),
                    ("limit", &limit.saturating_sub(entries.len()).to_string()),
                ],
            );
            entries.extend(self.entries(&sql).await?);
        }
        Ok(entries)
    }

    /// Tells which of these records of one table have PENDING or FAILED entries, however many.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn with_open_entries(
        &mut self,
        table: &str,
        record_ids: &[&str],
    ) -> Result<Vec<RecordName>, DbError> {
        let mut found = Vec::new();
        let name = Arc::from(table);
        for some in record_ids.chunks(RECORDS_PER_QUERY) {
            // Cast to bytes, since keys that differ in trailing blanks alone would count as one.
            let sql = format!(
                "select distinct cast(record_id as binary) from sync_queue force index (sync_queue_record) \
                 where table_name = {} and record_id in ({}) and sync_status <> 'SYNCED'",
                quoting::text(table),
                text_list(some)
            );
            for row in &self.session.query(&sql).await? {
                found.push(RecordName { table: Arc::clone(&name), record_id: row.str(0)?.into() });
            }
        }
        Ok(found)
    }

    async fn entries(&mut self, sql: &str) -> Result<Vec<QueueEntry>, DbError> {
        // Neighbouring entries mostly name the same table.
        let mut table: Arc<str> = Arc::default();
        self.session.query_each(sql, |row| read_entry(&row, &mut table)).await
    }

    /// Reads the rows with these keys; keys without a row are absent.
    ///
    /// # Errors
    /// What the server or the link reports, or that a value is not what its column promises.
    pub async fn rows(
        &mut self,
        table: &TableMapping,
        keys: &[&[String]],
    ) -> Result<Vec<RecordRow>, DbError> {
        let read = |row: Row| {
            let values = rows::literals(table, &row).map_err(DbError::Decode)?;
            Ok(RecordRow { record_id: row.text(0)?, values })
        };
        self.session.query_each(&rows::select(table, keys), read).await
    }

    /// Tells how the rows with these keys spell them now, by the position of the key: under most collations the
    /// row of `abc` may read `ABC`. Keys without a row are absent.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn spellings(
        &mut self,
        table: &TableMapping,
        keys: &[&[String]],
    ) -> Result<Vec<(usize, String)>, DbError> {
        let found = self.session.query(&rows::spellings(table, keys)).await?;
        found.iter().map(|row| Ok((row.get(0)?, row.text(1)?))).collect()
    }
}

/// A record's present row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Its primary key, as the capture triggers print it.
    pub record_id: String,
    /// Its values, one for each column of the mapping.
    pub values: Literals,
}

fn read_entry(row: &Row, table: &mut Arc<str>) -> Result<QueueEntry, DbError> {
    let past = match (row.optional(4)?, row.optional_text(5)?) {
        (Some(attempts), Some(state)) => Some(PastFailure { attempts, is_failed: state == "FAILED" }),
        (_, _) => None,
    };
    let id = row.get(0)?;
    let (name, record_id, time) = (row.str(1)?, row.str(2)?, row.str(3)?);
    if **table != *name {
        *table = name.into();
    }
    Ok(QueueEntry {
        id,
        record: RecordName { table: Arc::clone(table), record_id: record_id.into() },
        digest: entry_digest(id, name, record_id, time),
        past,
    })
}

fn text_list(all: &[&str]) -> String {
    all.iter().map(|text| quoting::text(text)).collect::<Vec<_>>().join(",")
}
