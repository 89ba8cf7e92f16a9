//! Tells the state of synchronisation, from the databases and not from what the program believes.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::error::RequestError;
use super::reachability::{Reachability, Sighting};
use super::tally::{Answer, Made, Tally};
use crate::config::Environment;
use crate::config::environment::OnlineSwitch;
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
    site_name: Arc<str>,
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
        site_name: &str,
        tasks: TaskTracker,
    ) -> Self {
        let (tally, site_name) = (Tally::default(), site_name.into());
        Self { local, environment, reachability, schedule, site_name, tally, tasks }
    }

    /// Reads the state, with the entries that `page` asks for.
    ///
    /// # Errors
    /// When DB_A cannot answer.
    pub async fn read(&self, page: EntryPage) -> Result<SyncState, RequestError> {
        let begun = clock::monotonic();
        let known = match self.tally.ask(clock::monotonic()) {
            Answer::Count => None,
            Answer::Show(made) => Some(made),
            Answer::ShowAndCount(made) => {
                let (local, tally) = (self.local.clone(), self.tally.clone());
                self.tasks.spawn(async move {
                    tally.learn(status::count(&local).await.ok().map(|counts| Made::now(counts, begun)));
                });
                Some(made)
            }
        };
        let queue = status::read(&self.local, page, known.map(|made| made.counts)).await?;
        let counted = known.unwrap_or_else(|| {
            let made = Made::now(queue.counts, begun);
            self.tally.learn(Some(made));
            made
        });
        let (switch, sighting) = (self.environment.online_switch(), self.reachability.last());
        let is_online = switch.is_on();
        let central_reachable = sighting.as_ref().is_some_and(|sighting| sighting.trouble.is_none());
        let next_run_at = self.schedule.as_ref().and_then(|schedule| schedule.next_after(clock::now()));
        Ok(SyncState {
            site_name: self.site_name.to_string(),
            version: env!("CARGO_PKG_VERSION"),
            online: is_online && central_reachable,
            is_online,
            central_reachable,
            offline_reason: offline_reason(switch, sighting.as_ref()),
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

    /// Gives a text that changes whenever the state does, nearly always, and costs next to nothing however long the queue is.
    ///
    /// # Errors
    /// When DB_A cannot answer.
    pub async fn mark(&self) -> Result<String, RequestError> {
        let next_run_at = self.schedule.as_ref().and_then(|schedule| schedule.next_after(clock::now()));
        let (switch, sighting) = (self.environment.online_switch(), self.reachability.last());
        let queue = status::mark(&self.local).await?;
        Ok(format!("{queue:?} {switch:?} {sighting:?} {next_run_at:?}"))
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

/// Says why nothing can be carried at present, in a sentence; `None` when something can.
fn offline_reason(switch: OnlineSwitch, sighting: Option<&Sighting>) -> Option<String> {
    match (switch, sighting) {
        (OnlineSwitch::Off, _) => Some("IS_ONLINE is false".to_owned()),
        (OnlineSwitch::Unreadable(why), _) => {
            Some(format!("IS_ONLINE cannot be read, which counts as false: {why}"))
        }
        (OnlineSwitch::On, None) => Some("DB_B has not been asked yet".to_owned()),
        (OnlineSwitch::On, Some(Sighting { trouble, since, .. })) => {
            trouble.as_ref().map(|trouble| format!("{trouble} (since {})", clock::rfc3339(*since)))
        }
    }
}
