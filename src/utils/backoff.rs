//! How long a record waits between judged attempts.

use std::time::Duration;

/// The wait after the first judged failure.
const FIRST: Duration = Duration::from_secs(30);

/// The longest wait; ten times more would leave a mended record waiting for most of a day.
pub const LONGEST: Duration = Duration::from_hours(1);

/// Gives the wait after the `attempts`-th failure, counted from 1: it doubles each time, up to [`LONGEST`].
#[must_use]
pub fn delay(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(20);
    FIRST.saturating_mul(1 << doublings).min(LONGEST)
}

/// Draws a number from 0 to `most`.
#[must_use]
pub fn jitter(most: u64) -> u64 {
    let (high, low) = uuid::Uuid::new_v4().as_u64_pair();
    (high ^ low) % most.saturating_add(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_the_longest() {
        let seconds: Vec<u64> = (1..=9).map(|attempts| delay(attempts).as_secs()).collect();
        assert_eq!(seconds, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(delay(u32::MAX), LONGEST);
    }
}
