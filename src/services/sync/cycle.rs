//! One cycle: carries everything that was due in its first snapshot.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::watch;

use super::attempt::{Cause, Committed};
use super::batch::Batch;
use super::gate::Gate;
use super::interruption::Interruption;
use super::lines::Lines;
use super::pacing::Pacing;
use super::page::Page;
use super::reach::Reach;
use super::settle::{self, Chain};
use crate::config::Settings;
use crate::db::DbError;
use crate::db::local_db::{LocalDb, Window};
use crate::db::mapping::Mapping;
use crate::models::change::Effect;
use crate::models::cycle::CycleReport;
use crate::models::entry::RecordName;
use crate::models::entry_ids::EntryIds;
use crate::models::intent::Intent;
use crate::models::setback::{Setback, Verdict};
use crate::models::site_status::{FirstLook, SiteStatus};

/// Most passes over the entries of one cycle; each but the first is made only for held records.
const MOST_PASSES: u32 = 20;

/// Most times in a row that one batch is claimed again before DB_B counts as unusable.
pub(super) const MOST_CLAIMS_OF_A_BATCH: u32 = 10;

/// A cycle under way.
pub struct Cycle<'a> {
    /// DB_A, on the connection that holds the cycle's lock.
    pub local: &'a mut LocalDb,
    /// DB_B.
    pub lines: &'a mut Lines,
    /// The settings of this process.
    pub settings: &'a Settings,
    /// Whether the cycle may go on.
    pub gate: &'a Gate,
    /// How large batches may be on this link.
    pub pacing: &'a Pacing,
    /// Where whoever watches is told how many entries are done with.
    pub done: &'a watch::Sender<u64>,
    /// How tables are carried.
    pub mapping: Arc<Mapping>,
    /// Where the chain of tokens stands.
    pub chain: Chain,
    /// How far batches reach for records that they do not name.
    pub reach: Reach,
    /// The batch that DB_B has committed and DB_A has not acknowledged yet, while the next one is under way.
    pub applied: Option<Committed>,
    /// A second connection to DB_A, which reads the next batch while one is applied; opened when there is one.
    pub reader: Option<LocalDb>,
    /// The first look and the entries it showed, if they were read before.
    pub read_ahead: Option<(FirstLook, Page)>,
    /// The first look, once it was taken.
    pub first: Option<FirstLook>,
    /// What DB_B was told of how far the site has come, if the last batch told it.
    pub told: Option<SiteStatus>,
    /// What was done so far.
    pub report: CycleReport,
}

impl Cycle<'_> {
    /// Drains what the first look shows: passes over those entries, and again while held records may have come free.
    ///
    /// What holds a record mostly stands further on in the queue. So the batches that left something behind are
    /// visited again from the last to the first: a chain through all of them comes free in one pass.
    pub(super) async fn drain(&mut self) -> Result<FirstLook, Interruption> {
        let (first, page) = match self.read_ahead.take() {
            Some((first, page)) => (first, Some(page)),
            None => (self.local.first_look().await?, None),
        };
        self.first = Some(first.clone());
        let Some(newest) = first.newest else { return Ok(first) };
        self.lines.open_for(first.batches_of(self.settings.batch_size));
        let everything = Window { after: 0, up_to: newest };
        let (mut windows, mut page) = (vec![everything], page);
        for _ in 0..MOST_PASSES {
            let synced_before = self.report.entries_synced;
            let mut left_behind = Vec::new();
            for window in windows {
                self.pass(window, page.take(), &mut left_behind).await?;
            }
            let may_come_free = !left_behind.is_empty() || self.local.anything_held().await?;
            let moves = self.report.entries_synced > synced_before;
            if !may_come_free || !(moves || self.reach.go_to_the_end()) {
                break;
            }
            windows = left_behind;
            windows.reverse();
            windows.push(everything);
        }
        Ok(first)
    }

    /// Counts what a batch brought, its entries apart.
    pub(super) fn count(&mut self, batch: &Batch, setbacks: &[Setback]) {
        self.report.batches += 1;
        let aside: BTreeSet<&RecordName> =
            setbacks.iter().map(|setback| batch.present(&setback.record)).collect();
        for change in batch.changes.iter().filter(|change| !aside.contains(&change.record)) {
            match change.effect {
                Effect::Upsert(_) => self.report.records_upserted += 1,
                Effect::Delete(_) => self.report.records_deleted += 1,
            }
        }
        for setback in setbacks {
            let entries = setback.entries.len() as u64;
            match setback.verdict {
                // Those held are counted at the end: they may come free in a later pass.
                Verdict::Held { .. } => {}
                Verdict::Waits { .. } | Verdict::Failed { .. } => self.report.entries_failed += entries,
            }
        }
    }

    /// Makes ready to claim the same entries again; nothing of the noted intent was applied or ever will be.
    pub(super) async fn prepare_again(
        &mut self,
        noted: &Intent,
        cause: Cause,
        claims: u32,
        neighbours: &mut BTreeSet<RecordName>,
    ) -> Result<(), Interruption> {
        if let Cause::Unsettled = cause {
            // What became of the intent is for settling to find out.
            self.lines.close_spare().await;
            let central = match self.lines.central() {
                Ok(central) => central,
                Err(source) => return Err(self.unusable(source, noted.entries.clone())),
            };
            (self.chain, _) = settle::settle(self.local, central, &self.settings.central.to_string()).await?;
        } else {
            self.local.drop_intents(&[noted]).await?;
        }
        self.local.fault_point("intent-dropped").await?;
        match cause {
            Cause::Unsettled if claims < MOST_CLAIMS_OF_A_BATCH => {}
            Cause::Outdated => {}
            Cause::Contention(_) if claims < MOST_CLAIMS_OF_A_BATCH => self.pacing.pause(claims).await,
            Cause::Neighbours(more) => {
                neighbours.extend(more);
                self.reach.sufficed();
            }
            Cause::TableHeld(name, problem) => {
                self.local.note_held_table(&name, &problem).await?;
                let mapping = Arc::make_mut(&mut self.mapping);
                mapping.tables.retain(|table| table.name != name);
                mapping.problems.insert(name, problem);
            }
            Cause::Unsettled => return Err(self.gave_up(noted.entries.clone(), None)),
            Cause::Contention(error) => return Err(self.gave_up(noted.entries.clone(), Some(error))),
        }
        Ok(())
    }

    fn gave_up(&self, entries: Option<EntryIds>, last: Option<DbError>) -> Interruption {
        let source =
            last.unwrap_or_else(|| DbError::Setup("another process keeps taking over this site".to_owned()));
        self.unusable(source, entries)
    }

    /// Says that DB_B cannot be used, and which entries were under way.
    pub(super) fn unusable(&self, source: DbError, entries: Option<EntryIds>) -> Interruption {
        Interruption::Central { address: self.settings.central.to_string(), source, entries }
    }
}
