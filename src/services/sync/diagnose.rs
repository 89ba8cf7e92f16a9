//! Decides about each change that DB_B did not take: judged, held by a named other record, or in need of a neighbour.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::Applying;
use super::batch::Batch;
use super::claim;
use super::reason::Reason;
use super::set_aside::{Found, Halt, Stuck};
use crate::db::central_db::Obstacle;
use crate::db::local_db::QueueEntry;
use crate::models::change::Change;
use crate::models::entry::RecordName;
use crate::models::setback::{Setback, Verdict};
use crate::utils::backoff;

/// Most children that go along with the deletion of their parent; more than that are looked for.
const FEW_CHILDREN: usize = 1_000;

/// What follows from all changes that were not taken.
#[derive(Debug, Default)]
pub struct Findings {
    /// What is set aside.
    pub setbacks: Vec<Setback>,
    /// Changes of records that must go along, so that the batch is claimed again.
    pub neighbours: BTreeMap<RecordName, Change>,
    /// Whether a record in whose way something stands has changed since it was read: perhaps nothing does any more.
    pub is_outdated: bool,
}

/// How the records stand that may be in the way.
#[derive(Debug, Default)]
struct Surroundings<'a> {
    /// Those that the batch changes.
    made: BTreeSet<&'a RecordName>,
    /// Those of them that were not taken.
    aside: BTreeSet<&'a RecordName>,
    /// Others that were rejected before, and are not due.
    rejected: BTreeSet<RecordName>,
    /// Others that have a row in DB_A, or an entry that deletes them: they can be made to move.
    movable: BTreeMap<RecordName, Change>,
}

/// What follows from what stands in a change's way.
enum Way {
    /// It will not go away by itself.
    Blocked(Reason),
    /// It goes away with a record that waits or was rejected itself.
    Held(RecordName),
    /// It goes away if these records go along.
    Neighbours(Vec<RecordName>),
}

impl Applying<'_> {
    /// Decides about each change that was not taken, looking at both sides.
    pub(super) async fn diagnose(&mut self, batch: &Batch, found: &Found<'_>) -> Result<Findings, Halt> {
        let surroundings = self.look_around(batch, found).await?;
        let mut findings = Findings::default();
        let mut blocked = Vec::new();
        for rejected in &found.rejected {
            findings.setbacks.extend(self.judged(batch, rejected.change, Reason::of_error(&rejected.error)));
        }
        for stuck in &found.stuck {
            match self.way(&surroundings, stuck) {
                Way::Blocked(reason) => {
                    blocked.push(&stuck.change.record);
                    findings.setbacks.extend(self.judged(batch, stuck.change, reason));
                }
                Way::Held(other) => findings.setbacks.extend(self.held(batch, stuck.change, other)),
                Way::Neighbours(others) => {
                    let named = |other: &RecordName| {
                        surroundings.movable.get(other).map(|change| (other.clone(), change.clone()))
                    };
                    findings.neighbours.extend(others.iter().filter_map(named));
                    // What it waits for if they cannot go along after all.
                    let first = others.into_iter().next();
                    findings
                        .setbacks
                        .extend(first.into_iter().flat_map(|other| self.held(batch, stuck.change, other)));
                }
            }
        }
        // Whoever writes faster than the batch is claimed is judged all the same.
        findings.is_outdated = self.neighbours.is_some() && self.have_changed(batch, &blocked).await?;
        Ok(findings)
    }

    /// Tells whether any of these records of the batch has an open entry that the batch does not name. What stands in their
    /// way was asked now, and their rows were read before: perhaps while another batch was applied.
    async fn have_changed(&mut self, batch: &Batch, records: &[&RecordName]) -> Result<bool, Halt> {
        for table in &self.mapping.tables {
            let of_table = records.iter().filter(|record| *record.table == table.name);
            let ids: Vec<&str> = of_table.map(|record| &*record.record_id).collect();
            let most = ids.len() + batch.entries.values().map(Vec::len).sum::<usize>();
            let open = self.local.open_entries_of(&table.name, &ids, most).await.map_err(Halt::Local)?;
            let is_named = |entry: &QueueEntry| {
                let named = batch.entries.get(batch.present(&entry.record));
                named.is_some_and(|named| named.iter().any(|one| one.id == entry.id))
            };
            if open.iter().any(|entry| !is_named(entry)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Asks DB_A about all obstacles that the batch does not change.
    async fn look_around<'a>(
        &mut self,
        batch: &'a Batch,
        found: &'a Found<'_>,
    ) -> Result<Surroundings<'a>, Halt> {
        let made: BTreeSet<&RecordName> = batch.changes.iter().map(|change| &change.record).collect();
        let rejected = found.rejected.iter().map(|one| &one.change.record);
        let aside = rejected.chain(found.stuck.iter().map(|one| &one.change.record)).collect();
        let obstacles = found.stuck.iter().flat_map(|one| &one.obstacles);
        let outside: BTreeSet<&RecordName> =
            obstacles.filter_map(Obstacle::record).filter(|record| !made.contains(record)).collect();
        let rejected = self.local.rejected_among(&outside).await.map_err(Halt::Local)?;
        let movable = claim::read_now(self.local, self.mapping, &outside).await.map_err(Halt::Local)?;
        Ok(Surroundings { made, aside, rejected, movable })
    }

    /// Decides about one change: what never goes away weighs most, then what must go away before.
    fn way(&self, surroundings: &Surroundings<'_>, stuck: &Stuck<'_>) -> Way {
        if stuck.is_circle {
            return Way::Blocked(Reason::of_circle(&stuck.obstacles));
        }
        let (mut held, mut neighbours) = (None, Vec::new());
        for obstacle in &stuck.obstacles {
            let Some(record) = obstacle.record() else {
                match self.held_table(obstacle) {
                    Some(record) => held = held.or(Some(record)),
                    None => return Way::Blocked(Reason::of_obstacle(obstacle)),
                }
                continue;
            };
            if *record == stuck.change.record {
                // It only gets out of its own way once the others have.
                continue;
            }
            if surroundings.rejected.contains(record) {
                // It is named before those that wait themselves.
                held = Some(record.clone());
            } else if surroundings.aside.contains(record) {
                held = held.or_else(|| Some(record.clone()));
            } else if surroundings.made.contains(record) || !surroundings.movable.contains_key(record) {
                return Way::Blocked(Reason::of_obstacle(obstacle));
            } else {
                neighbours.push(record.clone());
            }
        }
        if neighbours.len() > FEW_CHILDREN {
            // They go by themselves before it; if they wait for it themselves, they take it along.
            held = held.or_else(|| neighbours.pop());
        }
        match held {
            Some(record) => Way::Held(record),
            None if neighbours.is_empty() => Way::Blocked(Reason::of_circle(&stuck.obstacles)),
            None => Way::Neighbours(neighbours),
        }
    }

    /// Names a parent or a child whose whole table waits to be mended: what it blocks waits with it.
    fn held_table(&self, obstacle: &Obstacle) -> Option<RecordName> {
        let (table, record_id) = match obstacle {
            Obstacle::Parent(parent) => (&parent.table, parent.values.join(",")),
            // Which of its rows they are, the mapping of a held table does not tell.
            Obstacle::ForeignChild(table) => (table, Reason::ANY_ROW.to_owned()),
            Obstacle::Owner(_) | Obstacle::Child(_) | Obstacle::Spelling(_) => return None,
        };
        self.mapping
            .problems
            .contains_key(table)
            .then(|| RecordName { table: table.as_str().into(), record_id: record_id.into() })
    }

    /// Counts one more attempt of a change that is not acceptable.
    fn judged(&self, batch: &Batch, change: &Change, reason: Reason) -> Vec<Setback> {
        let past = batch.past(&change.record).filter(|past| !past.is_failed);
        let verdict = judge(past.map_or(0, |past| past.attempts), self.max_retries);
        setbacks(batch, change, reason, verdict)
    }

    /// Lets a change wait for a record, or for the table of that record to be mended.
    fn held(&self, batch: &Batch, change: &Change, waits_for: RecordName) -> Vec<Setback> {
        let attempts = batch.past(&change.record).map_or(0, |past| past.attempts);
        let reason = if self.mapping.problems.contains_key(&*waits_for.table) {
            Reason::of_waiting_for_table(&waits_for)
        } else {
            Reason::of_waiting(&waits_for)
        };
        setbacks(batch, change, reason, Verdict::Held { waits_for, attempts })
    }
}

fn setbacks(batch: &Batch, change: &Change, reason: Reason, verdict: Verdict) -> Vec<Setback> {
    let Reason { class, code, message, remedy } = reason;
    let entries = batch.ids_of(&change.record);
    batch.for_each_spelling(Setback {
        record: change.record.clone(),
        entries,
        class,
        code,
        message,
        remedy,
        verdict,
    })
}

/// Counts one more judged attempt; a newer change to a FAILED record has begun to count anew.
pub(super) fn judge(attempts_before: u32, max_retries: u32) -> Verdict {
    let attempts = attempts_before.saturating_add(1);
    if attempts >= max_retries {
        return Verdict::Failed { attempts };
    }
    Verdict::Waits { attempts, seconds: backoff::delay(attempts).as_secs() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_fails_at_its_last_attempt_and_waits_before() {
        assert_eq!(judge(0, 5), Verdict::Waits { attempts: 1, seconds: 30 });
        assert_eq!(judge(3, 5), Verdict::Waits { attempts: 4, seconds: 240 });
        assert_eq!(judge(4, 5), Verdict::Failed { attempts: 5 });
        assert_eq!(judge(0, 1), Verdict::Failed { attempts: 1 });
    }
}
