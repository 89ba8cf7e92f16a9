//! Why records are not in DB_B.

use std::collections::BTreeSet;

use super::LocalDb;
use crate::db::error::DbError;
use crate::db::row::Row;
use crate::db::sql::template::fill;
use crate::db::sql::{entry_ids, quoting};
use crate::models::entry::RecordName;
use crate::models::entry_ids::EntryIds;
use crate::models::setback::{Setback, Verdict};

/// Most records in one statement; ten times more would be megabytes of messages.
const RECORDS_PER_STATEMENT: usize = 500;

impl LocalDb {
    /// Forgets the failures of the records these entries name: they have arrived.
    pub(super) async fn forget_failures(&mut self, ids: &EntryIds) -> Result<(), DbError> {
        if !self.has_failures().await? {
            return Ok(());
        }
        for condition in entry_ids::conditions("q.id", ids) {
            let sql = format!(
                "select distinct f.table_name, hex(f.record_hash), f.last_failed_at \
                 from sync_queue q straight_join sync_failures f \
                 on f.table_name = q.table_name and f.record_hash = unhex(sha2(q.record_id, 256)) where {condition}"
            );
            let arrived = self.session.query(&sql).await?;
            self.delete_failures(&arrived).await?;
        }
        Ok(())
    }

    /// Deletes failures, each given by table, hash and the time of its last attempt, unless there was another since.
    ///
    /// They are found by a statement of their own, which takes no locks: a deletion that reads the queue waits for every
    /// transaction that has written an entry near those it looks at.
    pub(super) async fn delete_failures(&mut self, found: &[Row]) -> Result<(), DbError> {
        for some in found.chunks(RECORDS_PER_STATEMENT) {
            let named: Vec<String> = some
                .iter()
                .map(|row| {
                    let (table, hash, at) = (row.text(0)?, row.text(1)?, row.text(2)?);
                    Ok(format!(
                        "table_name = {} and record_hash = x'{hash}' and last_failed_at = '{at}'",
                        quoting::text(&table)
                    ))
                })
                .collect::<Result<_, DbError>>()?;
            self.session.execute(&format!("delete from sync_failures where {}", named.join(" or "))).await?;
        }
        Ok(())
    }

    /// Notes what was set aside, inside the caller's transaction. Only the claimed entries are touched:
    /// a newer one of the same record has not been tried yet.
    pub(super) async fn note_setbacks(&mut self, setbacks: &[Setback]) -> Result<(), DbError> {
        for some in setbacks.chunks(RECORDS_PER_STATEMENT) {
            let rows: Vec<String> = some.iter().map(values).collect();
            let sql = fill(include_str!("note_setbacks.sql"), &[("rows", &rows.join(",\n"))]);
            self.session.execute(&sql).await?;
        }
        let tried = |setback: &&Setback| !matches!(setback.verdict, Verdict::Held { .. });
        let failed = |setback: &&Setback| matches!(setback.verdict, Verdict::Failed { .. });
        self.add_attempt(&entries(setbacks.iter().filter(tried))).await?;
        self.mark(&entries(setbacks.iter().filter(failed)), "FAILED", "sync_status = 'PENDING'")
            .await
            .map(drop)
    }

    /// Finds those of the records that DB_B has rejected and that are not due: they wait for their next attempt, or
    /// are FAILED.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn rejected_among(
        &mut self,
        records: &BTreeSet<&RecordName>,
    ) -> Result<BTreeSet<RecordName>, DbError> {
        let mut rejected = BTreeSet::new();
        for some in records.iter().collect::<Vec<_>>().chunks(RECORDS_PER_STATEMENT) {
            let named: Vec<String> = some
                .iter()
                .map(|record| format!("({}, {})", quoting::text(&record.table), hash(&record.record_id)))
                .collect();
            let sql = format!(
                "select table_name, record_id from sync_failures where (table_name, record_hash) in ({}) \
                 and (state = 'FAILED' or state = 'WAITING' and next_attempt_at > utc_timestamp(6))",
                named.join(", ")
            );
            for row in self.session.query(&sql).await? {
                rejected.insert(RecordName { table: row.str(0)?.into(), record_id: row.str(1)?.into() });
            }
        }
        Ok(rejected)
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

    /// Tells whether any record failed, is held, by its table too, or waits for its next attempt.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn any_record_set_back(&mut self) -> Result<bool, DbError> {
        let sql = "select exists (select 1 from sync_failures)
                   or exists (select 1 from sync_queue where sync_status = 'FAILED')
                   or exists (select 1 from sync_held_tables t
                               where exists (select 1 from sync_queue q force index (sync_queue_status)
                                              where q.sync_status = 'PENDING' and q.table_name = t.table_name))";
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

fn entries<'a>(setbacks: impl Iterator<Item = &'a Setback>) -> EntryIds {
    EntryIds::from(&setbacks.flat_map(|setback| &setback.entries).copied().collect::<BTreeSet<_>>())
}

/// Writes a setback as a row of `note_setbacks.sql`.
fn values(setback: &Setback) -> String {
    let (state, attempts, next_attempt, waits_for) = match &setback.verdict {
        Verdict::Waits { attempts, seconds } => {
            ("WAITING", attempts, format!("utc_timestamp(6) + interval {seconds} second"), None)
        }
        Verdict::Failed { attempts } => ("FAILED", attempts, "null".to_owned(), None),
        Verdict::Held { waits_for, attempts } => ("HELD", attempts, "null".to_owned(), Some(waits_for)),
    };
    let row = [
        quoting::text(&setback.record.table),
        hash(&setback.record.record_id),
        quoting::text(&setback.record.record_id),
        format!("'{state}'"),
        format!("'{}'", setback.class),
        setback.code.map_or_else(|| "null".to_owned(), |code| code.to_string()),
        quoting::text(&setback.message),
        quoting::text(&setback.remedy),
        attempts.to_string(),
        setback.entries.iter().max().copied().unwrap_or_default().to_string(),
        next_attempt,
        quoting::optional_text(waits_for.map(|record| &*record.table)),
        waits_for.map_or_else(|| "null".to_owned(), |record| hash(&record.record_id)),
        quoting::optional_text(waits_for.map(|record| &*record.record_id)),
    ];
    format!("({}, utc_timestamp(6), utc_timestamp(6))", row.join(", "))
}
