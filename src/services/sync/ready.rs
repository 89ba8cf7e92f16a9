//! A batch with what is to be sent of it, written while the one before it is applied.

use super::batch::Batch;
use super::coalesce;
use super::page::Page;
use crate::db::central_db::Script;
use crate::db::mapping::Mapping;

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
}

/// Writes what makes the changes of a batch; if `may_load`, wide rows go as data.
#[must_use]
pub fn script(mapping: &Mapping, batch: &Batch, may_load: bool) -> Script {
    Script::of(&coalesce::units(mapping, &batch.changes), may_load)
}
