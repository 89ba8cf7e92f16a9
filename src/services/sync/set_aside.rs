//! Searches, in one open transaction, the records that DB_B rejects; everything else is applied in passing.
//!
//! Only the failing unit is halved while everything before it stands, so no record is tried without its neighbours.

use super::attempt::Trouble;
use super::failure::{Class, Decision, classify};
use super::guilty::{Guilty, Search};
use super::parking;
use crate::db::DbError;
use crate::db::central_db::{CentralDb, Unit};

/// Applies all units, less the changes that DB_B rejects.
///
/// # Errors
/// When DB_B cannot be used: then nobody is guilty.
pub async fn search<'a>(central: &mut CentralDb, units: Vec<Unit<'a>>) -> Result<Search<'a>, Trouble> {
    let mut guilty = Vec::new();
    let mut untried: Vec<Attempted<'a>> = units.into_iter().rev().map(Attempted::Whole).collect();
    while let Some(attempted) = untried.pop() {
        let unit = attempted.unit();
        let Err(mut error) = central.try_unit(unit).await else { continue };
        if attempted.may_be_parked(&error) {
            // The records of the unit may stand in each other's way: then they fit together.
            match central.try_parked(unit).await {
                Ok(()) => continue,
                Err(parked) if classify(&parked).decision() != Decision::SetAside => error = parked,
                Err(_) => {}
            }
        }
        match classify(&error).decision() {
            Decision::EndCycle => return Err(Trouble::Central(error)),
            Decision::TryAgain => return Ok(Search::Contention(error)),
            Decision::HoldTable => return Ok(Search::TableRefused(unit.table.name.clone(), error)),
            Decision::SetAside if unit.changes.len() == 1 => guilty.push(Guilty { unit, error }),
            Decision::SetAside => {
                let (first, second) = unit.changes.split_at(unit.changes.len() / 2);
                untried.push(Attempted::Part(Unit { changes: second, ..unit }));
                untried.push(Attempted::Part(Unit { changes: first, ..unit }));
            }
        }
    }
    try_again_at_the_end(central, guilty).await
}

/// A unit that is to be tried.
#[derive(Clone, Copy)]
enum Attempted<'a> {
    /// As it was cut from the batch.
    Whole(Unit<'a>),
    /// A part of one that failed; what stands in its way may be in another part.
    Part(Unit<'a>),
}

impl<'a> Attempted<'a> {
    const fn unit(&self) -> Unit<'a> {
        match self {
            Self::Whole(unit) | Self::Part(unit) => *unit,
        }
    }

    fn may_be_parked(&self, error: &DbError) -> bool {
        match self {
            Self::Whole(unit) => {
                unit.changes.len() > 1 && unit.may_be_parked() && classify(error) == Class::Unique
            }
            Self::Part(_) => false,
        }
    }
}

/// Tries those that other records may have stood in the way of, now that the others are applied,
/// until nothing moves any more; then parks those that stand in each other's way, and tries once more.
async fn try_again_at_the_end<'a>(
    central: &mut CentralDb,
    mut guilty: Vec<Guilty<'a>>,
) -> Result<Search<'a>, Trouble> {
    loop {
        let before = guilty.len();
        guilty = match try_one_by_one(central, guilty).await? {
            Search::Guilty(still) => still,
            other => return Ok(other),
        };
        if guilty.len() == before {
            guilty = match parking::park_circles(central, guilty).await? {
                Search::Guilty(still) => still,
                other => return Ok(other),
            };
        }
        if guilty.len() == before || guilty.is_empty() {
            return Ok(Search::Guilty(guilty));
        }
    }
}

/// Tries each once more, the last first: a whole row of records that each wait for the next comes free at once.
async fn try_one_by_one<'a>(central: &mut CentralDb, guilty: Vec<Guilty<'a>>) -> Result<Search<'a>, Trouble> {
    let mut still = Vec::new();
    for one in guilty.into_iter().rev() {
        if !matches!(classify(&one.error), Class::Dependency | Class::Unique) {
            still.push(one);
            continue;
        }
        match central.try_unit(one.unit).await {
            Ok(()) => {}
            Err(error) => match classify(&error).decision() {
                Decision::EndCycle => return Err(Trouble::Central(error)),
                Decision::TryAgain => return Ok(Search::Contention(error)),
                Decision::HoldTable => return Ok(Search::TableRefused(one.unit.table.name.clone(), error)),
                Decision::SetAside => still.push(Guilty { error, ..one }),
            },
        }
    }
    Ok(Search::Guilty(still))
}
