//! Begins a new epoch in DB_A, and makes the queue true for it.

use super::LocalDb;
use crate::db::error::DbError;
use crate::db::sql::quoting;
use crate::models::entry::Operation;
use crate::models::entry_ids::EntryIds;
use crate::models::intent::{Intent, IntentState, Site};

/// Most SYNCED entries forgotten by one statement, which is one transaction.
const ENTRIES_PER_STATEMENT: u64 = 500;

/// What is to be done about the entries of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anew<'a> {
    /// The record.
    pub record_id: &'a str,
    /// The entry to be queued; none when an open one answers for the record already, or nothing is to happen.
    pub entry: Option<Operation>,
}

impl LocalDb {
    /// Forgets what was SYNCED of records that DB_B does not have as DB_A does, and queues them anew, in one small
    /// transaction; answers how many entries were queued.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn queue_anew(&mut self, table: &str, records: &[Anew<'_>]) -> Result<u64, DbError> {
        if records.is_empty() {
            return Ok(0);
        }
        let names: Vec<String> = records.iter().map(|record| quoting::text(record.record_id)).collect();
        let forget = format!(
            "delete from sync_queue where sync_status = 'SYNCED' and table_name = {} and record_id in ({})",
            quoting::text(table),
            names.join(",")
        );
        let wanted: Vec<(&str, Operation)> =
            records.iter().filter_map(|record| Some((record.record_id, record.entry?))).collect();
        self.session.execute("start transaction").await?;
        self.session.execute(&forget).await?;
        let queued = self.queue(table, &wanted).await?;
        self.session.commit("queueing").await?;
        Ok(queued)
    }

    /// Forgets what was SYNCED of tables that are no longer selected: nothing says that it still is.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn forget_synced_but_of(&mut self, tables: &[&str]) -> Result<(), DbError> {
        let names: Vec<String> = tables.iter().map(|table| quoting::text(table)).collect();
        let others = if names.is_empty() {
            "true".to_owned()
        } else {
            format!("table_name not in ({})", names.join(","))
        };
        let sql = format!(
            "delete from sync_queue where sync_status = 'SYNCED' and {others} limit {ENTRIES_PER_STATEMENT}"
        );
        while self.session.execute(&sql).await? == ENTRIES_PER_STATEMENT {}
        Ok(())
    }

    /// Begins the epoch that DB_B has begun, in one transaction: the site takes it on, every open intent is dropped,
    /// and a new chain of tokens begins with `token`. From then on cycles go on.
    ///
    /// # Errors
    /// What the server or the link reports, or that the site is no longer at the epoch of `before`.
    pub async fn begin_epoch(&mut self, before: &Site, epoch: &str, token: &str) -> Result<(), DbError> {
        let take_on = format!(
            "update sync_state set epoch = {} where site_id = {} and epoch = {}",
            quoting::text(epoch),
            quoting::text(&before.id),
            quoting::text(&before.epoch)
        );
        self.session.execute("start transaction").await?;
        let touched = self.session.execute(&take_on).await?;
        DbError::check_rows("beginning an epoch", 1, touched)?;
        let open = self.open_intents().await?;
        self.drop_intents(&open.iter().collect::<Vec<_>>()).await?;
        let number = self.highest_intent().await?.unwrap_or_default() + 1;
        self.note_first_intent(&Intent {
            number,
            token: token.to_owned(),
            previous_token: None,
            state: IntentState::Acknowledged,
            entries: Some(EntryIds::default()),
            digest: 0,
            sent_by: None,
        })
        .await?;
        self.session.commit("local-epoch").await
    }
}
