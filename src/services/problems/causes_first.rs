//! Puts causes before what waits for them, and says of a record that waits what has become of the other.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::models::problems::{Holder, ProblemGroup, ProblemState};
use crate::utils::wording::name;

/// How the remedy of a record begins that waits for another and for nothing else.
const NOTHING: &str = "nothing";

/// Tells of each group that waits what it waits for, and sorts: what needs a person first, and causes before what waits
/// for them. The order of groups that are alike in that is kept.
pub(super) fn arrange(groups: &mut [ProblemGroup], holders: &[Holder]) {
    let causes: BTreeMap<String, &Holder> =
        groups.iter().filter_map(|group| Some((group.id.clone(), holder_of(group, holders)?))).collect();
    for group in groups.iter_mut() {
        tell(group, causes.get(&group.id).copied());
    }
    groups.sort_by_key(|group| (group.rank(), depth(&group.id, &causes), Reverse(group.entries)));
}

fn holder_of<'a>(group: &ProblemGroup, holders: &'a [Holder]) -> Option<&'a Holder> {
    let waits_for = group.waits_for.as_ref()?;
    holders.iter().find(|holder| holder.record == *waits_for)
}

/// Counts the groups that are in the way of this one. They may stand in a circle.
fn depth(id: &str, causes: &BTreeMap<String, &Holder>) -> usize {
    let mut seen = BTreeSet::from([id]);
    let mut at = id;
    while let Some(holder) = causes.get(at) {
        if !seen.insert(&holder.group) {
            break;
        }
        at = &holder.group;
    }
    seen.len()
}

/// Says what holds a group; what was noted when it was set aside cannot know what became of that since.
fn tell(group: &mut ProblemGroup, holder: Option<&Holder>) {
    let Some(other) = &group.waits_for else { return };
    if !group.remedy.starts_with(NOTHING) {
        return;
    }
    let other = format!("{} {}", name(&other.table_name), name(&other.record_id));
    let Some(holder) = holder else {
        group.remedy = format!("nothing: it goes by itself after {other}");
        return;
    };
    let (became, see) = match holder.state {
        ProblemState::Failed => ("was refused for good", "mend that one"),
        ProblemState::Waiting => ("was refused and is tried again", "see there why"),
        ProblemState::Held => ("is held itself", "see there for what"),
    };
    group.message = format!("waits for {other}, which {became}");
    group.remedy = format!("{other} {became}, {see}: it goes by itself after that record");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::problems::NamedRecord;

    fn named(id: &str) -> NamedRecord {
        NamedRecord { table_name: "users".to_owned(), record_id: id.to_owned() }
    }

    fn group(id: &str, state: ProblemState, waits_for: Option<&str>, entries: u64) -> ProblemGroup {
        let other = waits_for.unwrap_or_default();
        ProblemGroup {
            id: id.to_owned(),
            state,
            table_name: Some("users".to_owned()),
            class: "dependency".to_owned(),
            code: None,
            message: format!("waits for users {other}"),
            remedy: format!(
                "nothing, unless users {other} itself is stuck: it goes by itself after that record"
            ),
            waits_for: waits_for.map(named),
            records: entries,
            entries,
            at_least: false,
            oldest_at: String::new(),
            next_attempt_at: None,
            examples: Vec::new(),
        }
    }

    fn holder(id: &str, group: &str, state: ProblemState) -> Holder {
        Holder { record: named(id), group: group.to_owned(), state }
    }

    fn arranged(mut groups: Vec<ProblemGroup>, holders: &[Holder]) -> String {
        arrange(&mut groups, holders);
        let told = |group: &ProblemGroup| format!("{}: {}; {}", group.id, group.message, group.remedy);
        groups.iter().map(told).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_cause_stands_before_what_waits_for_it_and_is_said() {
        use ProblemState::{Failed, Held, Waiting};
        let mut lost = group("lost", Failed, None, 1);
        (lost.message, lost.remedy) = ("refused".to_owned(), "correct it".to_owned());
        let mut later = group("later", Waiting, None, 1);
        (later.message, later.remedy) = ("refused".to_owned(), "correct it".to_owned());
        let mut table = group("table", Held, Some("*"), 7);
        table.remedy = "mend what holds users".to_owned();
        let groups = vec![
            group("far", Held, Some("3"), 90),
            group("near", Held, Some("2"), 2),
            group("odd", Held, Some("9"), 80),
            group("after", Held, Some("1"), 1),
            table,
            later,
            lost,
        ];
        let holders = [holder("1", "lost", Failed), holder("2", "later", Waiting), holder("3", "near", Held)];
        insta::assert_snapshot!(arranged(groups, &holders), @r"
        lost: refused; correct it
        later: refused; correct it
        odd: waits for users 9; nothing: it goes by itself after users 9
        table: waits for users *; mend what holds users
        near: waits for users 2, which was refused and is tried again; users 2 was refused and is tried again, see there why: it goes by itself after that record
        after: waits for users 1, which was refused for good; users 1 was refused for good, mend that one: it goes by itself after that record
        far: waits for users 3, which is held itself; users 3 is held itself, see there for what: it goes by itself after that record
        ");
    }

    #[test]
    fn groups_that_wait_for_each_other_are_all_told() {
        use ProblemState::Held;
        let groups = vec![group("a", Held, Some("1"), 1), group("b", Held, Some("2"), 2)];
        let holders = [holder("1", "b", Held), holder("2", "a", Held)];
        assert_eq!(arranged(groups, &holders).lines().count(), 2);
    }
}
