//! Rows of DB_B whose unique values other records of DB_A have: when those are to give them up in the same step, all
//! are deleted and inserted again in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use super::write::Target;
use crate::db::catalog::Catalog;
use crate::db::local_db::{Incoming, Way};
use crate::db::sql::trigger;
use crate::services::verify::{Failed, Sides};

/// What became of rows that stood in each other's way.
#[derive(Default)]
pub(super) struct Parked {
    /// How many were written.
    pub(super) written: u64,
    /// The others, each with the reason.
    pub(super) left: Vec<(String, String)>,
}

/// Tells whether nothing in DB_A notices when a row is deleted and inserted again in one transaction: no trigger but
/// our own, and no foreign key to anything but the primary key, which stays the same.
pub(super) fn is_unnoticed(local: &Catalog, table: &str) -> bool {
    let Some(parked) = local.get(table) else { return false };
    let by_trigger = parked
        .triggers
        .iter()
        .any(|one| one.event == "DELETE" && !one.name.starts_with(trigger::NAME_PREFIX));
    let by_key = local
        .values()
        .flat_map(|child| &child.foreign_keys)
        .any(|key| key.parent_table == table && key.parent_columns != parked.primary_key);
    !by_trigger && !by_key
}

/// Parks the rows that only wait for each other, each closed group in a transaction of its own.
pub(super) async fn park(
    target: &Target<'_>,
    sides: &mut Sides<'_>,
    stuck: &[Incoming],
) -> Result<Parked, Failed> {
    let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in stuck {
        let found = sides.local.owners_of_unique_values(&target.down, &one.row.values).await;
        owners.insert(one.row.record_id.clone(), found.map_err(Failed::Local)?);
    }
    let groups = closed_groups(&owners);
    let mut parked = Parked::default();
    for group in &groups {
        let rows: Vec<&Incoming> = stuck.iter().filter(|one| group.contains(&one.row.record_id)).collect();
        match target.write(sides, &rows, Way::Park).await? {
            None => parked.written += rows.len() as u64,
            Some(refusal) => {
                parked
                    .left
                    .extend(group.iter().map(|record_id| (record_id.clone(), refusal.message.clone())));
            }
        }
    }
    let in_group = |record_id: &String| groups.iter().any(|group| group.contains(record_id));
    for (record_id, owners) in owners.iter().filter(|(record_id, _)| !in_group(record_id)) {
        let owners = owners.join(", ");
        parked.left.push((record_id.clone(), format!("a unique value of it belongs to {owners} in DB_A")));
    }
    Ok(parked)
}

/// Divides the records whose unique values belong to nobody but themselves into groups that do not touch each other.
fn closed_groups(owners: &BTreeMap<String, Vec<String>>) -> Vec<BTreeSet<String>> {
    let mut inside: BTreeSet<&String> = owners.keys().collect();
    loop {
        let before = inside.len();
        let all = inside.clone();
        inside.retain(|record| owners[*record].iter().all(|owner| all.contains(owner)));
        if inside.len() == before {
            break;
        }
    }
    let mut groups: Vec<BTreeSet<String>> = Vec::new();
    for record in inside {
        let mut group: BTreeSet<String> = owners[record].iter().cloned().collect();
        group.insert(record.clone());
        let (touching, apart): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|other| !other.is_disjoint(&group));
        group.extend(touching.into_iter().flatten());
        groups = apart;
        groups.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(owners: &[(&str, &[&str])]) -> Vec<Vec<String>> {
        let owners = owners
            .iter()
            .map(|(record, owners)| {
                ((*record).to_owned(), owners.iter().map(|&owner| owner.to_owned()).collect())
            })
            .collect();
        closed_groups(&owners).into_iter().map(|group| group.into_iter().collect()).collect()
    }

    #[test]
    fn a_swap_and_a_rotation_are_groups_of_their_own() {
        let found = groups(&[("1", &["2"]), ("2", &["1"]), ("3", &["4"]), ("4", &["5"]), ("5", &["3"])]);
        assert_eq!(found, [vec!["1", "2"], vec!["3", "4", "5"]]);
    }

    #[test]
    fn whoever_waits_for_a_record_that_stays_is_left_with_all_that_wait_for_it() {
        assert_eq!(groups(&[("1", &["2"]), ("2", &["9"]), ("3", &[])]), [vec!["3"]]);
    }
}
