//! What goes together: claimed entries and the changes they stand for.

use std::collections::{BTreeMap, HashMap};

use crate::db::local_db::{PastFailure, QueueEntry};
use crate::db::mapping::KeyError;
use crate::models::change::Change;
use crate::models::entry::{EntryId, RecordName};
use crate::models::setback::Setback;

/// What a snapshot showed of the next entries.
#[derive(Debug, Default)]
pub struct Batch {
    /// Every PENDING and FAILED entry that the snapshot showed of each record, by record.
    pub entries: HashMap<RecordName, Vec<QueueEntry>>,
    /// One change for each record.
    pub changes: Vec<Change>,
    /// Entries whose record cannot be told; they are failures, never deletes.
    pub unreadable: Vec<(RecordName, KeyError)>,
    /// For entries that spell their record's key otherwise than its row does, the record as the row spells it.
    pub spellings: BTreeMap<RecordName, RecordName>,
    /// The id up to which due entries were taken.
    pub reached: EntryId,
    /// About how many bytes of values its changes have.
    pub bytes: usize,
}

impl Batch {
    /// Gives the earlier failures of a record.
    #[must_use]
    pub fn past(&self, record: &RecordName) -> Option<PastFailure> {
        let pasts = self.entries.get(record)?.iter().filter_map(|entry| entry.past);
        pasts.max_by_key(|past| past.attempts)
    }

    /// Gives the name of a record as its present row spells it.
    #[must_use]
    pub fn present<'a>(&'a self, record: &'a RecordName) -> &'a RecordName {
        self.spellings.get(record).unwrap_or(record)
    }

    /// Notes a setback under each name by which the record's entries call it, each with its own entries,
    /// so that each of them waits.
    #[must_use]
    pub fn for_each_spelling(&self, setback: Setback) -> Vec<Setback> {
        let mut by_name: BTreeMap<RecordName, Vec<EntryId>> = BTreeMap::new();
        for entry in self.entries.get(&setback.record).into_iter().flatten() {
            by_name.entry(entry.record.clone()).or_default().push(entry.id);
        }
        if by_name.is_empty() {
            return vec![setback];
        }
        by_name.into_iter().map(|(record, entries)| Setback { record, entries, ..setback.clone() }).collect()
    }

    /// Gives the ids of a record's entries.
    #[must_use]
    pub fn ids_of(&self, record: &RecordName) -> Vec<EntryId> {
        self.entries
            .get(record)
            .map(|entries| entries.iter().map(|entry| entry.id).collect())
            .unwrap_or_default()
    }
}
