//! What both sides look like before anything is decided.

use super::classify::classify;
use super::error::ResumeError;
use crate::config::Settings;
use crate::db::catalog::Catalog;
use crate::db::mapping::{self, Mapping};
use crate::db::sql::compare::Comparison;
use crate::models::intent::Site;
use crate::models::resumption::{Survey, TableSurvey};
use crate::models::verification::NotCompared;
use crate::services::verify::{Failed, Progress, Sides, walk};

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

/// Both catalogues, how tables are carried, and how they differ.
pub(super) struct Sight {
    pub(super) here: Catalog,
    pub(super) there: Catalog,
    pub(super) mapping: Mapping,
    pub(super) survey: Survey,
}

/// Looks at both sides; unless nothing may be changed, creates the tables that DB_B lacks and `install` creates.
pub(super) async fn look(
    sides: &mut Sides<'_>,
    settings: &Settings,
    site: &Site,
    reach: Reach,
    progress: &dyn Fn(Progress<'_>),
) -> Result<Sight, ResumeError> {
    let on_local = |source| ResumeError::of(settings, Failed::Local(source));
    let on_central = |source| ResumeError::of(settings, Failed::Central(source));
    let here = sides.local.catalog().await.map_err(on_local)?;
    if reach != Reach::Show {
        let wanted = mapping::selected_names(&here, &settings.tables);
        sides.central.create_tables(&wanted).await.map_err(on_central)?;
        let others = sides.central.tables_of_other_sites(site, &wanted).await.map_err(on_central)?;
        if let Some((table, site)) = others.into_iter().next().filter(|_| reach == Reach::GoOn) {
            return Err(ResumeError::OtherSite { table, site });
        }
    }
    let there = sides.central.catalog().await.map_err(on_central)?;
    let mapping = Mapping::new(&here, &there, &settings.tables);
    let mut sight = Sight { here, there, mapping, survey: Survey::default() };
    let survey = sight.compare(sides, progress).await;
    sight.survey = survey.map_err(|failed| ResumeError::of(settings, failed))?;
    Ok(sight)
}

impl Sight {
    /// Prepares to compare all tables that are carried, parents first.
    pub(super) fn comparisons(&self) -> Vec<Comparison> {
        let both = |name: &String| Some((self.here.get(name)?, self.there.get(name)?));
        let tables = self.mapping.tables.iter();
        tables.filter_map(|table| both(&table.name).map(|(a, b)| Comparison::new(table, a, b))).collect()
    }

    async fn compare(
        &self,
        sides: &mut Sides<'_>,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<Survey, Failed> {
        let names: Vec<&str> = self.mapping.tables.iter().map(|table| table.name.as_str()).collect();
        progress(Progress::Begins(sides.local.estimate_rows(&names).await.map_err(Failed::Local)?));
        let mut survey = Survey::default();
        for comparison in &self.comparisons() {
            let name = &comparison.table.name;
            let mut table = TableSurvey::new(name);
            let step = |rows| progress(Progress::Compared(name, rows));
            let walked = walk(sides, comparison, &step, async |sides: &mut Sides<'_>, suspects| {
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
}
