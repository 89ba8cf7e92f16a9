//! Looks whether DB_B answers, so that the status is true between two cycles as well.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::config::Environment;
use crate::services::sync::SyncService;

/// Time between two looks; the status is at most this much, and one time-out of DB_B, behind the truth.
const INTERVAL: Duration = Duration::from_secs(15);

/// Looks until `stop` is cancelled. While `IS_ONLINE` is false DB_B is left alone.
pub async fn run(environment: Arc<Environment>, sync: SyncService, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if environment.online_switch().is_on() {
            tokio::select! {
                _ = sync.probe_central() => {}
                () = stop.cancelled() => return,
            }
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = stop.cancelled() => {}
        }
    }
}
