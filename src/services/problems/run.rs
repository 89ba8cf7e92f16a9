//! Groups what is not arriving.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::causes_first::arrange;
use crate::db::local_db::{LocalPool, problems};
use crate::models::problems::{ProblemGroup, ProblemGroups, ProblemState};
use crate::models::status::Uncaptured;
use crate::services::capture_gaps::CaptureGaps;
use crate::services::error::RequestError;
use crate::utils::clock;

/// How long grouping may take before its answer is kept for a while; of a million failed records it takes seconds.
const QUICK: Duration = Duration::from_millis(500);

/// For how many times as long such an answer is kept as it took.
const KEPT_FOR: u32 = 10;

/// Groups what is not arriving. Clones share the work: however many ask, one groups at a time.
#[derive(Debug, Clone)]
pub struct Problems {
    local: LocalPool,
    gaps: CaptureGaps,
    kept: Arc<Mutex<Option<Kept>>>,
}

#[derive(Debug)]
struct Kept {
    groups: ProblemGroups,
    until: Instant,
}

impl Problems {
    /// Reads from the given DB_A; `gaps` knows of changes that escape.
    #[must_use]
    pub fn new(local: LocalPool, gaps: CaptureGaps) -> Self {
        Self { local, gaps, kept: Arc::default() }
    }

    /// Reads the groups, the worst first, and causes before what waits for them.
    ///
    /// # Errors
    /// When DB_A cannot answer.
    pub async fn read(&self) -> Result<ProblemGroups, RequestError> {
        let mut kept = self.kept.lock().await;
        let begun = clock::monotonic();
        if let Some(kept) = kept.as_ref().filter(|kept| begun < kept.until) {
            return Ok(kept.groups.clone());
        }
        let (mut groups, holders) = problems::groups(&self.local).await?;
        arrange(&mut groups.groups, &holders);
        add_uncaptured(&mut groups, self.gaps.list().await?.unwrap_or_default());
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

/// Puts tables whose changes escape first, unless a cycle has noted already that they are held.
fn add_uncaptured(all: &mut ProblemGroups, uncaptured: Vec<Uncaptured>) {
    let is_table = |group: &ProblemGroup| group.state == ProblemState::Held && group.waits_for.is_none();
    let held: Vec<Option<String>> =
        all.groups.iter().filter(|group| is_table(group)).map(|group| group.table_name.clone()).collect();
    let new = uncaptured.into_iter().filter(|table| !held.contains(&Some(table.table_name.clone())));
    let group = |table: Uncaptured| ProblemGroup {
        id: format!("uncaptured-{}", table.table_name),
        state: ProblemState::Held,
        table_name: Some(table.table_name),
        class: "local".to_owned(),
        code: None,
        message: table.message,
        remedy: table.remedy,
        waits_for: None,
        records: 0,
        entries: 0,
        at_least: false,
        oldest_at: table.seen_at,
        next_attempt_at: None,
        examples: Vec::new(),
    };
    all.groups.splice(0..0, new.map(group));
    all.more |= all.groups.len() > problems::MOST_GROUPS;
    all.groups.truncate(problems::MOST_GROUPS);
}
