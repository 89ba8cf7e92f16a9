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
        let position = positions.get(change.record.table.as_str()).copied().unwrap_or_default();
        let (phase, position) = match change.effect {
            Effect::Upsert(_) => (0, position),
            Effect::Delete(_) => (1, -position),
        };
        (phase, position, change.last_entry)
    });
}

/// Cuts ordered changes into units of one table and one kind, none larger than a statement should be.
#[must_use]
pub fn units<'a>(mapping: &'a Mapping, changes: &'a [Change]) -> Vec<Unit<'a>> {
    let same_statement = |a: &Change, b: &Change| {
        a.record.table == b.record.table
            && matches!(a.effect, Effect::Upsert(_)) == matches!(b.effect, Effect::Upsert(_))
    };
    changes
        .chunk_by(same_statement)
        .filter_map(|run| mapping.table(&run[0].record.table).map(|table| (table, run)))
        .flat_map(|(table, run)| by_bytes(run).into_iter().map(move |changes| Unit { table, changes }))
        .collect()
}

fn by_bytes(run: &[Change]) -> Vec<&[Change]> {
    let mut parts = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (index, change) in run.iter().enumerate() {
        let is_full = bytes + change.bytes() > STATEMENT_BYTES || index - start >= STATEMENT_RECORDS;
        if index > start && is_full {
            parts.push(&run[start..index]);
            (start, bytes) = (index, 0);
        }
        bytes += change.bytes();
    }
    parts.push(&run[start..]);
    parts
}
