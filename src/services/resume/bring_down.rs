//! Writes what DB_B has into DB_A: records that differ, and records that only DB_B has.
//!
//! Each is written in a small transaction, with every constraint of DB_A checked, and only if DB_A still shows what it
//! showed when the record was compared. The capture triggers queue it as they do for every writer; that entry goes up
//! once, changes nothing there, and answers older entries of the record along the way.

use std::collections::BTreeSet;

use super::classify::{Found, classify};
use super::park;
use super::queue::queue;
use super::write::{CHANGED, Refusal, RefusalKind, Target, bytes_of};
use crate::db::catalog::Catalog;
use crate::db::local_db::{Anew, Incoming, Way};
use crate::db::sql::compare::Comparison;
use crate::models::resumption::Refused;
use crate::models::verification::{Difference, Repair};
use crate::services::verify::{Failed, Progress, Sides, walk};

/// Most rows read from DB_B in one go and written in one transaction: short locks, and few bytes even of large rows.
const ROWS_PER_TRANSACTION: usize = 50;

/// Most bytes of rows that are kept because their unique values stand in each other's way. Swaps are few; what is
/// beyond is refused like any other duplicate.
const STUCK_BYTES: usize = 4 << 20;

/// One table on its way from DB_B into DB_A.
pub(super) struct BringDown<'a> {
    target: Target<'a>,
    /// Rows written.
    pub(super) written: u64,
    /// Entries queued for records that only DB_A has.
    pub(super) queued: u64,
    /// Rows that DB_A refused in the last pass.
    refused: Refused,
    stuck: Vec<Incoming>,
    /// Records that were changed in DB_A meanwhile, and are left as they are.
    changed: BTreeSet<String>,
}

impl<'a> BringDown<'a> {
    /// Prepares a table of DB_A; `None` when its catalogue does not describe it.
    pub(super) fn new(comparison: &'a Comparison, local: &Catalog, statement_bytes: usize) -> Option<Self> {
        let name = &comparison.table.name;
        let down = comparison.table.downwards(local.get(name)?);
        let may_park = park::is_unnoticed(local, name);
        Some(Self {
            target: Target { comparison, down, may_park, statement_bytes },
            written: 0,
            queued: 0,
            refused: Refused::of(name),
            stuck: Vec::new(),
            changed: BTreeSet::new(),
        })
    }

    /// Passes once over the table.
    pub(super) async fn pass(
        &mut self,
        sides: &mut Sides<'_>,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<(), Failed> {
        let comparison = self.target.comparison;
        self.refused = Refused::of(&comparison.table.name);
        let step = |rows| progress(Progress::Compared(&comparison.table.name, rows));
        walk(sides, comparison, &step, async |sides: &mut Sides<'_>, suspects| {
            let mut found = classify(sides, comparison, suspects).await?;
            found.retain(|one| !self.changed.contains(&one.record_id));
            let (here, there): (Vec<&Found>, Vec<&Found>) =
                found.iter().partition(|one| one.difference == Difference::OnlyLocal);
            self.queued += queue(sides, &comparison.table.name, &here, Repair::Queue).await?;
            for some in there.chunks(ROWS_PER_TRANSACTION) {
                self.write(sides, some).await?;
            }
            Ok(())
        })
        .await?;
        let stuck = std::mem::take(&mut self.stuck);
        let parked = park::park(&self.target, sides, &stuck).await?;
        self.written += parked.written;
        for (record_id, message) in parked.left {
            self.refused.note(&record_id, &message);
        }
        Ok(())
    }

    /// Tells whether another pass may still write something.
    pub(super) const fn is_unfinished(&self) -> bool {
        self.refused.records > 0
    }

    /// Gives the rows that were not written in the end; `None` when all were.
    pub(super) fn finish(mut self) -> Option<Refused> {
        for record_id in &self.changed {
            self.refused.note(record_id, CHANGED);
        }
        Some(self.refused).filter(|refused| refused.records > 0)
    }

    /// Writes some rows, together if that goes well, else one by one.
    async fn write(&mut self, sides: &mut Sides<'_>, found: &[&Found]) -> Result<(), Failed> {
        let incoming = self.fetch(sides, found).await?;
        let all: Vec<&Incoming> = incoming.iter().collect();
        if all.is_empty() {
            return Ok(());
        }
        if self.target.write(sides, &all, Way::Upsert).await?.is_none() {
            self.written += all.len() as u64;
            return Ok(());
        }
        let mut left = Vec::new();
        for one in &incoming {
            match self.target.write(sides, &[one], Way::Upsert).await? {
                None => self.written += 1,
                Some(refusal) => {
                    left.push(Anew { record_id: &one.row.record_id, entry: None });
                    self.set_aside(one, &refusal);
                }
            }
        }
        // DB_B does not have them as DB_A does, so nothing of them is SYNCED.
        sides.local.queue_anew(&self.target.down.name, &left).await.map_err(Failed::Local)?;
        Ok(())
    }

    async fn fetch(&self, sides: &mut Sides<'_>, found: &[&Found]) -> Result<Vec<Incoming>, Failed> {
        let keys: Vec<Vec<String>> = found.iter().map(|one| one.key.clone()).collect();
        let rows = sides.central.rows(&self.target.down, &keys).await.map_err(Failed::Central)?;
        let incoming = rows.into_iter().filter_map(|row| {
            let one = found.iter().find(|one| one.record_id == row.record_id)?;
            Some(Incoming { row, seen: one.here.clone(), there: one.there.clone()? })
        });
        Ok(incoming.collect())
    }

    /// Keeps a row whose unique values another record has, and counts any other as refused.
    fn set_aside(&mut self, one: &Incoming, refusal: &Refusal) {
        let kept: usize = self.stuck.iter().map(bytes_of).sum();
        let may_park = self.target.may_park && kept + bytes_of(one) < STUCK_BYTES;
        match refusal.kind {
            RefusalKind::Duplicate if may_park => self.stuck.push(one.clone()),
            RefusalKind::ChangedMeanwhile => {
                self.changed.insert(one.row.record_id.clone());
            }
            RefusalKind::Duplicate | RefusalKind::Other => {
                self.refused.note(&one.row.record_id, &refusal.message);
            }
        }
    }
}
