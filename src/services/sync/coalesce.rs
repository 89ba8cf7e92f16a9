//! Turns claimed entries into one change for each record, in an order that DB_B's foreign keys accept.

use std::collections::BTreeMap;

use crate::db::central_db::Unit;
use crate::db::mapping::Mapping;
use crate::models::change::{Change, Effect};

/// Most bytes of one statement; larger ones gain nothing and cost the server memory to parse.
const STATEMENT_BYTES: usize = 1 << 20;

/// Most records of one statement; MariaDB reads the whole table when a delete names more than 16,000 of them.
const STATEMENT_RECORDS: usize = 8_000;

/// Orders changes: upserts parents first, then deletes children first; within a table by the newest entry,
/// so that a unique value is mostly given up before it is taken.
pub fn order(mapping: &Mapping, changes: &mut [Change]) {
    let positions: BTreeMap<&str, i64> =
        (0_i64..).zip(&mapping.tables).map(|(position, table)| (table.name.as_str(), position)).collect();
    changes.sort_by_key(|change| {
        let position = positions.get(&*change.record.table).copied().unwrap_or_default();
        let (phase, position) = match change.effect {
            Effect::Upsert(_) => (0, position),
            Effect::Delete(_) => (1, -position),
        };
        (phase, position, change.last_entry)
    });
}

/// Gives how many records one statement may change. Servers need the more time to find rows by a list, the more columns
/// each of its keys has: MySQL took 45 seconds for 6,000 keys of eight columns.
fn most_records(unit: &Unit<'_>) -> usize {
    if unit.is_delete() { STATEMENT_RECORDS / unit.table.key_columns.len().max(1) } else { STATEMENT_RECORDS }
}

/// Cuts ordered changes into units of one table and one kind, none larger than a statement should be.
#[must_use]
pub fn units<'a>(mapping: &'a Mapping, changes: impl IntoIterator<Item = &'a Change>) -> Vec<Unit<'a>> {
    let mut units: Vec<Unit<'a>> = Vec::new();
    let mut bytes = 0;
    for change in changes {
        let same_as_last =
            units.last().map(|last| last.table).filter(|table| table.name == *change.record.table);
        let Some(table) = same_as_last.or_else(|| mapping.table(&change.record.table)) else { continue };
        let single = Unit::single(table, change);
        bytes += change.bytes();
        match units.last_mut() {
            Some(last)
                if last.table.name == table.name
                    && last.is_delete() == single.is_delete()
                    && bytes <= STATEMENT_BYTES
                    && last.changes.len() < most_records(last) =>
            {
                last.changes.push(change);
            }
            Some(_) | None => {
                bytes = change.bytes();
                units.push(single);
            }
        }
    }
    units
}
