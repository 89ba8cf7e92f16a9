//! Records that must go along with a batch although it does not name them.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::Applying;
use super::batch::Batch;
use super::claim::{self, Limits};
use super::identify::identify;
use super::set_aside::Halt;
use crate::db::central_db::Obstacle;
use crate::models::change::Change;
use crate::models::entry::RecordName;

impl Applying<'_> {
    /// Follows what stands in the way of `first`, and of whatever that is, until nothing is left that does not go along:
    /// a parent's parent, the next record of a column that shifts by one. `None` when there are too many of them.
    ///
    /// What is read here of DB_A is a hint: the batch is claimed again, and read from one snapshot. Records go by the
    /// names that DB_B gives them; so the claim learns that it may spell their keys otherwise.
    pub(super) async fn expand(
        &mut self,
        batch: &Batch,
        first: BTreeMap<RecordName, Change>,
        limits: Limits,
    ) -> Result<Option<BTreeSet<RecordName>>, Halt> {
        let made: BTreeSet<&RecordName> = batch.changes.iter().map(|change| &change.record).collect();
        let mut known = BTreeSet::new();
        let (mut frontier, mut bytes) = (first, 0);
        while !frontier.is_empty() {
            bytes += frontier.values().map(Change::bytes).sum::<usize>();
            known.extend(frontier.keys().cloned());
            if known.len() > limits.entries || bytes > limits.bytes {
                return Ok(None);
            }
            let mut obstacles = self.obstacles(frontier.values()).await?;
            identify(self.local, self.mapping, batch, frontier.values(), &mut obstacles)
                .await
                .map_err(Halt::Local)?;
            let outside: BTreeSet<&RecordName> = obstacles
                .iter()
                .flatten()
                .filter_map(Obstacle::record)
                .filter(|record| !made.contains(record) && !known.contains(*record))
                .collect();
            let rejected = self.local.rejected_among(&outside).await.map_err(Halt::Local)?;
            let free = outside.into_iter().filter(|record| !rejected.contains(*record)).collect();
            frontier = claim::read_now(self.local, self.mapping, &free).await.map_err(Halt::Local)?;
        }
        Ok(Some(known))
    }

    async fn obstacles(
        &mut self,
        changes: impl Iterator<Item = &Change>,
    ) -> Result<Vec<Vec<Obstacle>>, Halt> {
        let tables = changes.map(|change| (self.mapping.table(&change.record.table), change));
        let asked: Vec<_> = tables.filter_map(|(table, change)| Some((table?, change))).collect();
        match self.central.obstacles(self.mapping, &asked).await {
            Ok(obstacles) => Ok(obstacles),
            Err(error) => Err(Halt::unanswered(error, asked[0].0)),
        }
    }
}
