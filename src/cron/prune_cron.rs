//! Deletes SYNCED entries past retention, once an hour.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::services::prune::prune;

/// Time between two prunings. Ten times longer would let a busy site's queue grow by half a day beyond retention.
const INTERVAL: Duration = Duration::from_hours(1);

/// Time before the first, so that a program that is restarted again and again prunes all the same.
const FIRST: Duration = Duration::from_mins(1);

/// Prunes until `stop` is cancelled.
pub async fn run(settings: Arc<Settings>, stop: CancellationToken) {
    let mut wait = FIRST;
    loop {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled() => return,
        }
        prune_once(&settings).await;
        wait = INTERVAL;
    }
}

/// Prunes, and lets a failure wait for the next hour.
async fn prune_once(settings: &Settings) {
    if let Err(error) = prune(settings).await {
        tracing::warn!(%error, "could not prune; it is tried again within the hour");
    }
}
