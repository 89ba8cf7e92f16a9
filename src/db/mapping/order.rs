//! Orders tables so that parents come before children.

use std::collections::BTreeMap;

use super::refusal::TableProblem;
use super::table_mapping::TableMapping;

/// Orders `tables` parents first; tables that refer to each other in a circle, or to themselves,
/// become problems, since no order of single statements serves them.
pub(super) fn parents_first(
    mut tables: BTreeMap<String, TableMapping>,
    problems: &mut BTreeMap<String, TableProblem>,
) -> Vec<TableMapping> {
    let mut ordered: Vec<TableMapping> = Vec::new();
    while !tables.is_empty() {
        let ready: Vec<String> = tables
            .values()
            .filter(|table| !table.foreign_keys.iter().any(|key| tables.contains_key(&key.parent_table)))
            .map(|table| table.name.clone())
            .collect();
        if ready.is_empty() {
            let circle: Vec<String> = tables.keys().cloned().collect();
            for name in &circle {
                problems.insert(name.clone(), TableProblem::circle(name, &circle));
            }
            break;
        }
        ordered.extend(ready.iter().filter_map(|name| tables.remove(name)));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::super::table_mapping::{fixture, refers_to};
    use super::*;

    fn order(tables: Vec<TableMapping>) -> (Vec<String>, Vec<String>) {
        let mut problems = BTreeMap::new();
        let tables = tables.into_iter().map(|table| (table.name.clone(), table)).collect();
        let ordered = parents_first(tables, &mut problems);
        (ordered.into_iter().map(|table| table.name).collect(), problems.into_keys().collect())
    }

    #[test]
    fn parents_come_before_children_whatever_their_names() {
        let (ordered, problems) = order(vec![
            refers_to(fixture("a_lines", &["id"]), "orders"),
            refers_to(fixture("orders", &["id"]), "users"),
            fixture("users", &["id"]),
        ]);
        assert_eq!((ordered, problems), (vec!["users".into(), "orders".into(), "a_lines".into()], vec![]));
    }

    #[test]
    fn a_circle_is_refused_and_the_rest_goes_on() {
        let (ordered, problems) =
            order(vec![fixture("users", &["id"]), refers_to(fixture("staff", &["id"]), "staff")]);
        assert_eq!((ordered, problems), (vec!["users".to_owned()], vec!["staff".to_owned()]));
    }
}
