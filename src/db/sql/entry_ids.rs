//! Conditions that name exactly the entries of a batch.

use crate::models::entry_ids::EntryIds;

/// Most ids listed in one condition; MariaDB stops using the index beyond 16,000, and MySQL takes some megabytes for as many.
const IDS_PER_CONDITION: usize = 1_000;

/// Writes conditions on column `id` that together name exactly `ids`, one by one; none for no ids.
///
/// A range would be read up to the entry behind it, and some servers wait there for whoever is writing that one.
#[must_use]
pub fn conditions(column: &str, ids: &EntryIds) -> Vec<String> {
    let listed: Vec<String> = ids.iter().map(|id| id.to_string()).collect();
    listed.chunks(IDS_PER_CONDITION).map(|some| format!("{column} in ({})", some.join(","))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_named_by_itself() {
        let ids: EntryIds = "1-3,5,9-10".parse().unwrap();
        assert_eq!(conditions("id", &ids), ["id in (1,2,3,5,9,10)"]);
        assert!(conditions("id", &EntryIds::default()).is_empty());
    }

    #[test]
    fn many_ids_are_spread_over_conditions() {
        let ids = EntryIds::from(&(0..5000).step_by(2).collect());
        assert_eq!(conditions("id", &ids).len(), 3);
    }
}
