//! Tells the state of synchronisation, from the databases and not from what the program believes.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::error::RequestError;
use super::reachability::Reachability;
use super::tally::{Answer, Made, Tally};
use crate::config::Environment;
use crate::db::local_db::{LocalPool, runs, status};
use crate::models::page::NewestPage;
use crate::models::status::{EntryPage, RunList, SyncState};
use crate::utils::clock;
use crate::utils::schedule::Schedule;

/// Reads the state.
#[derive(Debug, Clone)]
pub struct Status {
    local: LocalPool,
    environment: Arc<Environment>,
    reachability: Reachability,
    schedule: Option<Schedule>,
    tally: Tally,
    tasks: TaskTracker,
}

impl Status {
    /// Reads from the given DB_A; a process that starts no cycles has no `schedule`. What goes on in the background is one
    /// of `tasks`.
    #[must_use]
    pub fn new(
        local: LocalPool,
        environment: Arc<Environment>,
        reachability: Reachability,
        schedule: Option<Schedule>,
        tasks: TaskTracker,
    ) -> Self {
        Self { local, environment, reachability, schedule, tally: Tally::default(), tasks }
    }

    /// Reads the state, with the entries that `page` asks for.
    ///
    /// # Errors
    /// When DB_A cannot answer.
    pub async fn read(&self, page: EntryPage) -> Result<SyncState, RequestError> {
        let known = match self.tally.ask(clock::monotonic()) {
            Answer::Count => None,
            Answer::Show(made) => Some(made),
            Answer::ShowAndCount(made) => {
                let (local, tally) = (self.local.clone(), self.tally.clone());
                self.tasks.spawn(async move { tally.learn(status::count(&local).await.ok().map(Made::now)) });
                Some(made)
            }
        };
        let queue = status::read(&self.local, page, known.map(|made| made.counts)).await?;
        let counted = known.unwrap_or_else(|| {
            let made = Made::now(queue.counts);
            self.tally.learn(Some(made));
            made
        });
        let is_online = self.environment.online_switch().is_on();
        let sighting = self.reachability.last();
        let central_reachable = sighting.is_some_and(|sighting| sighting.reachable);
        let next_run_at = self.schedule.as_ref().and_then(|schedule| schedule.next_after(clock::now()));
        Ok(SyncState {
            online: is_online && central_reachable,
            is_online,
            central_reachable,
            central_checked_at: sighting.map(|sighting| clock::rfc3339(sighting.checked_at)),
            counts: queue.counts,
            counted_at: clock::rfc3339(counted.at),
            oldest_pending_seconds: queue.oldest_pending_seconds,
            running: queue.running,
            last_run: queue.last_run,
            next_run_at: next_run_at.map(clock::rfc3339),
            records: queue.records,
            next_after: queue.next_after,
        })
    }

    /// Lists the newest cycles.
    ///
    /// # Errors
    /// When DB_A cannot answer.
    pub async fn runs(&self, page: NewestPage) -> Result<RunList, RequestError> {
        let (runs, next_after) = page.limit.cut(runs::newest(&self.local, page).await?, |run| run.id);
        Ok(RunList { runs, next_after })
    }
}
