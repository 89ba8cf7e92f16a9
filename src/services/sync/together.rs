//! Changes that stand in each other's way by unique keys that DB_B cannot be asked about: over computed columns, over
//! expressions, over the beginnings of texts. Which record owns such a value no statement tells; but whether some
//! changes can be made together is seen by doing so.

use std::collections::BTreeMap;

use super::coalesce;
use super::failure::{Class, classify};
use super::set_aside::{Blocked, Halt, Rejected, Search};
use crate::db::DbError;
use crate::db::central_db::{Circle, Obstacle};
use crate::db::mapping::TableMapping;
use crate::models::change::Effect;

/// Most bad records that are taken out of one table's changes before the others are judged as well: finding each costs
/// as much as making them all.
const MOST_BAD: usize = 20;

impl<'a> Search<'_, 'a> {
    /// Makes together, table by table, those blocked changes in whose way nothing stands that can be seen; gives back
    /// the others, each with its obstacles.
    pub(super) async fn make_together(
        &mut self,
        blocked: Vec<Blocked<'a>>,
        obstacles: Vec<Vec<Obstacle>>,
    ) -> Result<(Vec<Blocked<'a>>, Vec<Vec<Obstacle>>), Halt> {
        let mut groups: BTreeMap<&str, Vec<(Blocked<'a>, DbError)>> = BTreeMap::new();
        let mut others = (Vec::new(), Vec::new());
        for (mut blocked, obstacles) in blocked.into_iter().zip(obstacles) {
            match blocked.error.take() {
                Some(error) if obstacles.is_empty() && may_wait_unseen(&blocked, &error) => {
                    groups.entry(&blocked.table.name).or_default().push((blocked, error));
                }
                error => {
                    others.0.push(Blocked { error, ..blocked });
                    others.1.push(obstacles);
                }
            }
        }
        for members in groups.into_values() {
            self.make_group(members).await?;
        }
        Ok(others)
    }

    /// Makes changes of one table in one step, less those that are bad whatever the others do.
    async fn make_group(&mut self, mut members: Vec<(Blocked<'a>, DbError)>) -> Result<(), Halt> {
        for _ in 0..=MOST_BAD {
            let Some((first, _)) = members.first() else { return Ok(()) };
            let table = first.table;
            let units = || coalesce::units(self.mapping, members.iter().map(|(member, _)| member.change));
            let circle = Circle { parked: units(), upserts: units(), deletes: Vec::new() };
            let Err(error) = self.central.try_circle(&circle).await else { return Ok(()) };
            Halt::or_rejection(error, table)?;
            let bad = match self.central.find_bad_in(&circle).await {
                Ok(bad) => bad,
                Err(error) => Halt::or_rejection(error, table).map(|_| None)?,
            };
            let Some((position, error)) = bad else { break };
            let error = Halt::or_rejection(error, table)?;
            let (member, _) = members.remove(position);
            self.found.rejected.push(Rejected { change: member.change, error });
        }
        let rejected = |(member, error): (Blocked<'a>, DbError)| Rejected { change: member.change, error };
        self.found.rejected.extend(members.into_iter().map(rejected));
        Ok(())
    }
}

/// Tells whether an upsert may have been rejected for the sake of another one, although nothing is seen in its way.
fn may_wait_unseen(blocked: &Blocked<'_>, error: &DbError) -> bool {
    classify(error) == Class::Unique
        && matches!(blocked.change.effect, Effect::Upsert(_))
        && blocked.table.may_be_parked
        && has_unseen_key(blocked.table)
}

/// Tells whether DB_B has a unique key in this table whose values are not among those that are carried.
fn has_unseen_key(table: &TableMapping) -> bool {
    let is_carried = |name: &String| table.columns.iter().any(|column| column.name == *name);
    table.unique_keys.iter().any(|key| !key.compares_whole_columns || !key.columns.iter().all(is_carried))
}
