//! A sign of life with a date: whoever works says by when it will show the next one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::clock;

/// How much later than promised a sign may come: a busy machine, or work between two requests. Ten times more, and nobody
/// would notice for ten minutes that nothing moves.
pub const MARGIN: Duration = Duration::from_mins(1);

/// The latest moment of the next sign; clones share it. Who is at rest owes none.
#[derive(Debug, Clone, Default)]
pub struct Pulse(Arc<Mutex<Option<Instant>>>);

impl Pulse {
    /// Shows a sign, and promises the next within `time`. What was promised for later by something that goes on at the same
    /// time stands.
    pub fn next_within(&self, time: Duration) {
        let due = clock::monotonic() + time + MARGIN;
        let mut promised = self.promised();
        *promised = promised.max(Some(due));
    }

    /// Owes nothing until the next sign.
    pub fn rest(&self) {
        *self.promised() = None;
    }

    /// Tells whether the sign that was promised has not come by `now`.
    #[must_use]
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.promised().is_some_and(|due| due < now)
    }

    /// Lets the sign be overdue, as after a hang.
    #[cfg(test)]
    pub fn overdue(&self) {
        *self.promised() = clock::monotonic().checked_sub(Duration::from_millis(1));
    }

    fn promised(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_is_overdue_once_its_time_and_the_margin_are_over() {
        let pulse = Pulse::default();
        let start = clock::monotonic();
        assert!(!pulse.is_overdue(start + MARGIN * 100), "who never began owes nothing");
        pulse.next_within(Duration::from_secs(20));
        assert!(!pulse.is_overdue(start + Duration::from_secs(20) + MARGIN));
        assert!(pulse.is_overdue(start + Duration::from_secs(22) + MARGIN));
        pulse.rest();
        assert!(!pulse.is_overdue(start + MARGIN * 100));
    }

    #[test]
    fn a_short_promise_does_not_cut_a_longer_one_short() {
        let pulse = Pulse::default();
        let start = clock::monotonic();
        pulse.next_within(Duration::from_secs(90));
        pulse.next_within(Duration::from_secs(1));
        assert!(!pulse.is_overdue(start + Duration::from_secs(80) + MARGIN));
    }
}
