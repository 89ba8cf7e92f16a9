//! How far a batch reaches for records that it does not name.

use super::claim::Limits;

/// Most records that go along with one batch: a circle of unique values must be whole. They are held in memory, and a
/// chain of them is followed one record at a time.
const MOST: usize = 10_000;

/// Fewest that may go along, however often that was not enough.
const FEWEST: usize = 64;

/// What may go along once nothing else moves: some hundred megabytes of memory at the very most.
const LAST: Limits = Limits { entries: 200_000, bytes: 64 << 20 };

/// How far the batches of one cycle reach.
#[derive(Debug)]
pub struct Reach {
    most: Limits,
    entries: usize,
    was_in_vain: bool,
}

impl Reach {
    /// Begins a cycle whose batches are of at most `batch_bytes`.
    #[must_use]
    pub const fn new(batch_bytes: usize) -> Self {
        Self { most: Limits { entries: MOST, bytes: batch_bytes }, entries: MOST, was_in_vain: false }
    }

    /// Gives what may go along with the next batch.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        Limits { entries: self.entries, bytes: self.most.bytes }
    }

    /// Learns that more would have had to go along. What such a chain blocks waits until the chain has gone by itself, batch
    /// by batch from its end, so that following it again and again would be in vain: next time a quarter of it is tried.
    pub fn fell_short(&mut self) {
        self.was_in_vain = true;
        self.entries = (self.entries / 4).max(FEWEST);
    }

    /// Learns that all that must go along was found.
    pub const fn sufficed(&mut self) {
        self.entries = self.most.entries;
    }

    /// Reaches as far as memory allows; false if that has been tried, or would find nothing new.
    pub const fn go_to_the_end(&mut self) -> bool {
        let is_of_use = self.was_in_vain && self.most.entries < LAST.entries;
        if is_of_use {
            self.most = LAST;
            self.entries = LAST.entries;
        }
        is_of_use
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_short_is_tried_with_less_and_what_suffices_with_all() {
        let mut reach = Reach::new(4096);
        (0..9).for_each(|_| reach.fell_short());
        assert_eq!(reach.limits().entries, FEWEST);
        reach.sufficed();
        assert_eq!(reach.limits().entries, MOST);
    }

    #[test]
    fn the_end_is_reached_once_and_only_after_something_fell_short() {
        let mut reach = Reach::new(4096);
        assert!(!reach.go_to_the_end());
        reach.fell_short();
        assert!(reach.go_to_the_end());
        assert_eq!(reach.limits().bytes, LAST.bytes);
        assert!(!reach.go_to_the_end());
    }
}
