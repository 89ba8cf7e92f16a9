//! Takes the next due entries and the rows they name: rows from one consistent snapshot, and entries from the same one or
//! an earlier one.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::batch::Batch;
use super::page::Page;
use crate::db::DbError;
use crate::db::local_db::{LocalDb, QueueEntry};
use crate::db::mapping::{KeyError, Mapping, TableMapping};
use crate::db::sql::quoting;
use crate::models::change::{Change, Effect};
use crate::models::entry::{EntryId, RecordName};
use crate::models::setback::{Setback, Verdict};
use crate::utils::backoff;

/// Most records read in one go; MariaDB turns lists of 1,000 into a subquery.
const MOST_RECORDS_PER_READ: usize = 900;

/// How many are read at first, when nothing is known of their size.
const RECORDS_OF_FIRST_READ: usize = 100;

/// The keys of one table's records as SQL literals, one for each column of the primary key.
type Keys = BTreeMap<RecordName, Vec<String>>;

/// What one batch may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most due entries.
    pub entries: usize,
    /// About how many bytes of values.
    pub bytes: usize,
}

/// Claims the next due entries up to `up_to`, together with `neighbours` that must go along; `None` when none is due.
/// They are taken from `page`, which is filled when it runs short, in the same snapshot as the rows.
///
/// The snapshot has ended when this returns: an open one would block DDL, and DDL would block writers.
///
/// # Errors
/// What DB_A or the link to it reports; then what was taken from the page is lost, and it must be read anew.
pub async fn claim(
    local: &mut LocalDb,
    mapping: &Mapping,
    page: &mut Page,
    up_to: EntryId,
    limits: Limits,
    neighbours: &BTreeSet<RecordName>,
) -> Result<Option<Batch>, DbError> {
    if page.is_exhausted() {
        return Ok(None);
    }
    local.begin_snapshot().await?;
    let tables: Vec<&str> = mapping.tables.iter().map(|table| table.name.as_str()).collect();
    page.fill(local, &tables, up_to, limits.entries).await?;
    let due = page.take(limits.entries);
    if due.is_empty() {
        local.end_snapshot().await?;
        return Ok(None);
    }
    local.fault_point("entries-read").await?;
    let (mut batch, rest) = read_records(local, mapping, due, limits.bytes, neighbours).await?;
    page.put_back(rest);
    local.fault_point("rows-read").await?;
    if page.has_failures() || !neighbours.is_empty() {
        name_all_entries(local, mapping, &mut batch, limits.entries).await?;
    }
    page.give_further(&mut batch);
    local.end_snapshot().await?;
    for change in &mut batch.changes {
        let entries = batch.entries.get(&change.record).map(Vec::as_slice).unwrap_or_default();
        change.last_entry = entries.iter().map(|entry| entry.id).max().unwrap_or_default();
    }
    Ok(Some(batch))
}

/// Reads the rows of the due entries' records in the order of their entries, until the bytes are reached; gives back the
/// entries that are left then.
async fn read_records(
    local: &mut LocalDb,
    mapping: &Mapping,
    mut due: Vec<QueueEntry>,
    most_bytes: usize,
    neighbours: &BTreeSet<RecordName>,
) -> Result<(Batch, Vec<QueueEntry>), DbError> {
    let mut batch = Batch::default();
    let mut known: HashSet<&RecordName> = neighbours.iter().collect();
    let mut bytes = read_changes(local, mapping, &known, &mut batch).await?;
    let mut taken = 0;
    while taken < due.len() && (bytes < most_bytes || taken == 0) {
        let mut some = HashSet::new();
        let most = most_records(batch.changes.len(), bytes, most_bytes);
        let more = due[taken..].iter().take_while(|entry| {
            if known.insert(&entry.record) {
                some.insert(&entry.record);
            }
            some.len() < most
        });
        // The entry that fills the set is still taken.
        taken = (taken + more.count() + 1).min(due.len());
        bytes += read_changes(local, mapping, &some, &mut batch).await?;
    }
    let rest = due.split_off(taken);
    batch.reached = due.last().map_or(0, |entry| entry.id);
    batch.bytes = bytes;
    for entry in due {
        // Most records have one entry; a vector that grows by itself begins with room for four.
        let name = batch.present(&entry.record).clone();
        batch.entries.entry(name).or_insert_with(|| Vec::with_capacity(1)).push(entry);
    }
    if !batch.spellings.is_empty() {
        // One row may have answered several spellings of its key, read one after the other.
        let mut known = HashSet::new();
        batch.changes.retain(|change| known.insert(change.record.clone()));
    }
    Ok((batch, rest))
}

/// Tells how many records to read next, when so many have so many bytes and the batch may have `most_bytes`.
fn most_records(records: usize, bytes: usize, most_bytes: usize) -> usize {
    let wanted = most_bytes.saturating_sub(bytes);
    if records == 0 {
        RECORDS_OF_FIRST_READ
    } else {
        (wanted * records / bytes.max(1)).clamp(1, MOST_RECORDS_PER_READ)
    }
}

/// Reads the present rows of records; a record without a row is a delete. Answers about how many bytes they are.
async fn read_changes(
    local: &mut LocalDb,
    mapping: &Mapping,
    records: &HashSet<&RecordName>,
    batch: &mut Batch,
) -> Result<usize, DbError> {
    let first_new = batch.changes.len();
    let mut by_table: BTreeMap<&str, Vec<&RecordName>> = BTreeMap::new();
    for &record in records {
        by_table.entry(&record.table).or_default().push(record);
    }
    for table in &mapping.tables {
        let mut keys = Keys::new();
        for record in by_table.remove(table.name.as_str()).unwrap_or_default() {
            match table.key_literals(&record.record_id) {
                Ok(key) => {
                    keys.insert(record.clone(), key);
                }
                Err(error) => batch.unreadable.push((record.clone(), error)),
            }
        }
        if keys.is_empty() {
            continue;
        }
        let name: Arc<str> = table.name.as_str().into();
        let literals: Vec<&[String]> = keys.values().map(Vec::as_slice).collect();
        for row in local.rows(table, &literals).await? {
            let present = RecordName { table: Arc::clone(&name), record_id: row.record_id.into() };
            let record = keys.remove_entry(&present).map_or(present, |(asked, _)| asked);
            batch.changes.push(change(record, Effect::Upsert(row.values)));
        }
        if table.key_compares_loosely() {
            drop_other_spellings(local, table, &mut keys, batch).await?;
        }
        for (record, key) in keys {
            batch.changes.push(change(record, Effect::Delete(key)));
        }
    }
    Ok(batch.changes[first_new..].iter().map(Change::bytes).sum())
}

/// Drops those of the `keys` without a row of that very spelling that have a row all the same: `abc` was deleted
/// and `ABC` inserted, and to the server both are one record, which is no delete.
async fn drop_other_spellings(
    local: &mut LocalDb,
    table: &TableMapping,
    keys: &mut Keys,
    batch: &mut Batch,
) -> Result<(), DbError> {
    if keys.is_empty() {
        return Ok(());
    }
    let asked: Vec<RecordName> = keys.keys().cloned().collect();
    let literals: Vec<&[String]> = keys.values().map(Vec::as_slice).collect();
    let read: HashSet<&RecordName> = batch.changes.iter().map(|change| &change.record).collect();
    for (position, record_id) in local.spellings(table, &literals).await? {
        let Some(record) = asked.get(position) else { continue };
        let present = RecordName { table: Arc::clone(&record.table), record_id: record_id.into() };
        if !read.contains(&present) {
            return Err(DbError::Decode(format!(
                "DB_A finds {record} when asked for it alone, but not among others"
            )));
        }
        keys.remove(record);
        batch.spellings.insert(record.clone(), present);
    }
    Ok(())
}

/// Reads how these records stand in DB_A now, outside any snapshot: their rows, or a delete where an open entry says
/// so. Whoever has neither is absent. Each is known by the name it was asked for by, which may spell its key otherwise
/// than its row does.
///
/// # Errors
/// What DB_A or the link to it reports.
pub async fn read_now(
    local: &mut LocalDb,
    mapping: &Mapping,
    records: &BTreeSet<&RecordName>,
) -> Result<BTreeMap<RecordName, Change>, DbError> {
    let mut batch = Batch::default();
    read_changes(local, mapping, &records.iter().copied().collect(), &mut batch).await?;
    name_all_entries(local, mapping, &mut batch, records.len()).await?;
    let changes: BTreeMap<&RecordName, &Change> =
        batch.changes.iter().map(|change| (&change.record, change)).collect();
    let named = |record: &&RecordName| {
        changes.get(batch.present(record)).map(|&change| ((*record).clone(), change.clone()))
    };
    Ok(records.iter().filter_map(named).collect())
}

/// Names, for each record of the batch, the other entries that the same snapshot shows: its newer ones,
/// which are answered by the same row, and FAILED ones, which end when the record arrives.
///
/// At most `most` further entries are named, so that a record changed a million times does not fill the
/// memory; the rest is answered by a later batch.
async fn name_all_entries(
    local: &mut LocalDb,
    mapping: &Mapping,
    batch: &mut Batch,
    most: usize,
) -> Result<(), DbError> {
    let claimed: usize = batch.entries.values().map(Vec::len).sum();
    for table in &mapping.tables {
        let ids: Vec<&str> = batch
            .changes
            .iter()
            .map(|change| &change.record)
            .chain(batch.spellings.keys())
            .filter(|record| *record.table == table.name)
            .map(|record| &*record.record_id)
            .collect();
        let open = local.open_entries_of(&table.name, &ids, claimed + most).await?;
        for entry in open {
            let present = batch.present(&entry.record).clone();
            let entries = batch.entries.entry(present).or_default();
            if entries.iter().all(|known| known.id != entry.id) {
                entries.push(entry);
            }
        }
    }
    keep_deletes_with_entries(local, mapping, batch).await
}

/// A neighbour takes part as a delete only if the snapshot holds an entry for it: what exists only in DB_B is never
/// deleted. Its entries may be beyond those that were named.
async fn keep_deletes_with_entries(
    local: &mut LocalDb,
    mapping: &Mapping,
    batch: &mut Batch,
) -> Result<(), DbError> {
    let is_unnamed = |change: &Change| {
        matches!(change.effect, Effect::Delete(_)) && !batch.entries.contains_key(&change.record)
    };
    let unnamed: BTreeSet<RecordName> = batch
        .changes
        .iter()
        .filter(|change| is_unnamed(change))
        .map(|change| change.record.clone())
        .collect();
    let mut open = BTreeSet::new();
    for table in &mapping.tables {
        let of_table = unnamed.iter().filter(|record| *record.table == table.name);
        let ids: Vec<&str> = of_table.map(|record| &*record.record_id).collect();
        open.extend(local.with_open_entries(&table.name, &ids).await?);
    }
    batch.changes.retain(|change| !unnamed.contains(&change.record) || open.contains(&change.record));
    Ok(())
}

const fn change(record: RecordName, effect: Effect) -> Change {
    Change { record, last_entry: 0, effect }
}

/// Sets aside the entries whose record cannot be told; DB_B never saw them, so they never become FAILED.
#[must_use]
pub fn unreadable_setbacks(batch: &Batch) -> Vec<Setback> {
    let setback = |(record, error): &(RecordName, KeyError)| {
        let attempts = batch.past(record).map_or(0, |past| past.attempts).saturating_add(1);
        Setback {
            record: record.clone(),
            entries: batch.ids_of(record),
            class: "local",
            code: None,
            message: format!(
                "{error}: its primary key was changed while the entry waited, or a person wrote it"
            ),
            remedy: format!(
                "on DB_A: delete from sync_queue where table_name = {} and record_id = {} and sync_status <> 'SYNCED'; \
                 then run `backhaul verify --repair`, which queues whatever differs",
                quoting::text(&record.table),
                quoting::text(&record.record_id)
            ),
            verdict: Verdict::Waits { attempts, seconds: backoff::delay(attempts).as_secs() },
        }
    };
    batch.unreadable.iter().map(setback).collect()
}
