//! Conditions that name exactly the entries of a batch.

use crate::models::entry_ids::EntryIds;

/// Most ranges in one condition; MariaDB stops using the index beyond 16,000 range arguments
/// and turns lists of 1,000 into a subquery.
const RANGES_PER_CONDITION: usize = 400;

/// Writes conditions on column `id` that together name exactly `ids`; none for no ids.
#[must_use]
pub fn conditions(column: &str, ids: &EntryIds) -> Vec<String> {
    ids.ranges().chunks(RANGES_PER_CONDITION).map(|ranges| condition(column, ranges)).collect()
}

fn condition(column: &str, ranges: &[(u64, u64)]) -> String {
    let singles: Vec<String> =
        ranges.iter().filter(|(first, last)| first == last).map(|(id, _)| id.to_string()).collect();
    let mut parts: Vec<String> = ranges
        .iter()
        .filter(|(first, last)| first != last)
        .map(|(first, last)| format!("{column} between {first} and {last}"))
        .collect();
    if !singles.is_empty() {
        parts.push(format!("{column} in ({})", singles.join(",")));
    }
    format!("({})", parts.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_ids_and_ranges_are_told_apart() {
        let ids: EntryIds = "1-3,5,7,9-10".parse().unwrap();
        assert_eq!(conditions("id", &ids), ["(id between 1 and 3 or id between 9 and 10 or id in (5,7))"]);
        assert!(conditions("id", &EntryIds::default()).is_empty());
    }

    #[test]
    fn many_ranges_are_spread_over_conditions() {
        let ids = EntryIds::from(&(0..2000).step_by(2).collect());
        assert_eq!(conditions("id", &ids).len(), 1000_usize.div_ceil(RANGES_PER_CONDITION));
    }
}
