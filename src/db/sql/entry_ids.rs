//! Conditions that name exactly the entries of a batch.

use super::whole_numbers::{self, Ranges};
use crate::models::entry_ids::EntryIds;

/// Most ids and ranges of one condition; MariaDB stops using the index beyond 16,000, and MySQL takes some megabytes for as
/// many.
const MOST_TERMS: i128 = 1_000;

/// Writes conditions on column `id` that together name exactly `ids`; none for no ids.
#[must_use]
pub fn conditions(column: &str, ids: &EntryIds) -> Vec<String> {
    let (mut conditions, mut some, mut terms) = (Vec::new(), Ranges::new(), 0);
    for &(first, last) in ids.ranges() {
        let range = (i128::from(first), i128::from(last));
        terms += whole_numbers::terms(range);
        if terms > MOST_TERMS {
            conditions.push(whole_numbers::condition(column, &some));
            some.clear();
            terms = whole_numbers::terms(range);
        }
        some.push(range);
    }
    if !some.is_empty() {
        conditions.push(whole_numbers::condition(column, &some));
    }
    conditions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_ids_are_one_condition() {
        let ids: EntryIds = "1-3,5,11-20".parse().unwrap();
        assert_eq!(conditions("id", &ids), ["(id between 11 and 19 or id in (1,2,3,5,20))"]);
        assert!(conditions("id", &EntryIds::default()).is_empty());
    }

    #[test]
    fn many_ids_are_spread_over_conditions() {
        let ids = EntryIds::from(&(0..5000).step_by(2).collect());
        assert_eq!(conditions("id", &ids).len(), 3);
    }
}
