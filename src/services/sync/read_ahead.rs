//! What is read of DB_A while DB_B is being reached, since over a slow line that takes its time.
//!
//! Entries may be read before the rows they name, and before it is settled what became of earlier batches: as long as no
//! intent was open when settling began, only another program could call them SYNCED meanwhile. It would note an intent,
//! and take the number that this cycle's first intent needs.

use std::sync::Arc;

use super::lines::{self, Lines, Opening};
use super::page::Page;
use crate::config::Settings;
use crate::db::DbError;
use crate::db::central_db::SLOW_ROUND_TRIP;
use crate::db::local_db::LocalDb;
use crate::db::mapping::Mapping;
use crate::models::site_status::FirstLook;

/// The first look of a cycle, and the entries it showed, read while DB_B is being reached.
#[derive(Debug)]
pub struct ReadAhead {
    reader: LocalDb,
    first: FirstLook,
    page: Page,
    /// Further connections to DB_B that are being opened, if there is more than a batch.
    opening: Vec<Opening>,
    tables: Vec<String>,
}

impl ReadAhead {
    /// Takes the first look, and reads, once it is clear that the line is slow: over a fast one DB_B is reached by then, and
    /// whoever waits for this drops it. `None` when nothing is due, or DB_A does not answer as it should. Then it is done
    /// later, in the ordinary way.
    pub async fn read(settings: Arc<Settings>) -> Option<Self> {
        tokio::time::sleep(SLOW_ROUND_TRIP).await;
        let read = Self::try_read(&settings).await;
        read.unwrap_or_else(|error| {
            tracing::debug!(%error, "the queue could not be read ahead");
            None
        })
    }

    async fn try_read(settings: &Arc<Settings>) -> Result<Option<Self>, DbError> {
        let mut reader = LocalDb::connect(settings).await?;
        let first = reader.first_look().await?;
        let tables = reader.queued_tables().await?;
        let Some(newest) = first.newest else {
            reader.close().await;
            return Ok(None);
        };
        let opening = lines::open_further(settings, first.batches_of(settings.batch_size));
        let mut page = Page::before(0, true);
        let names: Vec<&str> = tables.iter().map(String::as_str).collect();
        page.fill(&mut reader, &names, newest, settings.batch_size).await?;
        Ok(Some(Self { reader, first, page, opening, tables }))
    }

    /// Tells whether only tables were read that are carried.
    #[must_use]
    pub fn fits(&self, mapping: &Mapping) -> bool {
        self.tables.iter().all(|name| mapping.table(name).is_some())
    }

    /// Gives the connection that read, which can go on reading, and what it read; `lines` take the connections to DB_B.
    #[must_use]
    pub fn hand_over(self, lines: &mut Lines) -> (LocalDb, (FirstLook, Page)) {
        lines.take_opening(self.opening);
        (self.reader, (self.first, self.page))
    }
}
