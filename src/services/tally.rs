//! The counts of a long queue take long. They are remembered for a moment, and counted again in the background, so that
//! nobody who asks for the status waits for them; a short queue is counted each time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::models::status::Counts;
use crate::utils::clock;

/// How long counts of a long queue are shown before it is counted again, at least.
const FRESH: Duration = Duration::from_secs(5);

/// For how many times as long as counting took they are shown, so that DB_A spends a twentieth of its time on it at most.
const SHARE: u32 = 20;

/// How long that may be.
const LONGEST_FRESH: Duration = Duration::from_secs(25);

/// How old they may be shown at most, while that is being done.
const OLDEST: Duration = Duration::from_secs(30);

/// The counts that were made last.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    last: Arc<Mutex<Last>>,
}

#[derive(Debug, Default)]
struct Last {
    made: Option<Made>,
    is_counting: bool,
}

/// Counts, and when they were made.
#[derive(Debug, Clone, Copy)]
pub struct Made {
    /// The counts.
    pub counts: Counts,
    /// When, for people.
    pub at: Timestamp,
    since: Instant,
    took: Duration,
}

impl Made {
    /// Takes note of counts just made, by a counting that began at `begun`.
    #[must_use]
    pub fn now(counts: Counts, begun: Instant) -> Self {
        let since = clock::monotonic();
        Self { counts, at: clock::now(), since, took: since.saturating_duration_since(begun) }
    }

    /// Gives for how long they are shown before the queue is counted again.
    fn fresh(&self) -> Duration {
        (self.took * SHARE).clamp(FRESH, LONGEST_FRESH)
    }
}

/// What is to be done for one who asks.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// The queue is to be counted now.
    Count,
    /// These may be shown.
    Show(Made),
    /// These may be shown, and whoever asked lets the queue be counted again.
    ShowAndCount(Made),
}

impl Tally {
    /// Tells what is to be done for one who asks at `now`.
    #[must_use]
    pub fn ask(&self, now: Instant) -> Answer {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(made) = last.made.filter(|made| made.counts.is_long()) else { return Answer::Count };
        let age = now.saturating_duration_since(made.since);
        if age > OLDEST {
            return Answer::Count;
        }
        if age <= made.fresh() || last.is_counting {
            return Answer::Show(made);
        }
        last.is_counting = true;
        Answer::ShowAndCount(made)
    }

    /// Remembers new counts; without any, that there are none to be had at present.
    pub fn learn(&self, made: Option<Made>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.made = made.or(last.made);
        last.is_counting = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(synced: u64) -> Made {
        Made::now(Counts { synced, ..Counts::default() }, clock::monotonic())
    }

    #[test]
    fn a_short_queue_is_counted_each_time() {
        let tally = Tally::default();
        tally.learn(Some(made(Counts::LONG_QUEUE - 1)));
        assert!(matches!(tally.ask(clock::monotonic()), Answer::Count));
    }

    #[test]
    fn a_long_queue_is_counted_by_one_alone_and_never_shown_as_it_was_long_ago() {
        let tally = Tally::default();
        assert!(matches!(tally.ask(clock::monotonic()), Answer::Count));
        let long = made(Counts::LONG_QUEUE);
        tally.learn(Some(long));
        let after = |time| long.since + time;
        assert!(matches!(tally.ask(after(FRESH)), Answer::Show(_)));
        let slow = Made { took: Duration::from_secs(1), ..long };
        assert_eq!(slow.fresh(), Duration::from_secs(20), "a twentieth of the time");
        assert_eq!(Made { took: Duration::from_mins(1), ..long }.fresh(), LONGEST_FRESH);
        let later = after(FRESH + Duration::from_millis(1));
        assert!(matches!(tally.ask(later), Answer::ShowAndCount(_)));
        assert!(matches!(tally.ask(later), Answer::Show(_)), "somebody counts already");
        tally.learn(None);
        assert!(matches!(tally.ask(later), Answer::ShowAndCount(_)), "whoever counted had no luck");
        assert!(matches!(tally.ask(after(OLDEST + Duration::from_millis(1))), Answer::Count));
    }
}
