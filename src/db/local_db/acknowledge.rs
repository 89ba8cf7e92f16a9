//! Marks exactly the entries of an intent, in the transaction that closes the intent.

use super::LocalDb;
use crate::db::error::DbError;
use crate::db::sql::entry_ids;
use crate::models::entry_ids::EntryIds;
use crate::models::intent::Intent;
use crate::models::setback::Setback;

impl LocalDb {
    /// Makes exactly the entries of an applied intent SYNCED, and notes what was set aside from its batch.
    ///
    /// Answers how many entries became SYNCED, or `None` when the queue was begun anew under the intent:
    /// then the intent is dropped, and whatever its ids name now will be applied anew.
    ///
    /// # Errors
    /// What the server or the link reports, or that the intent was no longer open.
    pub async fn acknowledge(
        &mut self,
        intent: &Intent,
        setbacks: &[Setback],
    ) -> Result<Option<u64>, DbError> {
        let ids = intent.entries.clone().unwrap_or_default();
        self.session.execute("start transaction").await?;
        self.close_intent(intent, "ACKNOWLEDGED").await?;
        let marked = self.mark(&ids, "SYNCED", "sync_status in ('PENDING', 'FAILED')").await?;
        if self.digest_in_queue(&ids).await? != (ids.count(), intent.digest) {
            self.session.execute("rollback").await?;
            self.drop_intents(&[intent]).await?;
            return Ok(None);
        }
        self.forget_failures(&ids).await?;
        self.note_setbacks(setbacks).await?;
        self.session.commit("acknowledgement").await?;
        Ok(Some(marked))
    }

    /// Makes the entries of acknowledged intents PENDING again: DB_B has lost their batches.
    ///
    /// Answers how many entries it were, or `None`, having changed nothing, when they cannot be told any more.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn reopen(&mut self, lost: &[Intent]) -> Result<Option<u64>, DbError> {
        self.session.execute("start transaction").await?;
        let mut reopened = 0;
        for intent in lost {
            let Some(ids) = &intent.entries else {
                self.session.execute("rollback").await?;
                return Ok(None);
            };
            if self.digest_in_queue(ids).await? != (ids.count(), intent.digest) {
                self.session.execute("rollback").await?;
                return Ok(None);
            }
            reopened += self.mark(ids, "PENDING", "sync_status = 'SYNCED'").await?;
            let sql = format!(
                "update sync_intents set state = 'DROPPED', settled_at = utc_timestamp(6) \
                 where number = {} and state = 'ACKNOWLEDGED'",
                intent.number
            );
            DbError::check_rows("reopening a lost batch", 1, self.session.execute(&sql).await?)?;
        }
        self.session.commit("reopening").await?;
        Ok(Some(reopened))
    }

    /// Counts a failed attempt for exactly these entries, as far as they are PENDING.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn count_failed_attempt(&mut self, ids: &EntryIds) -> Result<(), DbError> {
        self.session.execute("start transaction").await?;
        self.add_attempt(ids).await?;
        self.session.commit("attempt").await
    }

    pub(super) async fn add_attempt(&mut self, ids: &EntryIds) -> Result<(), DbError> {
        for condition in entry_ids::conditions("id", ids) {
            let sql = format!(
                "update sync_queue force index (primary) set retry_count = retry_count + 1 where sync_status = 'PENDING' and {condition}"
            );
            self.session.execute(&sql).await?;
        }
        Ok(())
    }

    /// Gives these entries a status, as far as they meet `having`; answers how many did. By the index on the status, a server
    /// would wait for entries that others are writing.
    pub(super) async fn mark(&mut self, ids: &EntryIds, status: &str, having: &str) -> Result<u64, DbError> {
        let mut touched = 0;
        for condition in entry_ids::conditions("id", ids) {
            let sql = format!(
                "update sync_queue force index (primary) set sync_status = '{status}' where {having} and {condition}"
            );
            touched += self.session.execute(&sql).await?;
        }
        Ok(touched)
    }
}
