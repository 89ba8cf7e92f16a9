//! Backups of one side, kept beside the tables themselves, and clones.

use super::side::Side;

/// A copy of every table of one side at one moment.
pub struct Backup {
    tables: Vec<String>,
    prefix: String,
}

impl Backup {
    /// Copies every table but earlier copies.
    pub async fn of(side: &Side, name: &str) -> Self {
        let tables = side
            .column(
                "select table_name from information_schema.tables \
                 where table_schema = database() and table_name not like 'backup\\_%'",
            )
            .await;
        let prefix = format!("backup_{name}_");
        for table in &tables {
            side.execute(&format!(
                "create table `{prefix}{table}` like `{table}`; insert into `{prefix}{table}` select * from `{table}`"
            ))
            .await;
        }
        Self { tables, prefix }
    }

    /// Makes every table what it was; counters begin again after the highest key, as after loading a dump.
    pub async fn restore(&self, side: &Side) {
        // The queue comes last: restoring the others fires the capture triggers.
        let (queue, others): (Vec<&String>, Vec<&String>) =
            self.tables.iter().partition(|table| *table == "sync_queue");
        for table in others.into_iter().chain(queue) {
            let copy = format!("{}{table}", self.prefix);
            side.execute(&format!(
                    "set foreign_key_checks = 0; delete from `{table}`; insert into `{table}` select * from `{copy}`; \
                     alter table `{table}` auto_increment = 1"
                ))
                .await;
        }
    }
}
