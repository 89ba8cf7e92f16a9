//! Creates what Backhaul keeps in DB_B: the ledger and which site feeds which table.

use std::collections::BTreeSet;

use super::CentralDb;
use crate::db::codes;
use crate::db::error::DbError;
use crate::db::sql::{quoting, schema};
use crate::models::intent::Site;
use crate::models::own_tables::is_own;

impl CentralDb {
    /// Creates the ledger, and those of the sample tables that are `wanted`, unless they exist.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn create_tables(&mut self, wanted: &BTreeSet<String>) -> Result<(), DbError> {
        for table in schema::central() {
            if is_own(table.name) || wanted.contains(table.name) {
                self.session.execute(table.sql).await?;
            }
        }
        Ok(())
    }

    /// Lists the tables among `wanted` that another site feeds, with that site's name.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn tables_of_other_sites(
        &mut self,
        site: &Site,
        wanted: &BTreeSet<String>,
    ) -> Result<Vec<(String, String)>, DbError> {
        let sql = format!(
            "select t.table_name, coalesce(s.site_name, t.site_id) from sync_site_tables t \
             left join sync_sites s on s.site_id = t.site_id where t.site_id <> {}",
            quoting::text(&site.id)
        );
        let rows = match self.session.query(&sql).await {
            // Where nothing is installed, nobody feeds anything.
            Err(error) if error.code() == Some(codes::NO_SUCH_TABLE) => return Ok(Vec::new()),
            other => other?,
        };
        let mut others = Vec::new();
        for row in rows {
            let table = row.text(0)?;
            if wanted.contains(&table) {
                others.push((table, row.text(1)?));
            }
        }
        Ok(others)
    }

    /// Begins this site's row of the ledger with token 0.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn begin_ledger(
        &mut self,
        site: &Site,
        first_token: &str,
        generation: &str,
    ) -> Result<(), DbError> {
        let sql = format!(
            "insert into sync_sites (site_id, site_name, epoch, generation, last_token, last_batch) \
             values ({}, '', {}, {}, {}, 0)",
            quoting::text(&site.id),
            quoting::text(&site.epoch),
            quoting::text(generation),
            quoting::text(first_token)
        );
        self.session.execute(&sql).await?;
        self.session.commit("ledger-row").await
    }

    /// Notes the site's name and the tables it feeds, instead of those noted before.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn note_site(
        &mut self,
        site: &Site,
        name: &str,
        tables: &BTreeSet<String>,
    ) -> Result<(), DbError> {
        let id = quoting::text(&site.id);
        let rename =
            format!("update sync_sites set site_name = {} where site_id = {id}", quoting::text(name));
        self.session.execute(&rename).await?;
        self.session.execute(&format!("delete from sync_site_tables where site_id = {id}")).await?;
        for table in tables {
            let sql = format!(
                "insert into sync_site_tables (table_name, site_id) values ({}, {id})",
                quoting::text(table)
            );
            self.session.execute(&sql).await?;
        }
        self.session.commit("site").await
    }
}
