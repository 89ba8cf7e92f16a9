//! How many rows are summed up in one go.

use std::time::Duration;

/// Rows of the first stretch: few enough that a table of large values answers in time.
const FIRST_ROWS: u64 = 1_000;

/// Most rows of a stretch; it bounds what is listed, and held in memory, when all of them differ: about 10 MB.
const MOST_ROWS: u64 = 32_000;

/// Fewest rows of a stretch, for tables of the largest values.
const FEWEST_ROWS: u64 = 10;

/// How long a stretch should take: long against a round trip, short against any time-out.
const AIM: Duration = Duration::from_millis(500);

/// Grows while the servers are quick, and shrinks when they are not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    rows: u64,
}

impl Pace {
    pub(super) const fn new() -> Self {
        Self { rows: FIRST_ROWS }
    }

    /// Gives the number of rows of the next stretch.
    pub(super) const fn rows(self) -> u64 {
        self.rows
    }

    /// Learns how long the last stretch took.
    pub(super) fn learn(&mut self, took: Duration) {
        if took < AIM / 2 {
            self.rows = (self.rows * 2).min(MOST_ROWS);
        } else if took > AIM * 2 {
            self.rows = (self.rows / 2).max(FEWEST_ROWS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_stays_within_its_bounds() {
        let mut pace = Pace::new();
        for _ in 0..20 {
            pace.learn(Duration::ZERO);
        }
        assert_eq!(pace.rows(), MOST_ROWS);
        pace.learn(AIM);
        assert_eq!(pace.rows(), MOST_ROWS);
        for _ in 0..20 {
            pace.learn(AIM * 3);
        }
        assert_eq!(pace.rows(), FEWEST_ROWS);
    }
}
