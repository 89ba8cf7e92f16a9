//! The steps: compare and show; then, once it is decided, begin the epoch in DB_B, carry it out, take it on in DB_A.

use std::collections::BTreeSet;

use super::bring_down::BringDown;
use super::classify::classify;
use super::counters;
use super::error::ResumeError;
use super::queue::queue;
use super::sight::{self, Reach, Sight};
use crate::config::{Environment, Settings};
use crate::db::central_db::{Beginning, CentralDb};
use crate::db::local_db::LocalDb;
use crate::db::{DbError, codes, mapping, same_database};
use crate::models::intent::{LedgerRow, Site};
use crate::models::resumption::{Decision, Extra, Resumed, Survey, Trust};
use crate::models::verification::Repair;
use crate::services::sync::interruption::check_ledger;
use crate::services::verify::{Failed, Progress, Sides, walk};
use crate::utils::token;

/// Most passes over all tables with DB_B's rows; each but the first is made only for rows refused before, and only
/// after a pass that wrote some. Triggers of DB_A that undo each other's work would go on for ever.
const MOST_PASSES: u32 = 1000;

/// Both sides, compared, under the cycle's lock; nothing was written but empty tables that were missing.
pub struct Resumption<'a> {
    settings: &'a Settings,
    site: Site,
    local: LocalDb,
    central: CentralDb,
    sight: Sight,
    goes_on: bool,
}

/// Takes the cycle's lock and compares both sides.
///
/// # Errors
/// Why not, and what to do.
pub async fn begin<'a>(
    settings: &'a Settings,
    environment: &Environment,
    reach: Reach,
    progress: &dyn Fn(Progress<'_>),
) -> Result<Resumption<'a>, ResumeError> {
    let on_local = |source| ResumeError::of(settings, Failed::Local(source));
    let mut local = LocalDb::connect(settings).await.map_err(on_local)?;
    let site = local.site().await.map_err(on_local)?.ok_or(ResumeError::NotInstalled)?;
    if !environment.online_switch().is_on() {
        return Err(ResumeError::Offline);
    }
    if !local.take_cycle_lock().await.map_err(on_local)? {
        return Err(ResumeError::Busy);
    }
    let looked = async {
        let connected = CentralDb::connect(settings).await;
        let mut central = connected.map_err(|source| ResumeError::of(settings, Failed::Central(source)))?;
        let are_two = same_database::refuse(&mut local, &mut central).await;
        are_two.map_err(|source| ResumeError::of(settings, Failed::Central(source)))?;
        let mut sides = Sides { local: &mut local, central: &mut central };
        let goes_on = goes_on(&mut sides, &site).await.map_err(|failed| ResumeError::of(settings, failed))?;
        let sight = sight::look(&mut sides, settings, &site, reach, progress).await?;
        Ok((central, sight, goes_on))
    };
    match looked.await {
        Ok((central, sight, goes_on)) => Ok(Resumption { settings, site, local, central, sight, goes_on }),
        Err(error) => {
            // Gives up the lock at once, so that the next run is not told that a cycle is running.
            local.close().await;
            Err(error)
        }
    }
}

/// Tells whether cycles go on by themselves: both sides belong together, as far as can be seen, and none has stopped.
async fn goes_on(sides: &mut Sides<'_>, site: &Site) -> Result<bool, Failed> {
    let Some(ledger) = sides.central.ledger(site).await.or_else(none_yet).map_err(Failed::Central)? else {
        return Ok(false);
    };
    let known = sides.local.intent_with_token(&ledger.last_token).await.map_err(Failed::Local)?;
    let has_stopped = sides.local.last_run_stopped().await.map_err(Failed::Local)?;
    Ok(!has_stopped && check_ledger(site, &ledger, known.is_some()).is_ok())
}

/// A DB_B that has no ledger at all has no row for this site.
fn none_yet(error: DbError) -> Result<Option<LedgerRow>, DbError> {
    if error.code() == Some(codes::NO_SUCH_TABLE) { Ok(None) } else { Err(error) }
}

impl Resumption<'_> {
    /// Tells whether there is nothing to resume: cycles go on by themselves.
    #[must_use]
    pub const fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// Tells how the two sides differ.
    #[must_use]
    pub const fn survey(&self) -> &Survey {
        &self.sight.survey
    }

    /// Leaves everything as it is.
    pub async fn leave(self) {
        self.central.close().await;
        self.local.close().await;
    }

    /// Begins a new epoch as the person has decided.
    ///
    /// # Errors
    /// Why not, and what to do. Cycles stop then, and running `resume` again finishes.
    pub async fn carry_out(
        mut self,
        decision: Decision,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<Resumed, ResumeError> {
        let ended = self.take_steps(decision, progress).await;
        self.leave().await;
        ended
    }

    async fn take_steps(
        &mut self,
        decision: Decision,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<Resumed, ResumeError> {
        let settings = self.settings;
        let on_local = |source| ResumeError::of(settings, Failed::Local(source));
        self.check_comparable().await?;
        self.local.fault_point("compared").await.map_err(on_local)?;
        let beginning = self.begin_in_central().await?;
        self.local.fault_point("central-begun").await.map_err(on_local)?;
        let mut sides = Sides { local: &mut self.local, central: &mut self.central };
        let counters = counters::raise(&mut sides, settings, &self.sight.here, &self.sight.mapping).await?;
        self.local.fault_point("counters-raised").await.map_err(on_local)?;
        let mut resumed = Resumed { epoch: beginning.site.epoch.clone(), counters, ..Resumed::default() };
        let done = match decision.trust {
            Trust::Local => self.queue_all(decision.extra, progress, &mut resumed).await,
            Trust::Central => self.bring_all_down(progress, &mut resumed).await,
        };
        done.map_err(|failed| ResumeError::of(settings, failed))?;
        let selected = mapping::selected_names(&self.sight.here, &settings.tables);
        let selected: Vec<&str> = selected.iter().map(String::as_str).collect();
        self.local.forget_synced_but_of(&selected).await.map_err(on_local)?;
        self.local.fault_point("carried-out").await.map_err(on_local)?;
        let Beginning { site, token, .. } = &beginning;
        self.local.begin_epoch(&self.site, &site.epoch, token).await.map_err(on_local)?;
        Ok(resumed)
    }

    /// Refuses while a table that has entries cannot be compared: of these entries nothing could be said.
    async fn check_comparable(&mut self) -> Result<(), ResumeError> {
        let queued = self.local.queued_tables().await;
        let queued = queued.map_err(|source| ResumeError::of(self.settings, Failed::Local(source)))?;
        let known: BTreeSet<String> = queued.into_iter().collect();
        match self.sight.mapping.problems.iter().find(|(table, _)| known.contains(*table)) {
            None => Ok(()),
            Some((table, problem)) => Err(ResumeError::NotComparable {
                table: table.clone(),
                message: problem.message.clone(),
                remedy: problem.remedy.clone(),
            }),
        }
    }

    /// Begins the epoch in DB_B, which shuts out everyone, this DB_A too, until it takes the epoch on.
    async fn begin_in_central(&mut self) -> Result<Beginning, ResumeError> {
        let on_local = |source| ResumeError::of(self.settings, Failed::Local(source));
        let open = self.local.open_intents().await.map_err(on_local)?;
        let senders: Vec<_> = open.iter().filter_map(|intent| intent.sent_by).collect();
        let highest = self.local.highest_intent().await.map_err(on_local)?;
        let beginning = Beginning {
            site: Site { id: self.site.id.clone(), epoch: token::random() },
            generation: token::random(),
            token: token::random(),
            number: highest.unwrap_or_default() + 1,
        };
        let tables = mapping::selected_names(&self.sight.here, &self.settings.tables);
        self.central
            .begin_epoch(&beginning, &self.settings.site_name, &tables, &senders)
            .await
            .map_err(|source| ResumeError::of(self.settings, Failed::Central(source)))?;
        Ok(beginning)
    }

    /// DB_A is right: what differs is queued.
    async fn queue_all(
        &mut self,
        extra: Extra,
        progress: &dyn Fn(Progress<'_>),
        resumed: &mut Resumed,
    ) -> Result<(), Failed> {
        let repair = match extra {
            Extra::Keep => Repair::Queue,
            Extra::Delete => Repair::QueueWithDeletes,
        };
        let comparisons = self.sight.comparisons();
        let mut sides = Sides { local: &mut self.local, central: &mut self.central };
        for comparison in &comparisons {
            let name = &comparison.table.name;
            let step = |rows| progress(Progress::Compared(name, rows));
            walk(&mut sides, comparison, &step, async |sides: &mut Sides<'_>, suspects| {
                let found = classify(sides, comparison, suspects).await?;
                resumed.entries_queued +=
                    queue(sides, name, &found.iter().collect::<Vec<_>>(), repair).await?;
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    /// DB_B is right: what it has is written into DB_A, in as many passes as something moves. A row that is refused
    /// for another one's sake, a parent that comes later for one, goes in the next.
    async fn bring_all_down(
        &mut self,
        progress: &dyn Fn(Progress<'_>),
        resumed: &mut Resumed,
    ) -> Result<(), Failed> {
        let statement_bytes = self.local.max_statement_bytes().await.map_err(Failed::Local)?;
        let comparisons = self.sight.comparisons();
        let mut sides = Sides { local: &mut self.local, central: &mut self.central };
        let mut tables: Vec<BringDown<'_>> = comparisons
            .iter()
            .filter_map(|comparison| BringDown::new(comparison, &self.sight.here, statement_bytes))
            .collect();
        for _ in 0..MOST_PASSES {
            let before: u64 = tables.iter().map(|table| table.written).sum();
            for table in &mut tables {
                table.pass(&mut sides, progress).await?;
            }
            resumed.records_written = tables.iter().map(|table| table.written).sum();
            if resumed.records_written == before || !tables.iter().any(BringDown::is_unfinished) {
                break;
            }
        }
        resumed.entries_queued = tables.iter().map(|table| table.queued).sum();
        resumed.refused = tables.into_iter().filter_map(BringDown::finish).collect();
        Ok(())
    }
}
