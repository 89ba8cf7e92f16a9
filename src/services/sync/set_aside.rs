//! Searches, in one open transaction, the records that DB_B rejects; everything else is applied in passing.
//!
//! Only the failing unit is halved while everything before it stands, so no record is tried without its neighbours.

use super::attempt::Trouble;
use super::failure::{Class, Decision, classify};
use crate::db::DbError;
use crate::db::central_db::{CentralDb, Unit};
use crate::models::change::Change;

/// What the search found.
pub enum Search<'a> {
    /// These changes were rejected; all others are applied in the open transaction.
    Guilty(Vec<Guilty<'a>>),
    /// A whole table was refused; the transaction must be undone.
    TableRefused(String, DbError),
    /// Other transactions stood in the way; the transaction may be gone.
    Contention(DbError),
}

/// A change that DB_B rejected, and why.
pub struct Guilty<'a> {
    /// The change alone.
    pub unit: Unit<'a>,
    /// Why DB_B rejected it.
    pub error: DbError,
}

impl<'a> Guilty<'a> {
    /// Gives the change.
    #[must_use]
    pub fn change(&self) -> &'a Change {
        &self.unit.changes[0]
    }
}

/// Applies all units, less the changes that DB_B rejects.
///
/// # Errors
/// When DB_B cannot be used: then nobody is guilty.
pub async fn search<'a>(central: &mut CentralDb, units: Vec<Unit<'a>>) -> Result<Search<'a>, Trouble> {
    let mut guilty = Vec::new();
    let mut untried: Vec<Unit<'a>> = units;
    untried.reverse();
    while let Some(unit) = untried.pop() {
        let Err(error) = central.try_unit(unit).await else { continue };
        match classify(&error).decision() {
            Decision::EndCycle => return Err(Trouble::Central(error)),
            Decision::TryAgain => return Ok(Search::Contention(error)),
            Decision::HoldTable => return Ok(Search::TableRefused(unit.table.name.clone(), error)),
            Decision::SetAside if unit.changes.len() == 1 => guilty.push(Guilty { unit, error }),
            Decision::SetAside => {
                let (first, second) = unit.changes.split_at(unit.changes.len() / 2);
                untried.push(Unit { changes: second, ..unit });
                untried.push(Unit { changes: first, ..unit });
            }
        }
    }
    try_again_at_the_end(central, guilty).await
}

/// Tries those that other records may have stood in the way of, now that the others are applied,
/// until nothing moves any more.
async fn try_again_at_the_end<'a>(
    central: &mut CentralDb,
    mut guilty: Vec<Guilty<'a>>,
) -> Result<Search<'a>, Trouble> {
    loop {
        let before = guilty.len();
        let mut still = Vec::new();
        for one in guilty {
            if !matches!(classify(&one.error), Class::Dependency | Class::Unique) {
                still.push(one);
                continue;
            }
            match central.try_unit(one.unit).await {
                Ok(()) => {}
                Err(error) => match classify(&error).decision() {
                    Decision::EndCycle => return Err(Trouble::Central(error)),
                    Decision::TryAgain => return Ok(Search::Contention(error)),
                    Decision::SetAside | Decision::HoldTable => still.push(Guilty { error, ..one }),
                },
            }
        }
        guilty = still;
        if guilty.len() == before || guilty.is_empty() {
            return Ok(Search::Guilty(guilty));
        }
    }
}
