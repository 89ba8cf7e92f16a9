//! Tells which records of a batch stand in each other's way.

use std::collections::BTreeMap;

use super::batch::Batch;
use crate::db::DbError;
use crate::db::central_db::Obstacle;
use crate::db::local_db::LocalDb;
use crate::db::mapping::Mapping;
use crate::models::change::{Change, Effect};
use crate::models::entry::RecordName;

/// The columns of a table that are referred to.
type Referred = (String, Vec<String>);

/// Names what stands in the way of each change as the batch does, and missing parents that are not in it as DB_A does.
/// A row that is its own parent is in nobody's way, however the two spell its key.
///
/// # Errors
/// What DB_A or the link to it reports.
pub async fn identify(
    local: &mut LocalDb,
    mapping: &Mapping,
    batch: &Batch,
    changes: impl Iterator<Item = &Change>,
    obstacles: &mut [Vec<Obstacle>],
) -> Result<(), DbError> {
    name_as_the_batch_does(mapping, batch, obstacles);
    name_parents(local, mapping, obstacles.iter_mut().flatten()).await?;
    for (change, obstacles) in changes.zip(obstacles) {
        let is_its_own = |obstacle: &Obstacle| matches!(obstacle, Obstacle::Parent(parent) if parent.record.as_ref() == Some(&change.record));
        obstacles.retain(|obstacle| !is_its_own(obstacle));
    }
    Ok(())
}

/// DB_B may still spell a key as DB_A once did, and of a missing parent it knows the values only.
fn name_as_the_batch_does(mapping: &Mapping, batch: &Batch, obstacles: &mut [Vec<Obstacle>]) {
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
            Obstacle::ForeignChild(_) | Obstacle::Spelling(_) => {}
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
        Effect::Upsert(row) if *change.record.table == *name => {
            table.pick(row, columns).map(|values| (values, &change.record))
        }
        Effect::Upsert(_) | Effect::Delete(_) => None,
    };
    batch.changes.iter().filter_map(values).collect()
}

/// Names missing parents that the batch does not, or spells otherwise, as DB_A knows them.
async fn name_parents(
    local: &mut LocalDb,
    mapping: &Mapping,
    obstacles: impl Iterator<Item = &mut Obstacle>,
) -> Result<(), DbError> {
    let mut unnamed = Vec::new();
    for obstacle in obstacles {
        if let Obstacle::Parent(parent) = obstacle
            && parent.record.is_none()
            && let Some(table) = mapping.table(&parent.table)
        {
            unnamed.push((table, parent));
        }
    }
    let wanted: Vec<_> = unnamed
        .iter()
        .map(|(table, parent)| (*table, parent.columns.as_slice(), parent.values.as_slice()))
        .collect();
    let names = local.records_with(&wanted).await?;
    for ((_, parent), name) in unnamed.into_iter().zip(names) {
        parent.record = name;
    }
    Ok(())
}
