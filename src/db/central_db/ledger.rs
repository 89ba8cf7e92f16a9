//! The ledger: what DB_B has applied, per site.

use super::CentralDb;
use crate::config::Settings;
use crate::db::catalog;
use crate::db::codes;
use crate::db::error::DbError;
use crate::db::row::Row;
use crate::db::sql::quoting;
use crate::db::sql::template::fill;
use crate::models::intent::{CentralConnection, LedgerRow, Site};

/// How many statements `renew_generation.sql` has.
const RENEWAL_ANSWERS: usize = 4;

impl CentralDb {
    /// Connects, and does in the first packet what [`Self::renew_generation`] does; the catalogue is read as well.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn connect_renewing(
        settings: &Settings,
        site: &Site,
        generation: &str,
        senders: &[CentralConnection],
    ) -> Result<(Self, Option<LedgerRow>), DbError> {
        let catalog = catalog::request(&settings.central.database);
        let more = format!("{};\n{catalog}", renewal(site, generation));
        let (mut central, mut answer) = Self::connect_asking(settings, Some(&more)).await?;
        let catalog = (answer.sets.len() >= RENEWAL_ANSWERS).then(|| answer.split_off(RENEWAL_ANSWERS));
        let renewed = read_ledger(answer.into_sets());
        let ledger = central.renewed_at_last(renewed, site, generation, senders).await;
        central.session.after_commit("generation").await?;
        if let Some(catalog) = catalog {
            central.catalog = Some(catalog::read(catalog.into_sets()?)?);
        }
        Ok((central, ledger?))
    }

    /// Sets a new generation on this site's ledger row and reads the row, in one transaction.
    ///
    /// Writing waits for a batch that is still running, and shuts out one that has not begun. When the wait
    /// is too long, the connections that sent the open intents are ended and it is tried once more.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn renew_generation(
        &mut self,
        site: &Site,
        generation: &str,
        senders: &[CentralConnection],
    ) -> Result<Option<LedgerRow>, DbError> {
        self.session.before_commit("generation").await?;
        let renewed = self.write_generation(site, generation).await;
        let ledger = self.renewed_at_last(renewed, site, generation, senders).await;
        self.session.after_commit("generation").await?;
        ledger
    }

    /// Tries once more if the wait was too long.
    async fn renewed_at_last(
        &mut self,
        renewed: Result<Option<LedgerRow>, DbError>,
        site: &Site,
        generation: &str,
        senders: &[CentralConnection],
    ) -> Result<Option<LedgerRow>, DbError> {
        match renewed {
            Err(error) if error.code() == Some(codes::LOCK_WAIT_TIMEOUT) => {
                for sender in senders {
                    self.kill(*sender).await?;
                }
                self.write_generation(site, generation).await
            }
            other => other,
        }
    }

    /// Reads this site's ledger row and disturbs nothing; `None` when DB_B does not know the site.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn ledger(&mut self, site: &Site) -> Result<Option<LedgerRow>, DbError> {
        let sql = format!(
            "rollback;\nselect epoch, last_token from sync_sites where site_id = {};\nrollback",
            quoting::text(&site.id)
        );
        read_ledger(self.session.script(&sql).await.into_sets())
    }

    async fn write_generation(
        &mut self,
        site: &Site,
        generation: &str,
    ) -> Result<Option<LedgerRow>, DbError> {
        read_ledger(self.session.script(&renewal(site, generation)).await.into_sets())
    }
}

fn renewal(site: &Site, generation: &str) -> String {
    fill(
        include_str!("renew_generation.sql"),
        &[
            ("site_id", &quoting::text(&site.id)),
            ("epoch", &quoting::text(&site.epoch)),
            ("generation", &quoting::text(generation)),
        ],
    )
}

fn read_ledger(answer: Result<Vec<Vec<Row>>, DbError>) -> Result<Option<LedgerRow>, DbError> {
    let sets = match answer {
        Ok(sets) => sets,
        // A DB_B without a ledger knows this site as little as one whose ledger lacks its row.
        Err(error) if error.code() == Some(codes::NO_SUCH_TABLE) => return Ok(None),
        Err(error) => return Err(error),
    };
    let row = sets.into_iter().flatten().next();
    row.map(|row| Ok(LedgerRow { epoch: row.text(0)?, last_token: row.text(1)? })).transpose()
}
