//! Finds modules that import each other, directly or around corners.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{House, Segments};

type Graph = BTreeMap<Segments, BTreeSet<Segments>>;

/// Finds circles, each shown once as the way around.
pub fn circles(house: &House) -> Vec<String> {
    let graph = graph(house);
    let (mut found, mut done) = (Vec::new(), BTreeSet::new());
    for start in graph.keys() {
        walk(&graph, start, &mut Vec::new(), &mut done, &mut found);
    }
    found
}

fn graph(house: &House) -> Graph {
    let edges = house.modules.iter().map(|(name, module)| {
        let targets = module.paths.iter().filter_map(|path| house.target(path));
        (name.clone(), targets.filter(|target| target != name).collect())
    });
    edges.collect()
}

/// Goes down from `module`; whoever stands on the way already closes a circle.
fn walk(
    graph: &Graph,
    module: &Segments,
    way: &mut Vec<Segments>,
    done: &mut BTreeSet<Segments>,
    found: &mut Vec<String>,
) {
    if let Some(start) = way.iter().position(|earlier| earlier == module) {
        let around = way[start..].iter().chain([module]).map(|name| name.join("::"));
        found.push(format!("a circle of imports: {}", around.collect::<Vec<_>>().join(" -> ")));
        return;
    }
    if done.contains(module) {
        return;
    }
    way.push(module.clone());
    for next in &graph[module] {
        walk(graph, next, way, done, found);
    }
    way.pop();
    done.insert(module.clone());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house(files: &[(&str, &str)]) -> House {
        let mut house = House::default();
        for (file, source) in files {
            house.add(file, source);
        }
        house
    }

    #[test]
    fn a_planted_circle_is_shown() {
        let found = circles(&house(&[
            ("lib.rs", "pub mod db;"),
            ("db/mod.rs", "pub mod a; pub mod b; pub mod c; pub use c::C;"),
            ("db/a.rs", "use super::b::B;"),
            ("db/b.rs", "fn f(c: crate::db::C) {}"),
            ("db/c.rs", "use crate::db::a; fn f() { a::g() } pub struct C;"),
        ]));
        assert_eq!(found, ["a circle of imports: db::a -> db::b -> db::c -> db::a"]);
    }

    #[test]
    fn a_folder_that_works_with_its_children_may_not_be_imported_by_them() {
        let files = [
            ("lib.rs", "pub mod sync;"),
            ("sync/mod.rs", "mod claim; pub struct Cycle; fn run() { claim::claim() }"),
            ("sync/claim.rs", "use super::Cycle; pub fn claim() {}"),
        ];
        assert_eq!(circles(&house(&files)), ["a circle of imports: sync -> sync::claim -> sync"]);
    }

    #[test]
    fn doors_alone_make_no_circle() {
        let files = [
            ("lib.rs", "pub mod db; pub use db::Row;"),
            ("db/mod.rs", "pub mod row; pub mod session; pub use row::Row; pub use session::Session;"),
            ("db/row.rs", "pub struct Row;"),
            ("db/session.rs", "use super::Row; pub struct Session;"),
        ];
        assert_eq!(circles(&house(&files)), Vec::<String>::new());
    }
}
