//! Why records are not in DB_B.

use std::collections::BTreeSet;

use super::LocalDb;
use crate::db::error::DbError;
use crate::db::sql::template::fill;
use crate::db::sql::{entry_ids, quoting};
use crate::models::entry::RecordName;
use crate::models::entry_ids::EntryIds;
use crate::models::setback::{Setback, Verdict};

impl LocalDb {
    /// Forgets the failures of the records these entries name: they have arrived.
    pub(super) async fn forget_failures(&mut self, ids: &EntryIds) -> Result<(), DbError> {
        let any = self.session.query_one("select exists (select 1 from sync_failures)").await?;
        if any.get::<u8>(0)? == 0 {
            return Ok(());
        }
        for condition in entry_ids::conditions("q.id", ids) {
            let sql = format!(
                "delete f from sync_queue q join sync_failures f \
                 on f.table_name = q.table_name and f.record_hash = unhex(sha2(q.record_id, 256)) where {condition}"
            );
            self.session.execute(&sql).await?;
        }
        Ok(())
    }

    /// Notes what was set aside, inside the caller's transaction. Only the claimed entries are touched:
    /// a newer one of the same record has not been tried yet.
    pub(super) async fn note_setbacks(&mut self, setbacks: &[Setback]) -> Result<(), DbError> {
        for setback in setbacks {
            let ids = EntryIds::from(&setback.entries.iter().copied().collect::<BTreeSet<_>>());
            self.session.execute(&upsert(setback)).await?;
            match setback.verdict {
                Verdict::Held { .. } => {}
                Verdict::Waits { .. } => self.add_attempt(&ids).await?,
                Verdict::Failed { .. } => {
                    self.add_attempt(&ids).await?;
                    self.mark(&ids, "FAILED", "sync_status = 'PENDING'").await?;
                }
            }
        }
        Ok(())
    }

    /// Notes setbacks that were found before anything was sent.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn set_aside_unsent(&mut self, setbacks: &[Setback]) -> Result<(), DbError> {
        self.session.execute("start transaction").await?;
        self.note_setbacks(setbacks).await?;
        self.session.execute("commit").await.map(drop)
    }

    /// Tells whether the record has a PENDING or FAILED entry.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn has_open_entry(&mut self, record: &RecordName) -> Result<bool, DbError> {
        Ok(!self.open_entries_of(&record.table, &[&record.record_id], 1).await?.is_empty())
    }

    /// Tells whether DB_B has rejected the record and it is not due: it waits for its next attempt, or is FAILED.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn is_rejected(&mut self, record: &RecordName) -> Result<bool, DbError> {
        let sql = format!(
            "select exists (select 1 from sync_failures where table_name = {} and record_hash = {} \
             and (state = 'FAILED' or state = 'WAITING' and next_attempt_at > utc_timestamp(6)))",
            quoting::text(&record.table),
            hash(&record.record_id)
        );
        Ok(self.session.query_one(&sql).await?.get::<u8>(0)? == 1)
    }

    /// Counts the PENDING entries that wait for another record or for their table.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn count_held(&mut self) -> Result<u64, DbError> {
        self.session.query_one(include_str!("count_held.sql")).await?.get(0)
    }

    /// Tells whether any record waits for another one.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn anything_held(&mut self) -> Result<bool, DbError> {
        let sql = "select exists (select 1 from sync_failures where state = 'HELD')";
        Ok(self.session.query_one(sql).await?.get::<u8>(0)? == 1)
    }

    /// Tells whether anything at all failed, is held, or waits.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn anything_set_back(&mut self) -> Result<bool, DbError> {
        let sql = "select exists (select 1 from sync_failures) or exists (select 1 from sync_held_tables)
                   or exists (select 1 from sync_queue where sync_status = 'FAILED')";
        Ok(self.session.query_one(sql).await?.get::<u8>(0)? == 1)
    }
}

fn hash(record_id: &str) -> String {
    format!("unhex(sha2({}, 256))", quoting::text(record_id))
}

fn upsert(setback: &Setback) -> String {
    let (state, attempts, next_attempt, waits_for) = match &setback.verdict {
        Verdict::Waits { attempts, seconds } => {
            ("WAITING", attempts, format!("utc_timestamp(6) + interval {seconds} second"), None)
        }
        Verdict::Failed { attempts } => ("FAILED", attempts, "null".to_owned(), None),
        Verdict::Held { waits_for, attempts } => ("HELD", attempts, "null".to_owned(), Some(waits_for)),
    };
    fill(
        include_str!("note_setback.sql"),
        &[
            ("table", &quoting::text(&setback.record.table)),
            ("record_hash", &hash(&setback.record.record_id)),
            ("record_id", &quoting::text(&setback.record.record_id)),
            ("state", state),
            ("class", setback.class),
            ("code", &setback.code.map_or_else(|| "null".to_owned(), |code| code.to_string())),
            ("message", &quoting::text(&setback.message)),
            ("remedy", &quoting::text(&setback.remedy)),
            ("attempts", &attempts.to_string()),
            ("last_entry_id", &setback.entries.iter().max().copied().unwrap_or_default().to_string()),
            ("next_attempt_at", &next_attempt),
            ("waits_for_table", &quoting::optional_text(waits_for.map(|record| record.table.as_str()))),
            (
                "waits_for_hash",
                &waits_for.map_or_else(|| "null".to_owned(), |record| hash(&record.record_id)),
            ),
            ("waits_for_record", &quoting::optional_text(waits_for.map(|record| record.record_id.as_str()))),
        ],
    )
}
