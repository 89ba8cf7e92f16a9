//! Writes the log of cycles, `sync_runs`.

use super::LocalDb;
use crate::db::error::DbError;
use crate::db::sql::quoting;
use crate::models::cycle::{CycleReport, Trigger};
use crate::models::site_status::NotArrived;

impl LocalDb {
    /// Notes that a cycle began; answers its number.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn run_began(&mut self, trigger: Trigger) -> Result<u64, DbError> {
        let insert = format!(
            "insert into sync_runs (run_trigger, started_at) values ('{}', utc_timestamp(6))",
            trigger.as_sql()
        );
        self.session.execute(&insert).await?;
        self.session.query_one("select last_insert_id()").await?.get(0)
    }

    /// Tells whether the last cycle that came to an end had stopped, for a person to look.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn last_run_stopped(&mut self) -> Result<bool, DbError> {
        let sql =
            "select outcome = 'stopped' from sync_runs where outcome is not null order by id desc limit 1";
        let rows = self.session.query(sql).await?;
        Ok(rows.first().is_some_and(|row| row.get::<u8>(0).is_ok_and(|stopped| stopped == 1)))
    }

    /// Notes what had not arrived when a cycle ended.
    ///
    /// # Errors
    /// What the server or the link reports; 1146 when DB_A was installed by a version without the table.
    pub async fn note_run_counts(&mut self, run: u64, counts: NotArrived) -> Result<(), DbError> {
        let NotArrived { pending, failed, held } = counts;
        let insert = format!(
            "insert into sync_run_counts (run_id, pending_after, failed_after, held_after) \
             values ({run}, {pending}, {failed}, {held})"
        );
        self.session.execute(&insert).await.map(drop)
    }

    /// Notes how a cycle ended.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn run_ended(&mut self, run: u64, report: &CycleReport) -> Result<(), DbError> {
        let update = format!(
            "update sync_runs set finished_at = utc_timestamp(6), outcome = '{}', entries_synced = {}, \
             entries_failed = {}, entries_held = {}, batches = {}, duration_ms = {}, message = {} where id = {run}",
            report.outcome.as_str(),
            report.entries_synced,
            report.entries_failed,
            report.entries_held,
            report.batches,
            report.duration_ms,
            quoting::optional_text(report.message.as_deref()),
        );
        self.session.execute(&update).await.map(drop)
    }
}
