//! Draws numbers from a seed: the same seed gives the same work everywhere.

/// `SplitMix64`: 64 bits of state, no bad seeds, and short enough to be written again in any language.
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Begins the sequence of `seed`.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Begins the sequence of one of several that share a seed, none a shifted copy of another.
    pub fn for_part(seed: u64, part: u64) -> Self {
        let mut dice = Self::new(seed);
        let start = dice.next();
        Self::new(start ^ Self::new(part).next())
    }

    /// Draws 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Draws a number below `limit`, which is not zero. The bias is below one in 2^40 for the limits used here.
    pub const fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Draws a place in a list of `length`, which is not zero.
    pub fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        // The first three numbers of SplitMix64 for the seed 1234567, as its reference implementation gives them.
        let mut dice = Dice::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| dice.next()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn parts_of_one_seed_differ() {
        let draw = |part| Dice::for_part(1, part).next();
        assert_ne!(draw(0), draw(1));
        assert_eq!(draw(7), draw(7));
    }
}
