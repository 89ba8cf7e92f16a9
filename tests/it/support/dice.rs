//! Chance that depends on a seed alone, the same on every machine.

/// Draws numbers.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Prepares draws that depend on `seed` alone.
    pub fn new(seed: u64) -> Self {
        // Neighbouring seeds differ in a few bits only; multiplying spreads them, and zero would stay zero.
        let mut dice = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..4 {
            dice.roll(1);
        }
        dice
    }

    /// Draws a number from 0 to below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        // Marsaglia's xorshift: good enough to vary the work.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // Its low bits are the weakest.
        (self.0 >> 16) % sides
    }

    /// Draws a position from 0 to below `length`.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.roll(length as u64)).unwrap()
    }

    /// Draws one of `all`.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.index(all.len())]
    }

    /// Tells yes in so many of a hundred cases.
    pub fn happens(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }
}
