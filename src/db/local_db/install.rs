//! Creates and removes what Backhaul keeps in DB_A: its tables and the capture triggers.

use std::collections::BTreeSet;

use super::LocalDb;
use crate::db::catalog::{Catalog, Table};
use crate::db::error::DbError;
use crate::db::sql::template::fill;
use crate::db::sql::trigger::{CaptureTrigger, NAME_PREFIX};
use crate::db::sql::{quoting, schema};
use crate::models::own_tables::is_own;

impl LocalDb {
    /// Creates Backhaul's own tables, and those of the sample tables that are `wanted`, unless they exist.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn create_tables(&mut self, wanted: &BTreeSet<String>) -> Result<(), DbError> {
        for table in schema::local() {
            if is_own(table.name) || wanted.contains(table.name) {
                self.session.execute(table.sql).await?;
            }
        }
        Ok(())
    }

    /// Notes who this site is, unless it is noted already.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn note_site(&mut self, site_id: &str, epoch: &str) -> Result<(), DbError> {
        let sql = format!(
            "insert into sync_state (only_row, site_id, epoch, schema_version, installed_at) \
             values (1, {}, {}, 1, utc_timestamp(6)) on duplicate key update only_row = only_row",
            quoting::text(site_id),
            quoting::text(epoch)
        );
        self.session.execute(&sql).await.map(drop)
    }

    /// Tells whether the binary log is kept as statements, under which no entry could be acknowledged.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn logs_statements(&mut self) -> Result<bool, DbError> {
        let row = self.session.query_one("select @@log_bin = 1 and @@binlog_format = 'STATEMENT'").await?;
        Ok(row.get::<u8>(0)? == 1)
    }

    /// Creates those of a table's capture triggers that it does not have yet; answers how many.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn create_triggers(
        &mut self,
        table: &Table,
        triggers: &[CaptureTrigger],
    ) -> Result<usize, DbError> {
        let exists = |name: &str| table.triggers.iter().any(|existing| existing.name == name);
        let missing = triggers.iter().filter(|trigger| !exists(&trigger.name));
        let mut created = 0;
        for trigger in missing {
            self.session.execute(&trigger.create).await?;
            created += 1;
        }
        Ok(created)
    }

    /// Drops all capture triggers of a table but these; once these exist, no change escapes in between.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn drop_other_triggers(
        &mut self,
        table: &Table,
        triggers: &[CaptureTrigger],
    ) -> Result<(), DbError> {
        let is_current = |name: &str| triggers.iter().any(|trigger| trigger.name == name);
        for old in capture_triggers_of(table).filter(|name| !is_current(name)) {
            self.drop_trigger(old).await?;
        }
        Ok(())
    }

    /// Tells whether this account is shown triggers. Without the privilege no server shows any, and then nothing can
    /// be said of those that seem to be missing.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn sees_triggers(&mut self) -> Result<bool, DbError> {
        let schema = quoting::text(self.session.database());
        let sql = fill(include_str!("sees_triggers.sql"), &[("schema", &schema)]);
        Ok(self.session.query_one(&sql).await?.get::<u8>(0)? == 1)
    }

    /// Loads the made-up people and orders of `sql/local/sample_data.sql`.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn load_sample_data(&mut self) -> Result<(), DbError> {
        let sql = include_str!("../../../sql/local/sample_data.sql");
        self.session.script(sql).await.into_sets().map(drop)
    }

    /// Counts the rows of a table.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn count_rows(&mut self, table: &str) -> Result<u64, DbError> {
        self.session.query_one(&format!("select count(*) from {}", quoting::name(table))).await?.get(0)
    }

    /// Counts the entries that are PENDING or FAILED.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn count_open_entries(&mut self) -> Result<u64, DbError> {
        let sql = "select count(*) from sync_queue where sync_status in ('PENDING', 'FAILED')";
        self.session.query_one(sql).await?.get(0)
    }

    /// Removes the capture triggers and Backhaul's own tables; answers how many triggers it were.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn remove_all(&mut self, catalog: &Catalog) -> Result<usize, DbError> {
        // First of all: whatever fails after this, DB_A says that it is not installed, and captures nothing unnoticed.
        self.session.execute("delete from sync_state").await?;
        let mut dropped = 0;
        for name in catalog.values().flat_map(capture_triggers_of) {
            self.drop_trigger(name).await?;
            dropped += 1;
        }
        for table in schema::local().iter().rev().filter(|table| is_own(table.name)) {
            self.session.execute(&format!("drop table if exists {}", quoting::name(table.name))).await?;
        }
        Ok(dropped)
    }

    async fn drop_trigger(&mut self, name: &str) -> Result<(), DbError> {
        self.session.execute(&format!("drop trigger if exists {}", quoting::name(name))).await.map(drop)
    }
}

/// Lists the capture triggers a table has, current or older.
fn capture_triggers_of(table: &Table) -> impl Iterator<Item = &str> {
    table.triggers.iter().map(|trigger| trigger.name.as_str()).filter(|name| name.starts_with(NAME_PREFIX))
}
