//! Orders tables so that parents come before children.

use std::collections::BTreeMap;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use super::table_mapping::TableMapping;

/// Orders `tables` parents first. Tables that refer to each other in a circle stand together, by name: among their
/// records no order of tables serves, and it is found record by record when DB_B asks for it.
pub(super) fn parents_first(mut tables: BTreeMap<String, TableMapping>) -> Vec<TableMapping> {
    let mut graph = DiGraph::new();
    let nodes: BTreeMap<&str, _> =
        tables.keys().map(|name| (name.as_str(), graph.add_node(name.clone()))).collect();
    for table in tables.values() {
        for parent in table.foreign_keys.iter().filter_map(|key| nodes.get(key.parent_table.as_str())) {
            graph.add_edge(nodes[table.name.as_str()], *parent, ());
        }
    }
    // Circles come with those first that lead to no other.
    let mut ordered = Vec::new();
    for circle in kosaraju_scc(&graph) {
        let mut names: Vec<&String> = circle.iter().map(|&node| &graph[node]).collect();
        names.sort_unstable();
        ordered.extend(names.into_iter().filter_map(|name| tables.remove(name)));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::super::table_mapping::{fixture, refers_to};
    use super::*;

    fn order(tables: Vec<TableMapping>) -> Vec<String> {
        let tables = tables.into_iter().map(|table| (table.name.clone(), table)).collect();
        parents_first(tables).into_iter().map(|table| table.name).collect()
    }

    #[test]
    fn parents_come_before_children_whatever_their_names() {
        let ordered = order(vec![
            refers_to(fixture("a_lines", &["id"]), "orders"),
            refers_to(fixture("orders", &["id"]), "users"),
            fixture("users", &["id"]),
        ]);
        assert_eq!(ordered, ["users", "orders", "a_lines"]);
    }

    #[test]
    fn a_circle_stands_between_its_parents_and_its_children() {
        let ordered = order(vec![
            refers_to(fixture("a_rentals", &["id"]), "shops"),
            refers_to(refers_to(fixture("shops", &["id"]), "staff"), "towns"),
            refers_to(refers_to(fixture("staff", &["id"]), "shops"), "staff"),
            fixture("towns", &["id"]),
        ]);
        assert_eq!(ordered, ["towns", "shops", "staff", "a_rentals"]);
    }
}
