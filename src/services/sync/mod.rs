//! The cycle that carries changes from DB_A to DB_B.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::reachability::Reachability;
use crate::config::{Environment, Settings};
use crate::models::cycle::{CycleReport, Outcome, Trigger};

/// Runs cycles, whoever asks for one.
#[derive(Debug, Clone)]
pub struct SyncService {
    environment: Arc<Environment>,
    settings: Arc<Settings>,
    reachability: Reachability,
    stop: CancellationToken,
}

impl SyncService {
    /// Prepares cycles between the databases of `settings`; they end early once `stop` is cancelled.
    #[must_use]
    pub const fn new(
        environment: Arc<Environment>,
        settings: Arc<Settings>,
        reachability: Reachability,
        stop: CancellationToken,
    ) -> Self {
        Self { environment, settings, reachability, stop }
    }

    /// Runs one cycle.
    #[expect(clippy::unused_async, reason = "the cycle itself is not in this branch")]
    pub async fn run(&self, trigger: Trigger) -> CycleReport {
        tracing::debug!(?trigger, site = self.settings.site_name, stopping = self.stop.is_cancelled());
        let known = self.reachability.last().is_some();
        let outcome = match (self.environment.online_switch().is_on(), known) {
            (true, _) => Outcome::Unreachable,
            (false, _) => Outcome::Offline,
        };
        CycleReport::new(outcome)
    }

    /// Asks whether DB_B answers.
    #[expect(clippy::unused_async, reason = "DB_B's access is not in this branch")]
    pub async fn probe_central(&self) -> bool {
        false
    }
}
