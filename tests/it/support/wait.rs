//! Waits for a condition instead of sleeping for a guessed time.

use std::time::{Duration, Instant};

/// How long a condition may take before the test fails; a healthy one takes a fraction of it.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until `condition` holds; panics with `what` when it does not within a minute.
pub async fn wait_for(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    #[expect(clippy::disallowed_methods, reason = "the tests have a clock of their own")]
    let started = Instant::now();
    while !condition().await {
        assert!(started.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
