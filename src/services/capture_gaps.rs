//! Looks now and then, in DB_A alone, whether changes can escape: a lost trigger must be known also while DB_B is away.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::config::Settings;
use crate::db::DbError;
use crate::db::local_db::LocalDb;
use crate::db::sql::trigger;
use crate::utils::clock;

/// How long an answer is shown before it is looked anew. The catalogue of a large database takes a moment; ten times more,
/// and whoever is to be woken sleeps for ten minutes.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// Remembers the last look; clones share it.
#[derive(Debug, Clone)]
pub struct CaptureGaps {
    settings: Arc<Settings>,
    last: Arc<Mutex<Option<Look>>>,
}

#[derive(Debug, Clone, Copy)]
struct Look {
    at: Instant,
    tables: Option<usize>,
}

impl CaptureGaps {
    /// Looks into the DB_A of `settings`, for the tables that they select.
    #[must_use]
    pub fn new(settings: Arc<Settings>) -> Self {
        Self { settings, last: Arc::default() }
    }

    /// Counts the tables of which changes may escape since a trigger is missing, or not as it must be; `None` where the
    /// account may not see triggers. The answer is a minute old at most.
    ///
    /// # Errors
    /// When DB_A cannot answer.
    pub async fn count(&self) -> Result<Option<usize>, DbError> {
        // Who asks meanwhile waits for the same answer.
        let mut last = self.last.lock().await;
        if let Some(look) = last.filter(|look| look.at.elapsed() < LOOK_EVERY) {
            return Ok(look.tables);
        }
        let tables = self.look().await?;
        *last = Some(Look { at: clock::monotonic(), tables });
        Ok(tables)
    }

    async fn look(&self) -> Result<Option<usize>, DbError> {
        let mut local = LocalDb::connect(&self.settings).await?;
        let catalog = local.catalog().await?;
        let sees_triggers = local.sees_triggers().await?;
        local.close().await;
        Ok(sees_triggers.then(|| trigger::not_captured(&catalog, &self.settings.tables).len()))
    }
}
