//! Runs cycles: the one way in, for the schedule, the API and the command line alike.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::cycle::Cycle;
use super::gate::Gate;
use super::interruption::Interruption;
use super::lines::Lines;
use super::log;
use super::pacing::Pacing;
use super::reach::Reach;
use super::read_ahead::ReadAhead;
use super::settle::{Begun, Chain, Settled};
use crate::config::{DatabaseUrl, Environment, Settings};
use crate::db::central_db::CentralDb;
use crate::db::local_db::{LocalDb, Window};
use crate::db::mapping::{self, Mapping, TableProblem};
use crate::db::sql::trigger;
use crate::db::{DbError, codes, same_database, watched};
use crate::models::cycle::{CycleReport, Outcome, Trigger};
use crate::models::entry::EntryId;
use crate::models::entry_ids::EntryIds;
use crate::models::site_status::{NotArrived, SiteStatus};
use crate::services::reachability::Reachability;
use crate::utils::clock;
use crate::utils::pulse::Pulse;
use crate::utils::task::{self, Task};

/// A table that DB_A has, and a DB_B that is DB_A itself.
const SYNC_QUEUE: &str = "sync_queue";

/// Runs cycles, whoever asks for one; cheap to clone.
#[derive(Debug, Clone)]
pub struct SyncService {
    settings: Arc<Settings>,
    reachability: Reachability,
    gate: Gate,
    pacing: Arc<Pacing>,
    pulse: Pulse,
    done: watch::Sender<u64>,
}

impl SyncService {
    /// Prepares cycles between the databases of `settings`; they end early once `stop` is cancelled.
    #[must_use]
    pub fn new(
        environment: Arc<Environment>,
        settings: Arc<Settings>,
        reachability: Reachability,
        stop: CancellationToken,
    ) -> Self {
        let pacing = Arc::new(Pacing::new(settings.batch_bytes));
        Self {
            settings,
            reachability,
            gate: Gate::new(environment, stop),
            pacing,
            pulse: Pulse::default(),
            done: watch::Sender::new(0),
        }
    }

    /// Gives the pulse of cycles: overdue when one hangs, whoever asked for it; at rest while none runs.
    #[must_use]
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// Tells how many entries the cycle under way has done with, batch by batch.
    #[must_use]
    pub fn done(&self) -> watch::Receiver<u64> {
        self.done.subscribe()
    }

    /// Runs one cycle; whatever happens, there is a report.
    pub async fn run(&self, trigger: Trigger) -> CycleReport {
        let started = clock::monotonic();
        let mut report = match self.run_locked(trigger).await {
            Ok(report) => report,
            Err(error) => {
                let interruption = Interruption::Local(error);
                let mut report = CycleReport::new(interruption.outcome());
                report.message = Some(format!("{interruption} ({})", self.settings.local));
                report
            }
        };
        report.duration_ms = millis(started.elapsed());
        log::cycle(trigger, &report);
        report
    }

    /// Asks whether DB_B answers.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn probe_central(&self) -> Result<(), DbError> {
        let answers = CentralDb::probe(&self.settings).await;
        match &answers {
            Ok(()) => self.reachability.answered(),
            Err(error) => {
                self.reachability.failed(unusable(&self.settings.central, error), error.was_answered());
            }
        }
        answers
    }

    /// Takes the cycle's lock, runs, and writes the log of cycles.
    async fn run_locked(&self, trigger: Trigger) -> Result<CycleReport, DbError> {
        let started = clock::monotonic();
        let mut local = LocalDb::connect(&self.settings).await?;
        let site = local.site().await?;
        if site.is_none() {
            let mut report = CycleReport::new(Interruption::NotInstalled.outcome());
            report.message = Some(Interruption::NotInstalled.to_string());
            return Ok(report);
        }
        if !local.take_cycle_lock().await? {
            local.close().await;
            let mut report = CycleReport::new(Outcome::Busy);
            report.message = Some("another cycle is running".to_owned());
            return Ok(report);
        }
        let run = local.run_began(trigger).await?;
        local.fault_point("cycle-begun").await?;
        let (mut report, counts) =
            watched::with_pulse(&self.pulse, Box::pin(self.run_cycle(&mut local))).await;
        report.duration_ms = millis(started.elapsed());
        local.fault_point("books-closed").await?;
        local.run_ended(run, &report).await?;
        note_counts(&mut local, run, counts).await;
        local.close().await;
        Ok(report)
    }

    /// Gives the report, and what had not arrived in the end, if the cycle came to count it.
    async fn run_cycle(&self, local: &mut LocalDb) -> (CycleReport, Option<NotArrived>) {
        let mut report = CycleReport::new(Outcome::Drained);
        let ended = self.connect_and_drain(local, &mut report).await;
        let counts = ended.as_ref().ok().copied();
        let closed = self.close_books(local, ended.map(drop), &mut report).await;
        if let Err(error) = closed {
            report.outcome = Outcome::Error;
            report.message = Some(Interruption::Local(error).to_string());
        }
        (report, counts)
    }

    async fn connect_and_drain(
        &self,
        local: &mut LocalDb,
        report: &mut CycleReport,
    ) -> Result<NotArrived, Interruption> {
        self.gate.check()?;
        let begun = match Begun::list(local).await {
            // Whether DB_B can be reached is told all the same: `install` needs it.
            Err(Interruption::NotInstalled) => {
                self.probe_central().await.map_err(|source| self.unreachable(source))?;
                return Err(Interruption::NotInstalled);
            }
            begun => begun?,
        };
        let ahead = self.read_ahead(&begun);
        let (central, begun) = begun.connect(local, &self.settings).await?;
        let mut lines = Lines::new(Arc::clone(&self.settings), central);
        // Over a fast line nothing is gained by it.
        let ahead = ahead.filter(|_| lines.are_slow());
        let ended = self.settle_and_drain(local, &mut lines, begun, ahead, report).await;
        let traffic = lines.close().await;
        (report.central_round_trips, report.central_bytes_sent) = (traffic.round_trips, traffic.bytes_sent);
        ended
    }

    /// Begins to read what is due while DB_B is being reached, if that may take long and nothing open may change it.
    fn read_ahead(&self, begun: &Begun) -> Option<Task<Option<ReadAhead>>> {
        let was_reached = self.reachability.last().is_none_or(|sighting| sighting.trouble.is_none());
        let may_be_used = was_reached && begun.has_nothing_open() && CentralDb::line_may_be_slow();
        may_be_used.then(|| task::start(watched::here(ReadAhead::read(Arc::clone(&self.settings)))))
    }

    async fn settle_and_drain(
        &self,
        local: &mut LocalDb,
        lines: &mut Lines,
        begun: Begun,
        ahead: Option<Task<Option<ReadAhead>>>,
        report: &mut CycleReport,
    ) -> Result<NotArrived, Interruption> {
        let central = lines.central().map_err(|source| self.unreachable(source))?;
        let address = self.settings.central.to_string();
        central.fault_point("central-reached").await.map_err(|source| self.unreachable(source))?;
        let (chain, settled) = begun.conclude(local, central, &address).await?;
        log::settled(settled);
        report.entries_synced += settled.entries_synced;
        let mapping = self.compare_tables(local, central).await?;
        local.fault_point("tables-compared").await?;
        let ahead = match ahead.filter(|_| settled == Settled::default()) {
            Some(reading) => reading.await.ok().flatten().filter(|ahead| ahead.fits(&mapping)),
            None => None,
        };
        let (reader, read_ahead) = ahead.map(|ahead| ahead.hand_over(lines)).unzip();
        let mut cycle = Cycle {
            local,
            lines,
            settings: &self.settings,
            gate: &self.gate,
            pacing: &self.pacing,
            done: &self.done,
            mapping: Arc::new(mapping),
            chain,
            reach: Reach::new(self.settings.batch_bytes),
            applied: None,
            reader,
            read_ahead,
            first: None,
            told: None,
            report: report.clone(),
        };
        let ended = cycle.drain().await;
        if let Some(reader) = cycle.reader.take() {
            reader.close().await;
        }
        let Cycle { chain, report: carried, told, .. } = cycle;
        *report = carried;
        let first = ended?;
        // An entry that a person deleted leaves its failure behind.
        local.prune_failures().await?;
        let status = if let Some(told) = told {
            told
        } else {
            let status = local.site_status(&first, 0).await?;
            let central = lines.central().map_err(|source| self.unreachable(source))?;
            note_status(central, &chain, &status).await;
            status
        };
        report.entries_held = status.held;
        Ok(status.not_arrived())
    }

    /// Compares both catalogues, and notes the tables that are not captured, and those that cannot be carried and have
    /// entries waiting.
    async fn compare_tables(
        &self,
        local: &mut LocalDb,
        central: &mut CentralDb,
    ) -> Result<Mapping, Interruption> {
        let local_catalog = local.catalog().await?;
        let central_catalog = central.catalog().await.map_err(|source| self.unreachable(source))?;
        if central_catalog.contains_key(SYNC_QUEUE) {
            let are_two = same_database::refuse(local, central).await;
            are_two.map_err(|source| self.unreachable(source))?;
        }
        let mut mapping = Mapping::new(&local_catalog, &central_catalog, &self.settings.tables);
        // Held also when no entry waits: where capture has a gap, no entry may ever come.
        let mut held = mapping::absent(&local_catalog, &self.settings.tables);
        let missing = trigger::not_captured(&local_catalog, &self.settings.tables);
        if !missing.is_empty() && local.sees_triggers().await? {
            held.extend(mapping.hold(missing));
        }
        for name in local.queued_tables().await? {
            if mapping.table(&name).is_none() && local.has_pending_entry(&name).await? {
                let problem = mapping.problems.get(&name).cloned().unwrap_or_else(|| {
                    if local_catalog.contains_key(&name) {
                        TableProblem::not_selected(&name)
                    } else {
                        TableProblem::gone(&name)
                    }
                });
                held.insert(name.clone(), problem);
            }
        }
        local.note_held_tables(&held).await?;
        Ok(mapping)
    }

    /// Turns the way a cycle ended into its outcome, and counts a failed attempt where there was one.
    async fn close_books(
        &self,
        local: &mut LocalDb,
        ended: Result<(), Interruption>,
        report: &mut CycleReport,
    ) -> Result<(), DbError> {
        local.fault_point("drained").await?;
        // A step that was interrupted may have left a snapshot or a transaction open.
        local.end_snapshot().await?;
        match ended {
            Ok(()) => {
                self.reachability.answered();
                if local.anything_set_back().await? {
                    report.outcome = Outcome::Partial;
                    let tables = local.held_without_entries().await?;
                    let records = local.any_record_set_back().await?;
                    let of_records =
                        "some records failed, are held or wait for their next attempt".to_owned();
                    let parts: Vec<String> =
                        records.then_some(of_records).into_iter().chain(tables).collect();
                    report.message = Some(parts.join("; "));
                }
            }
            Err(interruption) => {
                report.outcome = interruption.outcome();
                report.message = Some(interruption.to_string());
                if let Interruption::Central { source, entries, .. } = interruption {
                    let refused = source.was_answered();
                    self.reachability.failed(unusable(&self.settings.central, &source), refused);
                    self.count_attempt(local, entries).await?;
                }
            }
        }
        Ok(())
    }

    /// Counts the failed attempt for the batch concerned; when none was claimed yet, for the one that would have been.
    async fn count_attempt(&self, local: &mut LocalDb, entries: Option<EntryIds>) -> Result<(), DbError> {
        let entries = if let Some(entries) = entries {
            entries
        } else {
            let everything = Window { after: 0, up_to: EntryId::MAX };
            let tables = local.queued_tables().await?;
            let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
            if tables.is_empty() {
                return Ok(());
            }
            let due = local.due_entries(everything, &tables, self.settings.batch_size).await?;
            EntryIds::from(&due.iter().map(|entry| entry.id).collect())
        };
        local.count_failed_attempt(&entries).await
    }

    fn unreachable(&self, source: DbError) -> Interruption {
        Interruption::Central { address: self.settings.central.to_string(), source, entries: None }
    }
}

/// Says that DB_B cannot be used, in its own words.
fn unusable(central: &DatabaseUrl, error: &DbError) -> String {
    format!("DB_B ({central}) cannot be used: {}", error.with_hint())
}

/// Notes for the log of cycles what had not arrived when one ended; the log is for people, and no cycle fails for it.
async fn note_counts(local: &mut LocalDb, run: u64, counts: Option<NotArrived>) {
    let counts = match counts {
        Some(counts) => Ok(counts),
        None => local.not_arrived().await,
    };
    let noted = match counts {
        Ok(counts) => local.note_run_counts(run, counts).await,
        Err(error) => Err(error),
    };
    match noted {
        Ok(()) => {}
        Err(error) if error.code() == Some(codes::NO_SUCH_TABLE) => {
            tracing::warn!("DB_A cannot note what remained when a cycle ended: run `backhaul install`");
        }
        Err(error) => tracing::warn!(%error, "DB_A could not note what remained when a cycle ended"),
    }
}

/// Tells DB_B how far the site has come. What has arrived has arrived, whatever becomes of this.
async fn note_status(central: &mut CentralDb, chain: &Chain, status: &SiteStatus) {
    match central.note_status(&chain.site, &chain.generation, status).await {
        Ok(()) => {}
        Err(error) if error.code() == Some(codes::NO_SUCH_TABLE) => {
            tracing::warn!("DB_B cannot note how far this site has come: run `backhaul install`");
        }
        Err(error) => tracing::warn!(%error, "DB_B could not be told how far this site has come"),
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
