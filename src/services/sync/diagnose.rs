//! Decides about each rejected record: judged itself, held by a named other one, or in need of a neighbour.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::Applying;
use super::attempt::Trouble;
use super::claim::Batch;
use super::failure::{Class, classify, remedy};
use super::guilty::Guilty;
use crate::db::DbError;
use crate::db::mapping::TableMapping;
use crate::models::change::{Change, Effect};
use crate::models::entry::RecordName;
use crate::models::setback::{Setback, Verdict};
use crate::utils::backoff;

/// What follows from all rejected records of a batch.
#[derive(Debug, Default)]
pub struct Findings {
    /// What is set aside.
    pub setbacks: Vec<Setback>,
    /// Records that must go along, so that the batch is claimed again.
    pub neighbours: BTreeSet<RecordName>,
}

/// What stands in the way of a change.
enum Obstacle {
    /// Nothing but the change itself.
    Itself,
    /// A record that is set aside from this very batch, or waits itself.
    Record(RecordName),
    /// A record that is not in this batch and stands differently in DB_A: it must go along.
    Neighbour(RecordName),
}

impl Applying<'_> {
    /// Decides about each rejected record, looking at both sides.
    pub(super) async fn diagnose(
        &mut self,
        batch: &Batch,
        guilty: Vec<Guilty<'_>>,
    ) -> Result<Findings, Trouble> {
        let mut findings = Findings::default();
        let aside: BTreeSet<&RecordName> = guilty.iter().map(|one| &one.change().record).collect();
        for one in &guilty {
            let obstacle = self.obstacle(batch, &aside, one).await?;
            let setback = match obstacle {
                // Beyond the bound the change waits for its neighbour, which goes by itself later in the same cycle.
                Obstacle::Neighbour(other) if findings.neighbours.len() < self.most_neighbours => {
                    findings.neighbours.insert(other);
                    continue;
                }
                Obstacle::Neighbour(other) => self.setback(batch, one, Obstacle::Record(other)),
                Obstacle::Itself | Obstacle::Record(_) => self.setback(batch, one, obstacle),
            };
            findings.setbacks.extend(batch.for_each_spelling(setback));
        }
        Ok(findings)
    }

    async fn obstacle(
        &mut self,
        batch: &Batch,
        aside: &BTreeSet<&RecordName>,
        guilty: &Guilty<'_>,
    ) -> Result<Obstacle, Trouble> {
        let table = guilty.unit.table;
        let blocker = match (classify(&guilty.error), &guilty.change().effect) {
            (Class::Dependency, Effect::Upsert(row)) => {
                return self.missing_parent(batch, aside, table, row).await;
            }
            (Class::Unique, Effect::Upsert(row)) => self.central.owner_of_unique_value(table, row).await,
            (Class::Dependency, Effect::Delete(key)) => self.referring_child(table, key).await,
            (_, _) => Ok(None),
        };
        match blocker.map_err(Trouble::Central)? {
            // DB_B may still spell a key as DB_A once did.
            Some(record) => self.will_it_move(batch, aside, batch.present(&record).clone()).await,
            None => Ok(Obstacle::Itself),
        }
    }

    /// Finds the parent that DB_B lacks, by DB_B's foreign keys.
    async fn missing_parent(
        &mut self,
        batch: &Batch,
        aside: &BTreeSet<&RecordName>,
        table: &TableMapping,
        row: &[String],
    ) -> Result<Obstacle, Trouble> {
        for key in &table.foreign_keys {
            let Some(values) = table.pick(row, &key.columns) else { continue };
            if values.contains(&"null")
                || self.central.has_parent(key, &values).await.map_err(Trouble::Central)?
            {
                continue;
            }
            // Only a parent named by its primary key can be found in DB_A and in the queue.
            let Some(parent_table) = self.mapping.table(&key.parent_table) else {
                if self.mapping.problems.contains_key(&key.parent_table) {
                    // The parent waits until its table is mended, and so does its child.
                    let record_id = values.join(",");
                    return Ok(Obstacle::Record(RecordName { table: key.parent_table.clone(), record_id }));
                }
                continue;
            };
            if !parent_table.key_names().eq(key.parent_columns.iter().map(String::as_str)) {
                continue;
            }
            let key_values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
            let in_local = self.local.rows(parent_table, &[key_values]).await.map_err(Trouble::Local)?;
            let Some(parent) = in_local.into_iter().next() else { continue };
            let record = RecordName { table: key.parent_table.clone(), record_id: parent.record_id };
            let waits = self.local.is_rejected(&record).await.map_err(Trouble::Local)?;
            if aside.contains(&record) || waits {
                return Ok(Obstacle::Record(record));
            }
            if !batch.changes.iter().any(|change| change.record == record) {
                return Ok(Obstacle::Neighbour(record));
            }
        }
        Ok(Obstacle::Itself)
    }

    /// Finds a record of DB_B that still refers to the one to be deleted.
    async fn referring_child(
        &mut self,
        table: &TableMapping,
        key_values: &[String],
    ) -> Result<Option<RecordName>, DbError> {
        let by_name: BTreeMap<&str, &str> =
            table.key_names().zip(key_values.iter().map(String::as_str)).collect();
        for child in &self.mapping.tables {
            for key in child.foreign_keys.iter().filter(|key| key.parent_table == table.name) {
                let values: Option<Vec<&str>> =
                    key.parent_columns.iter().map(|column| by_name.get(column.as_str()).copied()).collect();
                let Some(values) = values else { continue };
                if let Some(record) = self.central.child_of(child, key, &values).await? {
                    return Ok(Some(record));
                }
            }
        }
        Ok(None)
    }

    /// Tells whether a record of DB_B that stands in the way will move. One that takes part in this batch and stands
    /// in the way all the same never will; nor will one that exists only in DB_B, which is never deleted unasked.
    async fn will_it_move(
        &mut self,
        batch: &Batch,
        aside: &BTreeSet<&RecordName>,
        record: RecordName,
    ) -> Result<Obstacle, Trouble> {
        if aside.contains(&record) || self.local.is_rejected(&record).await.map_err(Trouble::Local)? {
            return Ok(Obstacle::Record(record));
        }
        if batch.changes.iter().any(|change| change.record == record) {
            return Ok(Obstacle::Itself);
        }
        let has_entry = self.local.has_open_entry(&record).await.map_err(Trouble::Local)?;
        if has_entry || self.exists_in_local(&record).await? {
            return Ok(Obstacle::Neighbour(record));
        }
        Ok(Obstacle::Itself)
    }

    async fn exists_in_local(&mut self, record: &RecordName) -> Result<bool, Trouble> {
        let Some(table) = self.mapping.table(&record.table) else { return Ok(false) };
        let Ok(key) = table.key_literals(&record.record_id) else { return Ok(false) };
        Ok(!self.local.rows(table, &[key]).await.map_err(Trouble::Local)?.is_empty())
    }

    fn setback(&self, batch: &Batch, guilty: &Guilty<'_>, obstacle: Obstacle) -> Setback {
        let Change { record, .. } = guilty.change();
        let past = batch.past(record);
        let class = classify(&guilty.error);
        let held_by = match obstacle {
            Obstacle::Record(other) => Some(other),
            Obstacle::Itself | Obstacle::Neighbour(_) => None,
        };
        Setback {
            record: record.clone(),
            entries: batch.ids_of(record),
            class: class.as_str(),
            code: guilty.error.code(),
            message: match &held_by {
                Some(other) => format!("waits for {other}: {}", guilty.error),
                None => guilty.error.to_string(),
            },
            remedy: match &held_by {
                Some(other) => {
                    format!("nothing, unless {other} itself is stuck: it goes by itself after that record")
                }
                None => remedy(&guilty.error),
            },
            verdict: match held_by {
                Some(waits_for) => {
                    Verdict::Held { waits_for, attempts: past.map_or(0, |past| past.attempts) }
                }
                None => judge(
                    past.filter(|past| !past.is_failed).map_or(0, |past| past.attempts),
                    self.max_retries,
                ),
            },
        }
    }
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
