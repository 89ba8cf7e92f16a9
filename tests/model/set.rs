//! A set of small numbers, cheap to copy and to hash.

/// Holds small numbers (entries or tokens), one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Set(u32);

impl Set {
    /// Adds one member.
    pub fn insert(&mut self, member: usize) {
        self.0 |= 1 << member;
    }

    /// Tells whether `member` is in it.
    pub fn contains(self, member: usize) -> bool {
        self.0 & (1 << member) != 0
    }

    /// Tells whether both share a member.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Tells whether it has no member.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the members of either.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the members that `other` does not have.
    pub fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Walks the members, smallest first.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..32).filter(move |&member| self.contains(member))
    }
}

impl FromIterator<usize> for Set {
    fn from_iter<I: IntoIterator<Item = usize>>(members: I) -> Self {
        let mut set = Self::default();
        members.into_iter().for_each(|member| set.insert(member));
        set
    }
}
