//! Gathers the story of one record from both sides.

use std::sync::Arc;

use super::advice;
use super::values::{Seen, side_by_side, verdict};
use crate::config::{Environment, Settings};
use crate::db::DbError;
use crate::db::catalog::{Catalog, Table};
use crate::db::central_db::CentralDb;
use crate::db::fields::FieldValue;
use crate::db::local_db::{LocalDb, Story};
use crate::db::mapping::{self, Mapping, TableMapping, TableProblem};
use crate::db::sql::fields;
use crate::models::entry::{RecordName, SyncStatus};
use crate::models::explanation::{Explanation, Sameness};
use crate::services::unknown_table::UnknownTable;

/// Most looks at a record that changes all the while.
const MOST_LOOKS: u32 = 3;

/// Tells the stories of records.
#[derive(Debug, Clone)]
pub struct Explain {
    settings: Arc<Settings>,
    environment: Arc<Environment>,
}

/// Why there is nothing to tell.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The table is not synchronised.
    #[error(transparent)]
    NoSuchTable(#[from] UnknownTable),
    /// The record's key cannot be one.
    #[error("{0}")]
    NoKey(String),
    /// DB_A failed.
    #[error("DB_A ({address}) failed; see LOCAL_DATABASE_URL")]
    Local {
        /// Where it was looked for.
        address: String,
        /// What it said.
        source: DbError,
    },
}

/// What can be read of the record's row, and how.
struct Plan {
    table: Option<TableMapping>,
    select: Option<String>,
    problem: Option<TableProblem>,
    note: Option<String>,
}

impl Explain {
    /// Looks at the databases of `settings`.
    #[must_use]
    pub const fn new(settings: Arc<Settings>, environment: Arc<Environment>) -> Self {
        Self { settings, environment }
    }

    /// Tells the story of a record. When DB_B cannot be asked, it is DB_A's half, and says so.
    ///
    /// # Errors
    /// When there is no such table or key, or DB_A fails.
    pub async fn run(&self, record: &RecordName) -> Result<Explanation, ExplainError> {
        let failed = |source| ExplainError::Local { address: self.settings.local.to_string(), source };
        let mut local = LocalDb::connect(&self.settings).await.map_err(failed)?;
        let here = local.catalog().await.map_err(failed)?;
        let known = mapping::selected_names(&here, &self.settings.tables);
        if !known.contains(&*record.table) {
            return Err(UnknownTable::new(&record.table, &known).into());
        }
        let mut central = self.reach_central().await;
        let there = match &mut central {
            Ok(central) => central.catalog().await.map_err(|error| self.unreachable(&error)),
            Err(note) => Err(note.clone()),
        };
        let plan = self.plan(record, &here, there);
        let told = tell(&mut local, central.as_mut().ok(), record, &plan).await.map_err(failed);
        if let Ok(central) = central {
            central.close().await;
        }
        local.close().await;
        let explanation = told?;
        // A key that cannot be one, and that no entry names either, is a slip of who asks.
        match (&plan.note, &plan.table) {
            (Some(note), None) if plan.problem.is_none() && explanation.entries.is_empty() => {
                Err(ExplainError::NoKey(note.clone()))
            }
            (_, _) => Ok(explanation),
        }
    }

    /// Checks that a table is one of those that are synchronised.
    ///
    /// # Errors
    /// When it is not, with what may have been meant; or when DB_A fails.
    pub async fn check_table(&self, table: &str) -> Result<(), ExplainError> {
        let failed = |source| ExplainError::Local { address: self.settings.local.to_string(), source };
        let mut local = LocalDb::connect(&self.settings).await.map_err(failed)?;
        let here = local.catalog().await.map_err(failed);
        local.close().await;
        let known = mapping::selected_names(&here?, &self.settings.tables);
        if known.contains(table) { Ok(()) } else { Err(UnknownTable::new(table, &known).into()) }
    }

    async fn reach_central(&self) -> Result<CentralDb, String> {
        if !self.environment.online_switch().is_on() {
            return Err("IS_ONLINE is not true, so DB_B was not asked".to_owned());
        }
        CentralDb::connect(&self.settings).await.map_err(|error| self.unreachable(&error))
    }

    fn unreachable(&self, error: &DbError) -> String {
        format!("DB_B ({}) cannot be used: {}", self.settings.central, error.with_hint())
    }

    /// Finds out how the row can be read: on both sides, in DB_A alone, or not at all.
    fn plan(&self, record: &RecordName, here: &Catalog, there: Result<Catalog, String>) -> Plan {
        let (there, mut note) = match there {
            Ok(there) => (Some(there), None),
            Err(note) => (None, Some(note)),
        };
        let both = there.as_ref().map(|there| Mapping::new(here, there, &self.settings.tables));
        // Compared with itself, DB_A still tells how its own rows are read.
        let alone = Mapping::new(here, here, &self.settings.tables);
        let problem = both.as_ref().unwrap_or(&alone).problems.get(&*record.table).cloned();
        if let Some(problem) = &problem {
            note = Some(format!("the two sides cannot be compared: {}", problem.message));
        }
        let is_whole = problem.is_none() && there.is_some();
        let mapping = both.filter(|_| is_whole).unwrap_or(alone);
        let other = there.as_ref().filter(|_| is_whole).unwrap_or(here);
        let table = mapping.table(&record.table).cloned();
        let key = table.as_ref().map(|table| table.key_literals(&record.record_id)).transpose();
        let key = match key {
            Ok(key) => key,
            Err(error) => {
                return Plan { table: None, select: None, problem, note: Some(error.to_string()) };
            }
        };
        let sides: Option<(&Table, &Table)> = here.get(&*record.table).zip(other.get(&*record.table));
        let select = match (&table, key, sides) {
            (Some(table), Some(key), Some((a, b))) => Some(fields::select(table, a, b, &key)),
            (_, _, _) => None,
        };
        Plan { table, select, problem, note }
    }
}

/// Reads both sides. DB_A is read again after DB_B when they differ and no entry says why: if the record
/// changed in between, both are read anew.
async fn tell(
    local: &mut LocalDb,
    mut central: Option<&mut CentralDb>,
    record: &RecordName,
    plan: &Plan,
) -> Result<Explanation, DbError> {
    let select = plan.select.as_deref();
    let mut story = local.story(record, select).await?;
    let mut looks = 0;
    loop {
        looks += 1;
        let mut note = plan.note.clone();
        let there = match (&mut central, select, &note) {
            (Some(central), Some(select), None) => match central.fields(select).await {
                Ok(fields) => Some(fields),
                Err(error) => {
                    note = Some(format!("DB_B cannot be used: {error}"));
                    None
                }
            },
            (_, _, _) => None,
        };
        let explanation = explain(record, plan, &story, there.as_ref(), note);
        let is_open = story.entries.iter().any(|entry| entry.sync_status != SyncStatus::Synced);
        let is_settled =
            matches!(explanation.verdict, Sameness::Same | Sameness::Nowhere | Sameness::Unknown);
        if is_settled || is_open || looks == MOST_LOOKS {
            return Ok(explanation);
        }
        let later = local.story(record, select).await?;
        if later == story {
            return Ok(explanation);
        }
        story = later;
    }
}

fn explain(
    record: &RecordName,
    plan: &Plan,
    story: &Story,
    there: Option<&Option<Vec<FieldValue>>>,
    note: Option<String>,
) -> Explanation {
    let here = if plan.select.is_some() { Seen::of(story.fields.as_ref()) } else { Seen::Nothing };
    let there = there.map_or(Seen::Nothing, |fields| Seen::of(fields.as_ref()));
    let verdict = verdict(here, there);
    Explanation {
        table_name: record.table.to_string(),
        record_id: record.record_id.to_string(),
        verdict,
        note,
        table_refused: plan.problem.is_some(),
        columns: plan.table.as_ref().map(|table| side_by_side(table, here, there)).unwrap_or_default(),
        entries: story.entries.clone(),
        more_entries: story.more_entries,
        failure: story.failure.clone(),
        table_held: story.table_held.clone(),
        what_to_do: advice::steps(record, verdict, story, plan.problem.as_ref()),
    }
}
