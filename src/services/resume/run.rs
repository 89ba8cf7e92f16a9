//! The steps: compare and show; then, once it is decided, begin the epoch in DB_B, carry it out, take it on in DB_A.

use std::collections::BTreeSet;

use super::bring_down::BringDown;
use super::classify::classify;
use super::counters;
use super::error::ResumeError;
use super::queue::queue;
use crate::config::{Environment, Settings};
use crate::db::catalog::Catalog;
use crate::db::central_db::{Beginning, CentralDb};
use crate::db::local_db::LocalDb;
use crate::db::mapping::{self, Mapping};
use crate::db::sql::compare::Comparison;
use crate::models::intent::Site;
use crate::models::resumption::{Decision, Extra, Resumed, Survey, TableSurvey, Trust};
use crate::models::verification::{NotCompared, Repair};
use crate::services::verify::{Failed, Progress, Sides, walk};
use crate::utils::token;

/// Both sides, compared, under the cycle's lock; nothing was written but empty tables that were missing.
pub struct Resumption<'a> {
    settings: &'a Settings,
    site: Site,
    local: LocalDb,
    central: CentralDb,
    here: Catalog,
    there: Catalog,
    mapping: Mapping,
    survey: Survey,
}

/// How far `resume` may go at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It only shows.
    Show,
    /// It goes on, unless another site feeds one of the tables.
    GoOn,
    /// It goes on, and takes the tables over from another site.
    TakeOver,
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
    let on_central = |source| ResumeError::of(settings, Failed::Central(source));
    let mut local = LocalDb::connect(settings).await.map_err(on_local)?;
    let site = local.site().await.map_err(on_local)?.ok_or(ResumeError::NotInstalled)?;
    if !local.take_cycle_lock().await.map_err(on_local)? {
        return Err(ResumeError::Busy);
    }
    if !environment.online_switch().is_on() {
        return Err(ResumeError::Offline);
    }
    let mut central = CentralDb::connect(settings).await.map_err(on_central)?;
    let here = local.catalog().await.map_err(on_local)?;
    if reach != Reach::Show {
        let wanted = mapping::selected_names(&here, &settings.tables);
        central.create_tables(&wanted).await.map_err(on_central)?;
        let others = central.tables_of_other_sites(&site, &wanted).await.map_err(on_central)?;
        if let Some((table, site)) = others.into_iter().next().filter(|_| reach == Reach::GoOn) {
            return Err(ResumeError::OtherSite { table, site });
        }
    }
    let there = central.catalog().await.map_err(on_central)?;
    let mapping = Mapping::new(&here, &there, &settings.tables);
    let mut begun =
        Resumption { settings, site, local, central, here, there, mapping, survey: Survey::default() };
    begun.survey = begun.compare(progress).await.map_err(|failed| ResumeError::of(settings, failed))?;
    Ok(begun)
}

impl Resumption<'_> {
    /// Tells how the two sides differ.
    #[must_use]
    pub const fn survey(&self) -> &Survey {
        &self.survey
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
        let settings = self.settings;
        let on_local = |source| ResumeError::of(settings, Failed::Local(source));
        self.check_comparable().await?;
        let beginning = self.begin_in_central().await?;
        let mut sides = Sides { local: &mut self.local, central: &mut self.central };
        let counters = counters::raise(&mut sides, settings, &self.here, &self.mapping).await?;
        let mut resumed = Resumed { epoch: beginning.site.epoch.clone(), counters, ..Resumed::default() };
        let done = match decision.trust {
            Trust::Local => self.queue_all(decision.extra, progress, &mut resumed).await,
            Trust::Central => self.bring_all_down(progress, &mut resumed).await,
        };
        done.map_err(|failed| ResumeError::of(settings, failed))?;
        let selected = mapping::selected_names(&self.here, &settings.tables);
        let selected: Vec<&str> = selected.iter().map(String::as_str).collect();
        self.local.forget_synced_but_of(&selected).await.map_err(on_local)?;
        let Beginning { site, token, .. } = &beginning;
        self.local.begin_epoch(&self.site, &site.epoch, token).await.map_err(on_local)?;
        self.leave().await;
        Ok(resumed)
    }

    /// Refuses while a table that has entries cannot be compared: of these entries nothing could be said.
    async fn check_comparable(&mut self) -> Result<(), ResumeError> {
        let queued = self.local.queued_tables().await;
        let queued = queued.map_err(|source| ResumeError::of(self.settings, Failed::Local(source)))?;
        let known: BTreeSet<String> = queued.into_iter().collect();
        match self.mapping.problems.iter().find(|(table, _)| known.contains(*table)) {
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
        let tables = mapping::selected_names(&self.here, &self.settings.tables);
        self.central
            .begin_epoch(&beginning, &self.settings.site_name, &tables, &senders)
            .await
            .map_err(|source| ResumeError::of(self.settings, Failed::Central(source)))?;
        Ok(beginning)
    }

    async fn compare(&mut self, progress: &dyn Fn(Progress<'_>)) -> Result<Survey, Failed> {
        let names: Vec<&str> = self.mapping.tables.iter().map(|table| table.name.as_str()).collect();
        progress(Progress::Begins(self.local.estimate_rows(&names).await.map_err(Failed::Local)?));
        let comparisons = self.comparisons();
        let mut sides = Sides { local: &mut self.local, central: &mut self.central };
        let mut survey = Survey::default();
        for comparison in &comparisons {
            let name = &comparison.table.name;
            let mut table = TableSurvey::new(name);
            let step = |rows| progress(Progress::Compared(name, rows));
            let walked = walk(&mut sides, comparison, &step, async |sides: &mut Sides<'_>, suspects| {
                for found in classify(sides, comparison, suspects).await? {
                    table.note(&found.record_id, found.difference, found.waiting.is_some());
                }
                Ok(())
            })
            .await?;
            table.compared = walked.rows;
            survey.tables.push(table);
        }
        for (table, problem) in &self.mapping.problems {
            let (message, remedy) = (problem.message.clone(), problem.remedy.clone());
            survey.not_compared.push(NotCompared { table: table.clone(), message, remedy });
        }
        Ok(survey)
    }

    /// Prepares to compare all tables that are carried, parents first.
    fn comparisons(&self) -> Vec<Comparison> {
        let both = |name: &String| Some((self.here.get(name)?, self.there.get(name)?));
        let tables = self.mapping.tables.iter();
        tables.filter_map(|table| both(&table.name).map(|(a, b)| Comparison::new(table, a, b))).collect()
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
        let comparisons = self.comparisons();
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
        let comparisons = self.comparisons();
        let mut sides = Sides { local: &mut self.local, central: &mut self.central };
        let mut tables: Vec<BringDown<'_>> = comparisons
            .iter()
            .filter_map(|comparison| BringDown::new(comparison, &self.here, &self.there, statement_bytes))
            .collect();
        loop {
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
