//! Tells, from one snapshot, what DB_A knows of one record.

use super::LocalDb;
use crate::db::error::DbError;
use crate::db::fields::{self, FieldValue};
use crate::db::row::Row;
use crate::db::sql::quoting;
use crate::db::sql::template::fill;
use crate::models::entry::RecordName;
use crate::models::entry_ids::EntryIds;
use crate::models::explanation::{BatchStory, EntryStory, FailureStory, HeldTable, HoldingRecord};

/// Most entries that are told of; older ones say nothing new.
const MOST_ENTRIES: usize = 20;

/// How many statements `story.sql` has.
const ANSWERS: usize = 4;

/// What DB_A knows of one record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    /// Its entries, the newest first.
    pub entries: Vec<EntryStory>,
    /// Whether there are more.
    pub more_entries: bool,
    /// Why it is not in DB_B.
    pub failure: Option<FailureStory>,
    /// Why its table is held.
    pub table_held: Option<HeldTable>,
    /// Its fields; `None` when there is no such row, or it was not asked for.
    pub fields: Option<Vec<FieldValue>>,
}

impl LocalDb {
    /// Reads all of it in one snapshot; `select` is the statement that reads the row.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn story(&mut self, record: &RecordName, select: Option<&str>) -> Result<Story, DbError> {
        let sql = fill(
            include_str!("story.sql"),
            &[
                ("table", &quoting::text(&record.table)),
                ("record_id", &quoting::text(&record.record_id)),
                ("limit", &(MOST_ENTRIES + 1).to_string()),
            ],
        );
        self.begin_snapshot().await?;
        let sets = self.session.script(&sql).await.into_sets()?;
        let fields = match select {
            Some(select) => fields::read(&self.session.query(select).await?)?,
            None => None,
        };
        self.end_snapshot().await?;
        let [entries, failures, held, intents] = <[Vec<Row>; ANSWERS]>::try_from(sets)
            .map_err(|sets| DbError::Decode(format!("{} answers instead of {ANSWERS}", sets.len())))?;
        let batches = intents.iter().map(read_batch).collect::<Result<Vec<_>, _>>()?;
        let listed = entries.iter().take(MOST_ENTRIES).map(|row| read_entry(row, &batches));
        Ok(Story {
            more_entries: entries.len() > MOST_ENTRIES,
            entries: listed.collect::<Result<_, _>>()?,
            failure: failures.first().map(read_failure).transpose()?,
            table_held: held.first().map(read_held).transpose()?,
            fields,
        })
    }
}

fn read_entry(row: &Row, batches: &[(EntryIds, BatchStory)]) -> Result<EntryStory, DbError> {
    let id = row.get(0)?;
    Ok(EntryStory {
        id,
        operation: row.get(1)?,
        last_updated_at: row.text(2)?,
        sync_status: row.get(3)?,
        retry_count: row.get(4)?,
        batch: batches.iter().find(|(ids, _)| ids.contains(id)).map(|(_, batch)| batch.clone()),
    })
}

fn read_batch(row: &Row) -> Result<(EntryIds, BatchStory), DbError> {
    let batch = BatchStory { number: row.get(0)?, state: row.text(1)?, settled_at: row.optional_text(3)? };
    Ok((row.get(2)?, batch))
}

fn read_failure(row: &Row) -> Result<FailureStory, DbError> {
    let waits_for = match (row.optional_text(9)?, row.optional_text(10)?) {
        (Some(table_name), Some(record_id)) => Some(HoldingRecord { table_name, record_id }),
        (_, _) => None,
    };
    Ok(FailureStory {
        state: row.text(0)?,
        class: row.text(1)?,
        code: row.optional(2)?,
        message: row.text(3)?,
        remedy: row.text(4)?,
        attempts: row.get(5)?,
        first_failed_at: row.text(6)?,
        last_failed_at: row.text(7)?,
        next_attempt_at: row.optional_text(8)?,
        waits_for,
    })
}

fn read_held(row: &Row) -> Result<HeldTable, DbError> {
    Ok(HeldTable {
        class: row.text(0)?,
        message: row.text(1)?,
        remedy: row.text(2)?,
        held_since: row.text(3)?,
    })
}
