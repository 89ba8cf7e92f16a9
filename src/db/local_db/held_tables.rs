//! Tables that cannot be synchronised at present.

use std::collections::BTreeMap;

use super::LocalDb;
use crate::db::error::DbError;
use crate::db::mapping::TableProblem;
use crate::db::sql::quoting;

impl LocalDb {
    /// Lists the tables that entries name, whatever became of the entries.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn queued_tables(&mut self) -> Result<Vec<String>, DbError> {
        let rows = self.session.query("select distinct table_name from sync_queue").await?;
        rows.iter().map(|row| row.text(0)).collect()
    }

    /// Tells whether an entry of this table is PENDING.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn has_pending_entry(&mut self, table: &str) -> Result<bool, DbError> {
        let sql = format!(
            "select exists (select 1 from sync_queue force index (sync_queue_status) \
             where sync_status = 'PENDING' and table_name = {})",
            quoting::text(table)
        );
        Ok(self.session.query_one(&sql).await?.get::<u8>(0)? == 1)
    }

    /// Lists the held tables of which no entry is PENDING, so that no list of entries shows them: what is wrong with
    /// each, and what to do.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn held_without_entries(&mut self) -> Result<Vec<String>, DbError> {
        let sql = "select concat(message, '. What to do: ', remedy) from sync_held_tables t
                    where not exists (select 1 from sync_queue q force index (sync_queue_status)
                                       where q.sync_status = 'PENDING' and q.table_name = t.table_name)
                    order by table_name";
        self.session.query(sql).await?.iter().map(|row| row.text(0)).collect()
    }

    /// Notes exactly these tables as held, each since it was first noted.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn note_held_tables(&mut self, held: &BTreeMap<String, TableProblem>) -> Result<(), DbError> {
        self.session.execute("start transaction").await?;
        let names: Vec<String> = held.keys().map(|name| quoting::text(name)).collect();
        let others = if names.is_empty() {
            String::new()
        } else {
            format!(" where table_name not in ({})", names.join(","))
        };
        self.session.execute(&format!("delete from sync_held_tables{others}")).await?;
        for (name, problem) in held {
            self.session.execute(&insert(name, problem)).await?;
        }
        self.session.commit("held-tables").await
    }

    /// Notes one more table as held, found while a batch was applied.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn note_held_table(&mut self, name: &str, problem: &TableProblem) -> Result<(), DbError> {
        self.session.execute(&insert(name, problem)).await.map(drop)
    }
}

fn insert(name: &str, problem: &TableProblem) -> String {
    format!(
        "insert into sync_held_tables (table_name, class, code, message, remedy, held_since) \
         values ({}, '{}', null, {}, {}, utc_timestamp(6)) \
         on duplicate key update class = values(class), message = values(message), remedy = values(remedy)",
        quoting::text(name),
        problem.class,
        quoting::text(&problem.message),
        quoting::text(&problem.remedy)
    )
}
