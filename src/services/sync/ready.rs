//! A batch with what is to be sent of it, written while the one before it is applied.

use std::collections::BTreeSet;

use super::batch::Batch;
use super::claim::{self, Limits};
use super::coalesce;
use super::page::Page;
use crate::config::Settings;
use crate::db::central_db::Script;
use crate::db::local_db::LocalDb;
use crate::db::mapping::Mapping;
use crate::models::entry::EntryId;

/// A batch that only its intent is missing for.
#[derive(Debug)]
pub struct Ready {
    /// Its entries and changes.
    pub batch: Batch,
    /// Makes the changes.
    pub script: Script,
    /// Whether nothing due is left behind it, and no record was rejected or is held.
    pub is_last: bool,
}

impl Ready {
    /// Puts the changes in order, and writes them down; `page` is what the batch was taken from. If `may_load`, wide rows go as
    /// data.
    #[must_use]
    pub fn new(mapping: &Mapping, mut batch: Batch, page: &Page, may_load: bool) -> Self {
        coalesce::order(mapping, &mut batch.changes);
        let script = script(mapping, &batch, may_load);
        let is_last = page.is_exhausted() && !page.has_failures() && batch.unreadable.is_empty();
        Self { batch, script, is_last }
    }

    /// Claims the next batch on a connection of its own. Whatever goes wrong there, the batch is claimed in the ordinary
    /// way later.
    pub async fn claim_ahead(
        reader: &mut Option<LocalDb>,
        settings: &Settings,
        mapping: &Mapping,
        page: &mut Page,
        (reached, up_to): (EntryId, EntryId),
        limits: Limits,
        may_load: bool,
    ) -> Option<Self> {
        if !page.may_be_claimed_ahead() {
            return None;
        }
        let claimed = async {
            let reader = match reader {
                Some(reader) => reader,
                None => reader.insert(LocalDb::connect(settings).await?),
            };
            claim::claim(reader, mapping, page, up_to, limits, &BTreeSet::new()).await
        };
        match claimed.await {
            // Seen only now: what such a batch names may be under way.
            Ok(Some(_)) if page.has_failures() => {
                page.start_over(reached);
                None
            }
            Ok(batch) => batch.map(|batch| Self::new(mapping, batch, page, may_load)),
            Err(error) => {
                tracing::debug!(%error, "the next batch could not be read ahead");
                *reader = None;
                // What was taken from the page is lost: it is read anew behind the batch that is under way.
                page.start_over(reached);
                None
            }
        }
    }
}

/// Writes what makes the changes of a batch; if `may_load`, wide rows go as data.
#[must_use]
pub fn script(mapping: &Mapping, batch: &Batch, may_load: bool) -> Script {
    Script::of(&coalesce::units(mapping, &batch.changes), may_load)
}
