//! Deletes SYNCED entries past retention, batch by batch, in transactions too small to block a writer.

use super::LocalDb;
use crate::db::codes;
use crate::db::error::DbError;
use crate::models::entry_ids::EntryIds;

/// Most rows deleted by one statement, which is one transaction.
const ROWS_PER_STATEMENT: usize = 500;

/// Most batches looked up at a time.
const BATCHES_PER_QUERY: u64 = 100;

/// How long the number and the token of a batch are kept, in days, once its entries are forgotten: longer than the age of any
/// backup of DB_B that someone would restore. Its token would be taken for that of another site afterwards.
const INTENT_DAYS: u64 = 400;

/// How long the log of cycles is kept, in days.
const RUN_LOG_DAYS: u64 = 30;

/// How long the answer to a request with an `Idempotency-Key` is kept, in hours: longer than any client goes on repeating one.
const IDEMPOTENCY_HOURS: u64 = 24;

/// A settled batch whose entries may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrunableBatch {
    /// The number of its intent.
    pub number: u64,
    /// Its entries.
    pub entries: EntryIds,
}

impl LocalDb {
    /// Lists the oldest batches that were settled longer than `seconds` ago and still name their entries.
    /// The last acknowledged one and all open ones stay.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn prunable_batches(&mut self, seconds: u64) -> Result<Vec<PrunableBatch>, DbError> {
        let sql = format!(
            "select number, entries from sync_intents \
             where state <> 'OPEN' and entries is not null and settled_at < utc_timestamp(6) - interval {seconds} second \
               and number < (select max(number) from sync_intents where state = 'ACKNOWLEDGED') \
             order by number limit {BATCHES_PER_QUERY}"
        );
        let rows = self.session.query(&sql).await?;
        rows.iter().map(|row| Ok(PrunableBatch { number: row.get(0)?, entries: row.get(1)? })).collect()
    }

    /// Deletes the batch's entries as far as they are SYNCED; its number and token stay.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn prune_batch(&mut self, batch: &PrunableBatch) -> Result<u64, DbError> {
        let mut deleted = 0;
        let mut ids = batch.entries.iter().map(|id| id.to_string());
        loop {
            // Each id by itself: a range would be read up to the entry behind it, and wait for whoever is writing that.
            let some: Vec<String> = ids.by_ref().take(ROWS_PER_STATEMENT).collect();
            if some.is_empty() {
                break;
            }
            let sql =
                format!("delete from sync_queue where sync_status = 'SYNCED' and id in ({})", some.join(","));
            deleted += self.session.execute(&sql).await?;
        }
        let forget = format!("update sync_intents set entries = null where number = {}", batch.number);
        self.session.fault_point("entries-pruned").await?;
        self.session.execute(&forget).await?;
        self.session.fault_point("batch-pruned").await?;
        Ok(deleted)
    }

    /// Forgets batches of long ago whose entries are forgotten, but for the last that was acknowledged and what came after.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn prune_intents(&mut self) -> Result<(), DbError> {
        let newest = "select max(number) from sync_intents where state = 'ACKNOWLEDGED'";
        let newest: u64 = self.session.query_one(newest).await?.optional(0)?.unwrap_or_default();
        let sql = format!(
            "delete from sync_intents where number < {newest} and state <> 'OPEN' and entries is null \
               and settled_at < utc_timestamp(6) - interval {INTENT_DAYS} day \
             order by number limit {ROWS_PER_STATEMENT}"
        );
        while self.session.execute(&sql).await? == ROWS_PER_STATEMENT as u64 {}
        Ok(())
    }

    /// Forgets the failures of records that have no PENDING or FAILED entry any more, as when someone emptied the queue.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn prune_failures(&mut self) -> Result<(), DbError> {
        let forgotten = self.session.query(include_str!("orphaned_failures.sql")).await?;
        self.delete_failures(&forgotten).await
    }

    /// Forgets the answers to requests with an `Idempotency-Key` once they are old enough; a DB_A installed by an earlier
    /// version has none.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn prune_idempotency(&mut self) -> Result<(), DbError> {
        let sql = format!(
            "delete from sync_idempotency where created_at < utc_timestamp(6) - interval {IDEMPOTENCY_HOURS} hour \
             order by created_at limit {ROWS_PER_STATEMENT}"
        );
        loop {
            match self.session.execute(&sql).await {
                Ok(deleted) if deleted == ROWS_PER_STATEMENT as u64 => {}
                Err(error) if error.code() != Some(codes::NO_SUCH_TABLE) => return Err(error),
                Ok(_) | Err(_) => return Ok(()),
            }
        }
    }

    /// Deletes cycles from the log that began longer ago than the log is kept.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn prune_run_log(&mut self) -> Result<(), DbError> {
        let sql = format!(
            "delete from sync_runs where started_at < utc_timestamp(6) - interval {RUN_LOG_DAYS} day \
             limit {ROWS_PER_STATEMENT}"
        );
        while self.session.execute(&sql).await? == ROWS_PER_STATEMENT as u64 {}
        let counts = "delete from sync_run_counts where run_id < (select min(id) from sync_runs)";
        match self.session.execute(counts).await {
            // DB_A was installed by a version that kept no counts.
            Err(error) if error.code() == Some(codes::NO_SUCH_TABLE) => Ok(()),
            deleted => deleted.map(drop),
        }
    }
}
