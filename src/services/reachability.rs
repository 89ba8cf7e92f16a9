//! Whether DB_B answered when it was last asked, known to all who ask it.

use jiff::Timestamp;
use tokio::sync::watch;

use crate::utils::clock;

/// What became of one attempt to reach DB_B.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// Whether it answered.
    pub reachable: bool,
    /// When.
    pub checked_at: Timestamp,
}

/// Keeps the last sighting; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Reachability(watch::Sender<Option<Sighting>>);

impl Reachability {
    /// Notes whether DB_B just answered.
    pub fn record(&self, reachable: bool) {
        self.0.send_replace(Some(Sighting { reachable, checked_at: clock::now() }));
    }

    /// Gives the last sighting; `None` before the first.
    #[must_use]
    pub fn last(&self) -> Option<Sighting> {
        *self.0.borrow()
    }
}
