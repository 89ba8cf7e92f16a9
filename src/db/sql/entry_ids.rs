//! Conditions that name exactly the entries of a batch.

use crate::models::entry_ids::EntryIds;

/// Fewest ids of a range that is written as one; the ids of shorter ones are listed. A server compares each row with one
/// range after the other, and finds it in a list by halving.
const FEWEST_IN_RANGE: u64 = 100;

/// Most ranges in one condition.
const RANGES_PER_CONDITION: usize = 8;

/// Most ids listed in one condition; MariaDB stops using the index beyond 16,000, and MySQL takes some megabytes for as many.
const IDS_PER_CONDITION: usize = 1_000;

/// Writes conditions on column `id` that together name exactly `ids`; none for no ids.
#[must_use]
pub fn conditions(column: &str, ids: &EntryIds) -> Vec<String> {
    let is_long = |(first, last): &&(u64, u64)| last - first >= FEWEST_IN_RANGE;
    let long: Vec<&(u64, u64)> = ids.ranges().iter().filter(is_long).collect();
    let short = ids.ranges().iter().filter(|range| !is_long(range));
    let ranges = long.chunks(RANGES_PER_CONDITION).map(|some| {
        let ranges: Vec<String> =
            some.iter().map(|(first, last)| format!("{column} between {first} and {last}")).collect();
        format!("({})", ranges.join(" or "))
    });
    let listed: Vec<String> =
        short.flat_map(|&(first, last)| first..=last).map(|id| id.to_string()).collect();
    let lists = listed.chunks(IDS_PER_CONDITION).map(|some| format!("{column} in ({})", some.join(",")));
    ranges.chain(lists).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ranges_are_listed_and_long_ones_are_not() {
        let ids: EntryIds = "1-3,5,200-400,9-10,1000-1100".parse().unwrap();
        assert_eq!(
            conditions("id", &ids),
            ["(id between 200 and 400 or id between 1000 and 1100)", "id in (1,2,3,5,9,10)"]
        );
        assert!(conditions("id", &EntryIds::default()).is_empty());
    }

    #[test]
    fn many_ids_are_spread_over_conditions() {
        let ids = EntryIds::from(&(0..5000).step_by(2).collect());
        assert_eq!(conditions("id", &ids).len(), 3);
        let long: Vec<String> = (0..20).map(|n| format!("{}-{}", n * 1000, n * 1000 + 500)).collect();
        assert_eq!(conditions("id", &long.join(",").parse().unwrap()).len(), 3);
    }
}
