//! Searches, in one open transaction, the changes that DB_B does not take; everything else is made in passing.
//!
//! Units are applied one after the other. One that is rejected has done nothing, and everything before it stands. If its
//! records are in another's way, DB_B is asked which, for all of them at once: those that are free go on, the
//! others are *blocked* until the end, and then made in the order in which each comes free, circles as one.
//! A unit that is rejected for any other reason is taken apart: single changes go many to a packet. MariaDB is told to go on
//! after one that fails; MySQL stops there, which tells which it was, and costs one round trip for each bad record.

use std::collections::VecDeque;

use super::batch::Batch;
use super::coalesce;
use super::failure::{Decision, classify};
use crate::db::DbError;
use crate::db::central_db::{CentralDb, Obstacle, Unit};
use crate::db::local_db::LocalDb;
use crate::db::mapping::{Mapping, TableMapping};
use crate::models::change::Change;

/// Most units in one packet.
const MOST_UNITS: usize = 2_000;

/// What the search found; all other changes are made in the open transaction.
#[derive(Debug, Default)]
pub struct Found<'a> {
    /// Changes that are not acceptable in themselves.
    pub rejected: Vec<Rejected<'a>>,
    /// Changes in whose way something stands.
    pub stuck: Vec<Stuck<'a>>,
}

/// A change that is not acceptable in itself.
#[derive(Debug)]
pub struct Rejected<'a> {
    /// The change.
    pub change: &'a Change,
    /// Why DB_B rejected it.
    pub error: DbError,
}

/// A change in whose way something stands.
#[derive(Debug)]
pub struct Stuck<'a> {
    /// The change.
    pub change: &'a Change,
    /// What stands in its way; at least one obstacle.
    pub obstacles: Vec<Obstacle>,
    /// Whether it belongs to a circle that could not be made as one.
    pub is_circle: bool,
}

/// Why a search was broken off; then nobody is judged.
#[derive(Debug)]
pub enum Halt {
    /// DB_B cannot be used.
    Central(DbError),
    /// DB_A failed.
    Local(DbError),
    /// A whole table was refused; the transaction must be undone.
    TableRefused(String, DbError),
    /// Other transactions stood in the way; the transaction may be gone.
    Contention(DbError),
}

impl Halt {
    /// Tells whether an error that came up at a table ends the search; gives it back if not.
    pub(super) fn or_rejection(error: DbError, table: &TableMapping) -> Result<DbError, Self> {
        match classify(&error).decision() {
            Decision::EndCycle => Err(Self::Central(error)),
            Decision::TryAgain => Err(Self::Contention(error)),
            Decision::HoldTable => Err(Self::TableRefused(table.name.clone(), error)),
            Decision::SetAside => Ok(error),
        }
    }

    /// Tells what follows when a mere question about a table was not answered.
    pub(super) fn unanswered(error: DbError, table: &TableMapping) -> Self {
        Self::or_rejection(error, table).map_or_else(|halt| halt, Self::Central)
    }
}

/// Makes all changes of the batch, less those that DB_B does not take.
///
/// # Errors
/// When the search was broken off.
pub async fn search<'a>(
    local: &mut LocalDb,
    central: &mut CentralDb,
    mapping: &'a Mapping,
    batch: &'a Batch,
) -> Result<Found<'a>, Halt> {
    let mut search = Search {
        local,
        central,
        mapping,
        batch,
        found: Found::default(),
        blocked: Vec::new(),
        most_units: MOST_UNITS,
    };
    search.make(coalesce::units(mapping, &batch.changes)).await?;
    search.untangle().await?;
    Ok(search.found)
}

/// A search under way.
pub(super) struct Search<'s, 'a> {
    pub(super) local: &'s mut LocalDb,
    pub(super) central: &'s mut CentralDb,
    pub(super) mapping: &'a Mapping,
    pub(super) batch: &'a Batch,
    pub(super) found: Found<'a>,
    pub(super) blocked: Vec<Blocked<'a>>,
    /// How many units go in the next packet: few where rejections are frequent, since what stands behind one
    /// is sent again.
    most_units: usize,
}

/// A change that waits for another one.
pub(super) struct Blocked<'a> {
    pub(super) table: &'a TableMapping,
    pub(super) change: &'a Change,
    /// Why DB_B rejected it, if it was tried by itself.
    pub(super) error: Option<DbError>,
}

impl<'a> Search<'_, 'a> {
    /// Makes the changes of the units, in this order.
    pub(super) async fn make(&mut self, units: Vec<Unit<'a>>) -> Result<(), Halt> {
        let mut rest = VecDeque::from(units);
        while !rest.is_empty() {
            let singles = self.central.can_try_each(rest.iter());
            if singles > 1 {
                let units: Vec<Unit<'a>> = rest.drain(..singles).collect();
                self.make_each(&units).await?;
                continue;
            }
            let count = self.most_units.min(rest.len());
            let tried = self.central.try_units(&rest.make_contiguous()[..count]).await;
            rest.drain(..tried.applied);
            self.most_units = match tried.rejected {
                None => (self.most_units * 4).min(MOST_UNITS),
                Some(_) => ((tried.applied + 1) * 2).min(MOST_UNITS),
            };
            if let Some(error) = tried.rejected
                && let Some(unit) = rest.pop_front()
            {
                let error = Halt::or_rejection(error, unit.table)?;
                for part in self.take_apart(unit, error).await?.into_iter().rev() {
                    rest.push_front(part);
                }
            }
        }
        Ok(())
    }

    /// Makes single changes, where DB_B can go on after one that it rejects.
    async fn make_each(&mut self, units: &[Unit<'a>]) -> Result<(), Halt> {
        let rejected = self.central.try_each(units).await;
        let rejected = rejected.map_err(|error| Halt::unanswered(error, units[0].table))?;
        for (position, error) in rejected {
            let Some(unit) = units.get(position) else { continue };
            let error = Halt::or_rejection(error, unit.table)?;
            self.set_aside(unit.table, unit.changes[0], error);
        }
        Ok(())
    }

    fn set_aside(&mut self, table: &'a TableMapping, change: &'a Change, error: DbError) {
        if classify(&error).is_about_others() {
            self.blocked.push(Blocked { table, change, error: Some(error) });
        } else {
            self.found.rejected.push(Rejected { change, error });
        }
    }

    /// Sets a rejected change aside, or tells which smaller units are to be tried in place of a rejected one.
    async fn take_apart(&mut self, unit: Unit<'a>, error: DbError) -> Result<Vec<Unit<'a>>, Halt> {
        let waits_for_others = classify(&error).is_about_others();
        if let [change] = unit.changes[..] {
            self.set_aside(unit.table, change, error);
            return Ok(Vec::new());
        }
        if !waits_for_others {
            return Ok(unit.singles().collect());
        }
        let obstacles = match self.central.obstacles_of(self.mapping, &unit).await {
            Ok(obstacles) => obstacles,
            Err(error) => return Err(Halt::unanswered(error, unit.table)),
        };
        let all = unit.changes.iter().copied().zip(obstacles);
        let (free, blocked): (Vec<_>, Vec<_>) = all.partition(|(_, obstacles)| obstacles.is_empty());
        if blocked.is_empty() {
            // What stands in the way is in the unit itself, or nothing that can be seen.
            return Ok(unit.singles().collect());
        }
        let table = unit.table;
        self.blocked.extend(blocked.into_iter().map(|(change, _)| Blocked { table, change, error: None }));
        let free: Vec<&Change> = free.into_iter().map(|(change, _)| change).collect();
        Ok(if free.is_empty() { Vec::new() } else { vec![Unit { table, changes: free }] })
    }
}
