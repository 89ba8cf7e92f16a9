//! Looks now and then, in DB_A alone, whether changes can escape: a lost trigger must be known also while DB_B is away.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::config::Settings;
use crate::db::DbError;
use crate::db::local_db::LocalDb;
use crate::db::mapping::{self, TableProblem};
use crate::db::sql::trigger;
use crate::models::status::Uncaptured;
use crate::utils::clock;

/// How long an answer is shown at least before it is looked anew.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// How many times as long as a look took it is shown, if that is longer: the catalogue of a large database takes a moment.
const SHOWN_FOR: u32 = 100;

/// Remembers the last look; clones share it.
#[derive(Debug, Clone)]
pub struct CaptureGaps {
    settings: Arc<Settings>,
    last: Arc<Mutex<Option<Look>>>,
}

#[derive(Debug, Clone)]
struct Look {
    until: Instant,
    gaps: Option<Vec<Uncaptured>>,
}

impl CaptureGaps {
    /// Looks into the DB_A of `settings`, for the tables that they select.
    #[must_use]
    pub fn new(settings: Arc<Settings>) -> Self {
        Self { settings, last: Arc::default() }
    }

    /// Lists the selected tables whose changes escape: a trigger is missing or not as it must be, or there is no such table.
    /// `None` where the account may not see triggers. The answer is some seconds old at most.
    ///
    /// # Errors
    /// When DB_A cannot answer.
    pub async fn list(&self) -> Result<Option<Vec<Uncaptured>>, DbError> {
        // Who asks meanwhile waits for the same answer.
        let mut last = self.last.lock().await;
        let begun = clock::monotonic();
        if let Some(look) = last.as_ref().filter(|look| begun < look.until) {
            return Ok(look.gaps.clone());
        }
        let mut gaps = self.look().await?;
        let before = last.as_ref().and_then(|look| look.gaps.as_deref()).unwrap_or_default();
        for gap in gaps.iter_mut().flatten() {
            if let Some(known) = before.iter().find(|known| known.table_name == gap.table_name) {
                gap.seen_at.clone_from(&known.seen_at);
            }
        }
        let until = clock::monotonic() + LOOK_EVERY.max(begun.elapsed() * SHOWN_FOR);
        *last = Some(Look { until, gaps: gaps.clone() });
        Ok(gaps)
    }

    async fn look(&self) -> Result<Option<Vec<Uncaptured>>, DbError> {
        let mut local = LocalDb::connect(&self.settings).await?;
        let catalog = local.catalog().await?;
        let sees_triggers = local.sees_triggers().await?;
        local.close().await;
        let mut problems = mapping::absent(&catalog, &self.settings.tables);
        if sees_triggers {
            problems.extend(trigger::not_captured(&catalog, &self.settings.tables));
        } else if problems.is_empty() {
            return Ok(None);
        }
        let seen_at = clock::rfc3339(clock::now());
        let uncaptured = |(table_name, problem): (String, TableProblem)| Uncaptured {
            table_name,
            seen_at: seen_at.clone(),
            message: problem.message,
            remedy: problem.remedy,
        };
        Ok(Some(problems.into_iter().map(uncaptured).collect()))
    }
}
