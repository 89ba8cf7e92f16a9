//! Sets of entry ids, written as ranges that hold no id outside the set.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::entry::{EntryId, UnknownWord};

/// A set of entry ids as ascending ranges, first and last included.
///
/// A range is broken at every id that is not in the set: such an id may belong to a transaction
/// that commits later, and must never be taken for a member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryIds(Vec<(EntryId, EntryId)>);

impl EntryIds {
    /// Gives the ranges.
    #[must_use]
    pub fn ranges(&self) -> &[(EntryId, EntryId)] {
        &self.0
    }

    /// Tells whether an id is in the set.
    #[must_use]
    pub fn contains(&self, id: EntryId) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= id);
        after > 0 && self.0[after - 1].1 >= id
    }

    /// Lists the ids, ascending.
    pub fn iter(&self) -> impl Iterator<Item = EntryId> {
        self.0.iter().flat_map(|&(first, last)| first..=last)
    }

    /// Counts the ids.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }
}

impl From<&BTreeSet<EntryId>> for EntryIds {
    fn from(ids: &BTreeSet<EntryId>) -> Self {
        let mut ranges: Vec<(EntryId, EntryId)> = Vec::new();
        for &id in ids {
            match ranges.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(id) => *last = id,
                Some(_) | None => ranges.push((id, id)),
            }
        }
        Self(ranges)
    }
}

impl fmt::Display for EntryIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (first, last)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            if first == last {
                write!(f, "{comma}{first}")?;
            } else {
                write!(f, "{comma}{first}-{last}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for EntryIds {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |word: &str| word.parse::<EntryId>().map_err(|_| UnknownWord(text.to_owned()));
        text.split(',')
            .filter(|range| !range.is_empty())
            .map(|range| match range.split_once('-') {
                Some((first, last)) => Ok((number(first)?, number(last)?)),
                None => number(range).map(|id| (id, id)),
            })
            .collect::<Result<Vec<_>, _>>()
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_break_at_every_missing_id() {
        let ids = EntryIds::from(&BTreeSet::from([1, 2, 3, 5, 7, 8]));
        assert_eq!(ids.to_string(), "1-3,5,7-8");
        assert_eq!(ids.count(), 6);
        assert_eq!(EntryIds::default().to_string(), "");
    }

    proptest! {
        #[test]
        fn exactly_the_given_ids_come_back(ids in proptest::collection::btree_set(0_u64..200, 0..60)) {
            let text = EntryIds::from(&ids).to_string();
            let back: EntryIds = text.parse().unwrap();
            let members: BTreeSet<u64> = back.ranges().iter().flat_map(|&(a, b)| a..=b).collect();
            prop_assert_eq!(members, ids);
        }
    }
}
