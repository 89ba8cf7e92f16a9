//! Tells a person on standard error what is going on, and about how long it will still take.

use std::cell::Cell;
use std::time::{Duration, Instant};

use backhaul::utils::clock::monotonic;

/// How far a run has come.
pub struct Progress {
    started: Instant,
    steps: u64,
    done: Cell<u64>,
}

impl Progress {
    /// Begins a run of about `steps` steps.
    pub fn new(steps: u64) -> Self {
        Self { started: monotonic(), steps, done: Cell::new(0) }
    }

    /// Says what begins now.
    pub fn step(&self, what: &str) {
        let done = self.done.get();
        self.done.set(done + 1);
        let elapsed = self.started.elapsed();
        let left = remaining(elapsed, done, self.steps)
            .map_or_else(String::new, |left| format!(", about {} left", clock(left)));
        eprintln!("[{:>3}/{} {}{left}] {what}", done + 1, self.steps.max(done + 1), clock(elapsed));
    }
}

/// Says something beside the steps.
pub fn note(what: &str) {
    eprintln!("          {what}");
}

/// Supposes that what is left goes as fast as what is done; nothing is known before a few steps are.
fn remaining(elapsed: Duration, done: u64, steps: u64) -> Option<Duration> {
    let (done, left) = (u32::try_from(done).ok()?, u32::try_from(steps.checked_sub(done)?).ok()?);
    (done >= 5).then(|| elapsed / done * left)
}

fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_estimated_from_what_was_done() {
        let minute = Duration::from_mins(1);
        assert_eq!(remaining(minute, 10, 40), Some(3 * minute));
        assert_eq!(remaining(minute, 2, 40), None);
        assert_eq!(remaining(minute, 50, 40), None);
        assert_eq!(clock(Duration::from_secs(605)), "10:05");
    }
}
