//! Makes changes that stand in each other's way: in the order in which each comes free, and circles as one.

use std::collections::{BTreeMap, BTreeSet};

use super::coalesce;
use super::identify::identify;
use super::plan::plan;
use super::set_aside::{Blocked, Halt, Rejected, Search, Stuck};
use crate::db::central_db::{Circle, Obstacle, Unit};
use crate::db::mapping::{Mapping, TableMapping};
use crate::models::change::{Change, Effect};
use crate::models::entry::RecordName;

impl<'a> Search<'_, 'a> {
    /// Makes the blocked changes in the order in which they come free, until nothing moves any more.
    pub(super) async fn untangle(&mut self) -> Result<(), Halt> {
        let mut before = usize::MAX;
        while !self.blocked.is_empty() {
            let obstacles = self.obstacles().await?;
            let blocked = std::mem::take(&mut self.blocked);
            let (waits_for, is_stuck) = Self::waits_for(&blocked, &obstacles);
            let plan = plan(&waits_for, &is_stuck);
            if plan.steps.is_empty() || blocked.len() >= before {
                let (blocked, obstacles) = self.make_together(blocked, obstacles).await?;
                self.give_up(blocked, obstacles);
                return Ok(());
            }
            before = blocked.len();
            let steps = plan.steps;
            let mut blocked: Vec<Option<(Blocked<'a>, Vec<Obstacle>)>> =
                blocked.into_iter().zip(obstacles).map(Some).collect();
            let mut free = Stretches::default();
            for step in steps {
                let members: Vec<_> =
                    step.changes.iter().filter_map(|&index| blocked[index].take()).collect();
                let is_in_its_own_way = waits_for[step.changes[0]].contains(&step.changes[0]);
                if let [(single, _)] = members.as_slice()
                    && !is_in_its_own_way
                {
                    free.push(single.change, step.level);
                } else {
                    self.make(std::mem::take(&mut free).units(self.mapping)).await?;
                    self.make_circle(members).await?;
                }
            }
            self.make(free.units(self.mapping)).await?;
            self.blocked.extend(blocked.into_iter().flatten().map(|(stuck, _)| stuck));
        }
        Ok(())
    }

    /// Asks DB_B what stands in the way of each blocked change.
    async fn obstacles(&mut self) -> Result<Vec<Vec<Obstacle>>, Halt> {
        let changes: Vec<_> = self.blocked.iter().map(|blocked| (blocked.table, blocked.change)).collect();
        let mut obstacles = match self.central.obstacles(self.mapping, &changes).await {
            Ok(obstacles) => obstacles,
            Err(error) => return Err(Halt::unanswered(error, changes[0].0)),
        };
        let changes = changes.into_iter().map(|(_, change)| change);
        identify(self.local, self.mapping, self.batch, changes, &mut obstacles).await.map_err(Halt::Local)?;
        Ok(obstacles)
    }

    /// Tells which blocked changes wait for which others, and whether for anything else.
    fn waits_for(blocked: &[Blocked<'a>], obstacles: &[Vec<Obstacle>]) -> (Vec<Vec<usize>>, Vec<bool>) {
        let positions: BTreeMap<&RecordName, usize> =
            blocked.iter().map(|blocked| &blocked.change.record).zip(0..).collect();
        let position = |obstacle: &Obstacle| positions.get(obstacle.record()?).copied();
        let waits_for = obstacles.iter().map(|all| all.iter().filter_map(position).collect()).collect();
        let is_stuck = obstacles.iter().map(|all| all.iter().any(|one| position(one).is_none())).collect();
        (waits_for, is_stuck)
    }

    /// Makes changes that can only be made together, or finds the one that is bad among them.
    async fn make_circle(&mut self, members: Vec<(Blocked<'a>, Vec<Obstacle>)>) -> Result<(), Halt> {
        let table = members[0].0.table;
        let Some(circle) = self.circle(&members) else {
            self.give_up_circle(members);
            return Ok(());
        };
        let Err(error) = self.central.try_circle(&circle).await else { return Ok(()) };
        Halt::or_rejection(error, table)?;
        match self.central.find_bad_in(&circle).await {
            Ok(None) => self.give_up_circle(members),
            Ok(Some((position, error))) => {
                let error = Halt::or_rejection(error, table)?;
                let bad = circle.upserts.iter().flat_map(|unit| &unit.changes).nth(position).copied();
                let others = members.into_iter().map(|(member, _)| member);
                self.blocked.extend(
                    others.filter(|member| Some(&member.change.record) != bad.map(|bad| &bad.record)),
                );
                self.found.rejected.extend(bad.map(|change| Rejected { change, error }));
            }
            Err(error) => {
                Halt::or_rejection(error, table)?;
                self.give_up_circle(members);
            }
        }
        Ok(())
    }

    /// Prepares a circle; `None` where DB_B would notice that rows are deleted and inserted again, or where a foreign
    /// key refers to other columns than the primary key, which no statement could prove afterwards.
    fn circle(&self, members: &[(Blocked<'a>, Vec<Obstacle>)]) -> Option<Circle<'a>> {
        let owners: BTreeSet<&RecordName> = members
            .iter()
            .flat_map(|(_, obstacles)| obstacles)
            .filter(|obstacle| matches!(obstacle, Obstacle::Owner(_)))
            .filter_map(Obstacle::record)
            .collect();
        let is_plain = |table: &TableMapping| {
            table.references.iter().all(|reference| table.is_primary_key(&reference.key.parent_columns))
        };
        let is_upsert = |member: &Blocked<'a>| matches!(member.change.effect, Effect::Upsert(_));
        let is_parked = |member: &Blocked<'a>| is_upsert(member) && owners.contains(&member.change.record);
        let may_be_made = |member: &Blocked<'a>| {
            is_plain(member.table) && (!is_parked(member) || member.table.may_be_parked)
        };
        if !members.iter().all(|(member, _)| may_be_made(member)) {
            return None;
        }
        let units = |wanted: &dyn Fn(&Blocked<'a>) -> bool| {
            let changes =
                members.iter().filter(|(member, _)| wanted(member)).map(|(member, _)| member.change);
            coalesce::units(self.mapping, changes)
        };
        Some(Circle {
            parked: units(&is_parked),
            upserts: units(&is_upsert),
            deletes: units(&|member| !is_upsert(member)),
        })
    }

    fn give_up_circle(&mut self, members: Vec<(Blocked<'a>, Vec<Obstacle>)>) {
        let stuck = |(member, obstacles): (Blocked<'a>, _)| Stuck {
            change: member.change,
            obstacles,
            is_circle: true,
        };
        self.found.stuck.extend(members.into_iter().map(stuck));
    }

    fn give_up(&mut self, blocked: Vec<Blocked<'a>>, obstacles: Vec<Vec<Obstacle>>) {
        for (blocked, obstacles) in blocked.into_iter().zip(obstacles) {
            match blocked.error {
                Some(error) if obstacles.is_empty() => {
                    self.found.rejected.push(Rejected { change: blocked.change, error });
                }
                Some(_) | None => {
                    let is_circle = obstacles.is_empty();
                    self.found.stuck.push(Stuck { change: blocked.change, obstacles, is_circle });
                }
            }
        }
    }
}

/// Changes that come free one after the other. Rows of one insert are made in their order, those of one delete are
/// not: a stretch ends where a delete begins that waits for one before it.
#[derive(Default)]
struct Stretches<'a> {
    all: Vec<Vec<&'a Change>>,
    level: usize,
}

impl<'a> Stretches<'a> {
    fn push(&mut self, change: &'a Change, level: usize) {
        let is_delete = matches!(change.effect, Effect::Delete(_));
        match self.all.last_mut() {
            Some(last) if !is_delete || level == self.level => last.push(change),
            Some(_) | None => self.all.push(vec![change]),
        }
        self.level = level;
    }

    fn units(self, mapping: &'a Mapping) -> Vec<Unit<'a>> {
        self.all.into_iter().flat_map(|stretch| coalesce::units(mapping, stretch)).collect()
    }
}
