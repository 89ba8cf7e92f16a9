//! Begins a new epoch in DB_B: from then on nothing is applied that was sent before.

use std::collections::BTreeSet;

use super::CentralDb;
use crate::db::codes;
use crate::db::error::DbError;
use crate::db::sql::quoting;
use crate::db::sql::template::fill;
use crate::models::intent::{CentralConnection, Site};

/// What the ledger shows when an epoch begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning {
    /// The site, at its new epoch.
    pub site: Site,
    /// Shuts out every batch sent before.
    pub generation: String,
    /// The token that the first batch of the epoch must find.
    pub token: String,
    /// The number of that token, for people.
    pub number: u64,
}

impl CentralDb {
    /// Writes this site's ledger row anew, whether it exists or not, and with it the tables that the site feeds.
    ///
    /// Writing waits for a batch that is still running. When the wait is too long, the connections that sent the
    /// open intents are ended and it is tried once more.
    ///
    /// # Errors
    /// What the server or the link reports; then nothing was changed.
    pub async fn begin_epoch(
        &mut self,
        beginning: &Beginning,
        site_name: &str,
        tables: &BTreeSet<String>,
        senders: &[CentralConnection],
    ) -> Result<(), DbError> {
        let sql = statements(beginning, site_name, tables);
        self.session.before_commit("central-epoch").await?;
        self.write_epoch(&sql, senders).await?;
        self.session.after_commit("central-epoch").await
    }

    async fn write_epoch(&mut self, sql: &str, senders: &[CentralConnection]) -> Result<(), DbError> {
        match self.session.script(sql).await.into_sets() {
            Err(error) if error.code() == Some(codes::LOCK_WAIT_TIMEOUT) => {
                for sender in senders {
                    self.kill(*sender).await?;
                }
                self.session.script(sql).await.into_sets().map(drop)
            }
            other => other.map(drop),
        }
    }
}

fn statements(beginning: &Beginning, site_name: &str, tables: &BTreeSet<String>) -> String {
    let Beginning { site, generation, token, number } = beginning;
    let site_id = quoting::text(&site.id);
    let fed: Vec<String> =
        tables.iter().map(|table| format!("({}, {site_id})", quoting::text(table))).collect();
    let values = [
        ("site_id", site_id.as_str()),
        ("site_name", &quoting::text(site_name)),
        ("epoch", &quoting::text(&site.epoch)),
        ("generation", &quoting::text(generation)),
        ("token", &quoting::text(token)),
        ("number", &number.to_string()),
        ("tables", &fed.join(", ")),
    ];
    let mut statements = vec![fill(include_str!("begin_epoch.sql"), &values)];
    if !tables.is_empty() {
        statements.push(fill(include_str!("feed_tables.sql"), &values));
    }
    statements.push("commit".to_owned());
    statements.join(";\n")
}
