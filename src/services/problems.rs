//! Tells what is not arriving, grouped by cause.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::error::RequestError;
use crate::db::local_db::{LocalPool, problems};
use crate::models::problems::ProblemGroups;
use crate::utils::clock;

/// How long grouping may take before its answer is kept for a while; of a million failed records it takes seconds.
const QUICK: Duration = Duration::from_millis(500);

/// For how many times as long such an answer is kept as it took.
const KEPT_FOR: u32 = 10;

/// Groups what is not arriving. Clones share the work: however many ask, one groups at a time.
#[derive(Debug, Clone)]
pub struct Problems {
    local: LocalPool,
    kept: Arc<Mutex<Option<Kept>>>,
}

#[derive(Debug)]
struct Kept {
    groups: ProblemGroups,
    until: Instant,
}

impl Problems {
    /// Reads from the given DB_A.
    #[must_use]
    pub fn new(local: LocalPool) -> Self {
        Self { local, kept: Arc::default() }
    }

    /// Reads the groups, the worst first.
    ///
    /// # Errors
    /// When DB_A cannot answer.
    pub async fn read(&self) -> Result<ProblemGroups, RequestError> {
        let mut kept = self.kept.lock().await;
        let begun = clock::monotonic();
        if let Some(kept) = kept.as_ref().filter(|kept| begun < kept.until) {
            return Ok(kept.groups.clone());
        }
        let groups = problems::groups(&self.local).await?;
        let took = begun.elapsed();
        *kept = (took > QUICK)
            .then(|| Kept { groups: groups.clone(), until: clock::monotonic() + took * KEPT_FOR });
        Ok(groups)
    }

    /// Forgets what is kept, once someone has changed it.
    pub async fn forget(&self) {
        *self.kept.lock().await = None;
    }
}
