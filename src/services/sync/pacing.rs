//! How large batches may be on this link, and how long to wait when others stand in the way.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::attempt::{Attempt, Trouble};
use crate::utils::backoff;

/// The smallest batch a bad link is left with, in bytes; smaller ones would spend all time on round trips.
const SMALLEST_BATCH_BYTES: usize = 16 * 1024;

/// The longest pause before a batch is tried again, in milliseconds, for each time it was tried.
const PAUSE_STEP_MS: u64 = 100;

/// Learns from each batch: a failure halves the next one, success lets it grow again.
#[derive(Debug)]
pub struct Pacing {
    most: usize,
    now: AtomicUsize,
}

impl Pacing {
    /// Begins with `most` bytes, `SYNC_BATCH_BYTES`.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Self { most, now: AtomicUsize::new(most) }
    }

    /// Gives about how many bytes the next batch may send.
    #[must_use]
    pub fn batch_bytes(&self) -> usize {
        self.now.load(Ordering::Relaxed)
    }

    pub(super) fn learn(&self, attempt: &Result<Attempt, Trouble>) {
        let now = self.batch_bytes();
        let next = match attempt {
            Ok(Attempt::Applied { .. }) => now.saturating_mul(2).min(self.most),
            Err(Trouble::Central(_)) => (now / 2).max(SMALLEST_BATCH_BYTES.min(self.most)),
            Ok(Attempt::Again(_)) | Err(Trouble::Local(_)) => now,
        };
        self.now.store(next, Ordering::Relaxed);
    }

    /// Waits a random moment, longer with each attempt, so that two who collided do not collide again.
    pub(super) async fn pause(&self, attempts: u32) {
        let most = PAUSE_STEP_MS * u64::from(attempts);
        tokio::time::sleep(Duration::from_millis(backoff::jitter(most))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::DbError;

    #[test]
    fn a_broken_link_halves_the_next_batch_and_success_lets_it_grow() {
        let pacing = Pacing::new(100_000);
        for expected in [50_000, 25_000, 16_384, 16_384] {
            pacing.learn(&Err(Trouble::Central(DbError::Closed)));
            assert_eq!(pacing.batch_bytes(), expected);
        }
    }

    #[test]
    fn a_limit_below_the_smallest_batch_is_kept() {
        let pacing = Pacing::new(2000);
        pacing.learn(&Err(Trouble::Central(DbError::Closed)));
        assert_eq!(pacing.batch_bytes(), 2000);
    }
}
