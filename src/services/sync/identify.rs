//! Tells which records of a batch stand in each other's way.

use std::collections::BTreeMap;

use super::batch::Batch;
use crate::db::central_db::Obstacle;
use crate::db::mapping::Mapping;
use crate::models::change::{Change, Effect};
use crate::models::entry::RecordName;

/// The columns of a table that are referred to.
type Referred = (String, Vec<String>);

/// Names obstacles as the batch does: DB_B may still spell a key as DB_A once did, and of a missing parent it knows the
/// values only.
pub fn identify(mapping: &Mapping, batch: &Batch, obstacles: &mut [Vec<Obstacle>]) {
    let mut parents: BTreeMap<Referred, BTreeMap<Vec<&str>, &RecordName>> = BTreeMap::new();
    for obstacle in obstacles.iter_mut().flatten() {
        match obstacle {
            Obstacle::Owner(record) | Obstacle::Child(record) => *record = batch.present(record).clone(),
            Obstacle::Parent(parent) => {
                let referred = (parent.table.clone(), parent.columns.clone());
                let known =
                    parents.entry(referred).or_insert_with_key(|referred| index(mapping, batch, referred));
                let values: Vec<&str> = parent.values.iter().map(String::as_str).collect();
                parent.record = known.get(&values).map(|&record| record.clone());
            }
            Obstacle::ForeignChild(_) => {}
        }
    }
}

/// Lists the records of one table that the batch inserts or updates, by the values of these columns.
fn index<'a>(
    mapping: &Mapping,
    batch: &'a Batch,
    (name, columns): &Referred,
) -> BTreeMap<Vec<&'a str>, &'a RecordName> {
    let Some(table) = mapping.table(name) else { return BTreeMap::new() };
    let values = |change: &'a Change| match &change.effect {
        Effect::Upsert(row) if change.record.table == *name => {
            table.pick(row, columns).map(|values| (values, &change.record))
        }
        Effect::Upsert(_) | Effect::Delete(_) => None,
    };
    batch.changes.iter().filter_map(values).collect()
}
