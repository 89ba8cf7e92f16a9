//! Tells the state of synchronisation, from the databases and not from what the program believes.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::capture_gaps::CaptureGaps;
use super::error::RequestError;
use super::reachability::{Reachability, Sighting};
use super::standing::Looks;
use super::tally::{Answer, Made, Tally};
use crate::config::environment::OnlineSwitch;
use crate::config::{Environment, Settings};
use crate::db::local_db::status::QueueState;
use crate::db::local_db::{LocalPool, runs, status};
use crate::models::cycle::Outcome;
use crate::models::page::NewestPage;
use crate::models::status::{EntryPage, RunList, Situation, SyncState};
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
    gaps: CaptureGaps,
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
        settings: Arc<Settings>,
        tasks: TaskTracker,
    ) -> Self {
        let (tally, site_name) = (Tally::default(), settings.site_name.as_str().into());
        Self {
            local,
            environment,
            reachability,
            schedule,
            site_name,
            tally,
            gaps: CaptureGaps::new(settings),
            tasks,
        }
    }

    /// Gives what looks for changes that escape.
    #[must_use]
    pub fn capture_gaps(&self) -> CaptureGaps {
        self.gaps.clone()
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
        let uncaptured = self.gaps.list().await?;
        let (switch, sighting) = (self.environment.online_switch(), self.reachability.last());
        let is_online = switch.is_on();
        let central_reachable = sighting.as_ref().is_some_and(|sighting| sighting.trouble.is_none());
        let looks = Looks {
            stands_between: stands_between(is_online, sighting.as_ref()),
            is_captured: uncaptured.as_ref().is_none_or(Vec::is_empty),
            last_outcome: queue.last_run.as_ref().and_then(|run| run.outcome.as_deref()),
            counts: queue.counts,
            running: queue.running,
        };
        let state = looks.situation();
        let next_run_at = self.schedule.as_ref().and_then(|schedule| schedule.next_after(clock::now()));
        Ok(SyncState {
            site_name: self.site_name.to_string(),
            version: env!("CARGO_PKG_VERSION"),
            state,
            since: since(state, &queue, sighting.as_ref()),
            uncaptured,
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

/// Tells what stands between both sides, if anything does.
fn stands_between(is_online: bool, sighting: Option<&Sighting>) -> Option<Situation> {
    match sighting {
        Some(sighting) if is_online && sighting.trouble.is_none() => None,
        Some(sighting) if is_online && sighting.refused => Some(Situation::Refused),
        Some(_) | None => Some(Situation::Offline),
    }
}

/// Tells since when things stand so. What cycles saw goes back further than this process.
fn since(state: Situation, queue: &QueueState, sighting: Option<&Sighting>) -> Option<String> {
    let oldest = || queue.oldest_failed_at.iter().chain(&queue.oldest_pending_at).min().cloned();
    match state {
        Situation::Stopped | Situation::Failing => queue.last_outcome_since.clone(),
        Situation::Offline | Situation::Refused => {
            let outcome = queue.last_run.as_ref().and_then(|run| run.outcome.as_deref());
            let never_met =
                outcome == Some(Outcome::Offline.as_str()) || outcome == Some(Outcome::Unreachable.as_str());
            let seen_here = || sighting.map(|sighting| clock::rfc3339(sighting.since));
            queue.last_outcome_since.clone().filter(|_| never_met).or_else(seen_here)
        }
        Situation::Stuck => oldest(),
        Situation::Behind | Situation::AtWork => queue.oldest_pending_at.clone(),
        Situation::Uncertain => queue.last_run.as_ref().and_then(|run| run.finished_at.clone()),
        Situation::Escaping | Situation::InSync => None,
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
