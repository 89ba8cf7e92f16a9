//! How much of a list is asked for.

/// Most elements one answer lists, from 1 to [`Limit::MOST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u16);

impl Limit {
    /// The largest limit; ten times more would make answers of megabytes.
    pub const MOST: u16 = 500;

    /// The smallest limit.
    pub const FEWEST: Self = Self(1);

    /// Checks `number` against the bounds.
    #[must_use]
    pub fn new(number: u64) -> Option<Self> {
        u16::try_from(number).ok().filter(|number| (1..=Self::MOST).contains(number)).map(Self)
    }

    /// Gives the number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// Gives the number to ask a database for, so that [`Limit::cut`] can tell whether others follow.
    #[must_use]
    pub const fn with_one_more(self) -> u16 {
        self.0 + 1
    }

    /// Cuts `elements` to the limit, and gives the id after which to go on if there were more.
    pub fn cut<T>(self, mut elements: Vec<T>, id: impl Fn(&T) -> u64) -> (Vec<T>, Option<u64>) {
        let limit = usize::from(self.0);
        let more = elements.len() > limit;
        elements.truncate(limit);
        let next_after = elements.last().filter(|_| more).map(id);
        (elements, next_after)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}

/// A part of a list ordered by ascending id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Page {
    /// Most elements.
    pub limit: Limit,
    /// Only ids above this one; 0 begins at the front.
    pub after: u64,
}

/// A part of a list that begins with the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NewestPage {
    /// Most elements.
    pub limit: Limit,
    /// Only ids below this one; `None` begins with the newest of all.
    pub after: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_taken_up_to_its_edges() {
        assert_eq!(
            [0, 1, 500, 501, u64::MAX].map(|number| Limit::new(number).is_some()),
            [false, true, true, false, false]
        );
    }

    #[test]
    fn a_list_that_just_fits_has_no_next_page() {
        let limit = Limit::new(2).unwrap();
        assert_eq!(limit.cut(vec![1, 2], |id| *id), (vec![1, 2], None));
        assert_eq!(limit.cut(vec![1, 2, 3], |id| *id), (vec![1, 2], Some(2)));
        assert_eq!(limit.cut(Vec::<u64>::new(), |id| *id), (vec![], None));
    }
}
