//! Due entries read ahead, of which one batch after the other is made.
//!
//! Entries may be read earlier than the rows they name, never later: a row read now is at least as new as what an entry
//! seen before says of it. So one look at the queue serves several batches, and it shows which further entries each
//! batch's rows answer as well.

use std::collections::{HashSet, VecDeque};

use super::batch::Batch;
use crate::db::DbError;
use crate::db::local_db::{LocalDb, QueueEntry, Window};
use crate::models::entry::EntryId;

/// How many batches are made of one page. More, and the page takes more memory than the batches; fewer, and a record
/// that changes often is sent once for each page.
const BATCHES: usize = 2;

/// Entries of one page over a slow line, if that many are more than [`BATCHES`] have: there a record that is sent twice
/// costs more than the memory of the page, some 100 bytes for each entry.
const ENTRIES_OVER_A_SLOW_LINE: usize = 100_000;

/// What is left for the last batches is cut in two only if it is more than this part of a full one.
const WORTH_HALVING: usize = 4;

/// What a look at the queue showed of the next due entries.
#[derive(Debug, Default)]
pub struct Page {
    entries: VecDeque<QueueEntry>,
    /// The highest id that was read.
    reached: EntryId,
    /// Whether nothing due was left behind it.
    is_last: bool,
    /// Whether most ids up to `reached` were due: then it is cheaper to read all entries that follow than to look due ones up.
    is_dense: bool,
    /// Whether any record was rejected or is held: then more is asked for each batch.
    has_failures: bool,
    /// Entries behind `reached` that a batch names already; they are PENDING until it is acknowledged.
    named: HashSet<EntryId>,
    /// How many entries are read ahead, if [`BATCHES`] have fewer.
    at_least: usize,
    /// How many batches were made of it.
    batches: usize,
}

impl Page {
    /// Stands before the entries after `after`, of which none has been read yet.
    #[must_use]
    pub fn before(after: EntryId, line_is_slow: bool) -> Self {
        let at_least = if line_is_slow { ENTRIES_OVER_A_SLOW_LINE } else { 0 };
        Self { reached: after, at_least, ..Self::default() }
    }

    /// Forgets everything that was read, and stands before the entries after `after`.
    pub fn start_over(&mut self, after: EntryId) {
        *self = Self { reached: after, at_least: self.at_least, ..Self::default() };
    }

    /// Reads on, unless there are entries enough for a batch: those of `tables` up to `up_to`, and enough for some batches.
    ///
    /// # Errors
    /// What DB_A or the link to it reports.
    pub(super) async fn fill(
        &mut self,
        local: &mut LocalDb,
        tables: &[&str],
        up_to: EntryId,
        batch_entries: usize,
    ) -> Result<(), DbError> {
        if self.entries.len() >= batch_entries {
            return Ok(());
        }
        self.is_last |= tables.is_empty();
        let most = batch_entries.saturating_mul(BATCHES).max(self.at_least);
        while !self.is_last && self.entries.len() < most {
            self.read_on(local, tables, up_to, batch_entries).await?;
        }
        Ok(())
    }

    /// Reads as many more entries as a batch has; more at once would take more memory while they are read.
    async fn read_on(
        &mut self,
        local: &mut LocalDb,
        tables: &[&str],
        up_to: EntryId,
        most: usize,
    ) -> Result<(), DbError> {
        self.has_failures = local.has_failures().await?;
        let window = Window { after: self.reached, up_to };
        let more = if self.has_failures {
            local.due_entries(window, tables, most).await?
        } else {
            local.pending_entries(window, tables, most, self.is_dense).await?
        };
        self.is_last = more.len() < most;
        if let (Some(first), Some(last)) = (more.first(), more.last()) {
            self.reached = last.id;
            self.is_dense = last.id - first.id < 2 * more.len() as u64;
        }
        self.entries.extend(more.into_iter().filter(|entry| !self.named.remove(&entry.id)));
        Ok(())
    }

    /// Tells whether nothing is left to be taken, here or behind it.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.entries.is_empty() && self.is_last
    }

    /// Tells whether a batch can be claimed from it while another one is under way: with failures, what it names depends on
    /// what becomes of that one.
    #[must_use]
    pub fn may_be_claimed_ahead(&self) -> bool {
        !self.is_exhausted() && !self.has_failures
    }

    /// Tells whether any record was rejected or is held.
    #[must_use]
    pub const fn has_failures(&self) -> bool {
        self.has_failures
    }

    /// Takes out the next entries, at most so many. Over a slow line the last of several batches become smaller and smaller:
    /// while the last one is applied and acknowledged, the line has nothing to carry.
    pub(super) fn take(&mut self, most: usize) -> Vec<QueueEntry> {
        let mut count = most.min(self.entries.len());
        if self.at_least > 0 && self.batches > 0 && self.is_last && count > most / WORTH_HALVING {
            count = count.min(self.entries.len().div_ceil(2));
        }
        self.batches += 1;
        self.entries.drain(..count).collect()
    }

    /// Puts back entries that were taken and did not fit.
    pub(super) fn put_back(&mut self, entries: Vec<QueueEntry>) {
        for entry in entries.into_iter().rev() {
            self.entries.push_front(entry);
        }
    }

    /// Moves into the batch the further entries of its records, since the same rows answer them; and leaves out what the
    /// batch names already.
    pub(super) fn give_further(&mut self, batch: &mut Batch) {
        let named: HashSet<EntryId> = batch.entries.values().flatten().map(|entry| entry.id).collect();
        self.named.extend(named.iter().filter(|id| **id > self.reached));
        let mut rest = VecDeque::with_capacity(self.entries.len());
        for entry in std::mem::take(&mut self.entries) {
            if named.contains(&entry.id) {
                continue;
            }
            let present = batch.spellings.get(&entry.record).unwrap_or(&entry.record);
            match batch.entries.get_mut(present) {
                Some(entries) => entries.push(entry),
                None => rest.push_back(entry),
            }
        }
        self.entries = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::entry::RecordName;

    /// Takes everything in batches of at most 40 entries, from a page that holds so many, the last ones; tells the sizes.
    fn sizes(entries: u64, line_is_slow: bool) -> Vec<usize> {
        let mut page = Page { is_last: true, ..Page::before(0, line_is_slow) };
        page.entries.extend((1..=entries).map(|id| QueueEntry {
            id,
            record: RecordName { table: "users".into(), record_id: id.to_string().into() },
            digest: 0,
            past: None,
        }));
        std::iter::from_fn(|| Some(page.take(40).len()).filter(|&size| size > 0)).collect()
    }

    #[test]
    fn over_a_slow_line_the_last_batches_become_smaller() {
        assert_eq!(sizes(100, false), [40, 40, 20]);
        assert_eq!(sizes(100, true), [40, 30, 15, 8, 7]);
        assert_eq!(sizes(30, true), [30]);
    }
}
