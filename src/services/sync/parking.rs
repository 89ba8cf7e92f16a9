//! Unique values that move in a circle: no order of single statements carries them, so all of the circle's
//! records are deleted and inserted again in one unit.

use std::collections::BTreeMap;

use super::attempt::Trouble;
use super::failure::{Class, Decision, classify};
use super::guilty::{Guilty, Search};
use crate::db::central_db::{CentralDb, Unit};
use crate::db::mapping::TableMapping;
use crate::models::change::{Change, Effect};
use crate::models::entry::RecordName;

/// Parks the circles among records that each wait for a unique value of another; the others stay guilty.
///
/// # Errors
/// When DB_B cannot be used.
pub async fn park_circles<'a>(
    central: &mut CentralDb,
    mut guilty: Vec<Guilty<'a>>,
) -> Result<Search<'a>, Trouble> {
    let mut waits_for = Vec::with_capacity(guilty.len());
    for one in &guilty {
        waits_for.push(owner(central, one).await?);
    }
    let circles = circles(&guilty, &waits_for);
    let mut parked = vec![false; guilty.len()];
    for circle in circles {
        let changes: Vec<Change> = circle.iter().map(|&index| guilty[index].change().clone()).collect();
        let table = guilty[circle[0]].unit.table;
        match central.try_parked(Unit { table, changes: &changes }).await {
            Ok(()) => circle.iter().for_each(|&index| parked[index] = true),
            Err(error) => match classify(&error).decision() {
                Decision::EndCycle => return Err(Trouble::Central(error)),
                Decision::TryAgain => return Ok(Search::Contention(error)),
                Decision::HoldTable => return Ok(Search::TableRefused(table.name.clone(), error)),
                // One of them is bad in itself: all deletes were undone, and the circle is set aside whole.
                Decision::SetAside => {
                    if let Some(ended) = name_the_bad(central, &mut guilty, &circle, table).await? {
                        return Ok(ended);
                    }
                }
            },
        }
    }
    let still = guilty.into_iter().zip(parked).filter(|(_, parked)| !parked).map(|(one, _)| one).collect();
    Ok(Search::Guilty(still))
}

/// Finds which records of a circle are rejected whatever the others do, and keeps that reason: they are judged,
/// the others are held by them. Answers something only if what failed was no record's fault: then nobody is judged.
async fn name_the_bad<'a>(
    central: &mut CentralDb,
    guilty: &mut [Guilty<'a>],
    circle: &[usize],
    table: &TableMapping,
) -> Result<Option<Search<'a>>, Trouble> {
    let changes: Vec<Change> = circle.iter().map(|&index| guilty[index].change().clone()).collect();
    for &index in circle {
        let Err(error) = central.probe_without(Unit { table, changes: &changes }, guilty[index].unit).await
        else {
            continue;
        };
        match classify(&error).decision() {
            Decision::EndCycle => return Err(Trouble::Central(error)),
            Decision::TryAgain => return Ok(Some(Search::Contention(error))),
            Decision::HoldTable => return Ok(Some(Search::TableRefused(table.name.clone(), error))),
            Decision::SetAside => guilty[index].error = error,
        }
    }
    Ok(None)
}

/// Finds the record that owns the unique value this one wants.
async fn owner(central: &mut CentralDb, guilty: &Guilty<'_>) -> Result<Option<RecordName>, Trouble> {
    match &guilty.change().effect {
        Effect::Upsert(row) if classify(&guilty.error) == Class::Unique && guilty.unit.may_be_parked() => {
            central.owner_of_unique_value(guilty.unit.table, row).await.map_err(Trouble::Central)
        }
        Effect::Upsert(_) | Effect::Delete(_) => Ok(None),
    }
}

/// Groups records of which each waits for one of the same group; answers indexes.
fn circles(guilty: &[Guilty<'_>], waits_for: &[Option<RecordName>]) -> Vec<Vec<usize>> {
    let positions: BTreeMap<&RecordName, usize> =
        guilty.iter().map(|one| &one.change().record).zip(0..).collect();
    let next: Vec<Option<usize>> =
        waits_for.iter().map(|owner| positions.get(owner.as_ref()?).copied()).collect();
    let mut taken = vec![false; guilty.len()];
    let mut circles = Vec::new();
    for start in 0..guilty.len() {
        let mut path = Vec::new();
        let mut here = Some(start);
        while let Some(index) = here.filter(|&index| !taken[index]) {
            taken[index] = true;
            path.push(index);
            here = next[index];
        }
        if let Some(begin) = here.and_then(|index| path.iter().position(|&step| step == index)) {
            circles.push(path.split_off(begin));
        }
    }
    circles
}
