//! What DB_A's foreign keys do by themselves when a row is deleted or its key changes: no trigger of the children
//! sees it, so the triggers of the parents must.
//!
//! A walk over the catalogue: from a table, through every key that cascades or sets null, to every table whose rows
//! such a statement may take along.

use std::collections::{BTreeMap, BTreeSet};

use super::cascade_step::effect_on_child;
pub use super::cascade_step::{Cause, Effect, NewValue, Step};
use crate::db::catalog::{Catalog, ForeignKey, Table};

/// How many generations of children the engines take along; they refuse a statement that would need more
/// (MySQL with 3008, MariaDB with 1296).
const MOST_GENERATIONS: usize = 14;

/// Most steps of one walk. Each becomes a query of some 800 bytes within a trigger, so this bounds a trigger at about
/// half a megabyte. Only keys that cascade in several circles at once need more.
const MOST_STEPS: usize = 500;

/// Says that a walk has more steps than a trigger may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManySteps;

/// The foreign keys of a database that act by themselves.
#[derive(Debug)]
pub struct Cascades<'a> {
    catalog: &'a Catalog,
    children: BTreeMap<&'a str, Vec<(&'a Table, &'a ForeignKey)>>,
}

/// One walk under way.
struct Walk<'w> {
    captured: &'w BTreeSet<String>,
    steps: usize,
}

/// The way from the first row to where a walk stands.
#[derive(Clone, Copy)]
struct Way<'w> {
    generation: usize,
    /// Tables that were changed on the way: the engines refuse to change them once more.
    changed: &'w [&'w str],
}

impl<'a> Cascades<'a> {
    /// Reads them from the catalogue.
    #[must_use]
    pub fn new(catalog: &'a Catalog) -> Self {
        let mut children: BTreeMap<&str, Vec<(&Table, &ForeignKey)>> = BTreeMap::new();
        for child in catalog.values() {
            for key in child.foreign_keys.iter().filter(|key| key.acts_by_itself()) {
                children.entry(&key.parent_table).or_default().push((child, key));
            }
        }
        Self { catalog, children }
    }

    /// Tells what follows for captured tables when a row of `root` is deleted or updated.
    ///
    /// # Errors
    /// When that is more than a trigger can follow.
    pub fn follow(
        &self,
        root: &'a Table,
        cause: Cause,
        captured: &BTreeSet<String>,
    ) -> Result<Vec<Step<'a>>, TooManySteps> {
        let effect = match cause {
            Cause::Delete => Effect::Gone,
            Cause::Update => {
                let every = root.columns.iter().map(|column| &column.name);
                Effect::Changed(
                    every.map(|name| (name.clone(), NewValue::OfTheFirst(name.clone()))).collect(),
                )
            }
        };
        let changed: &[&str] = match cause {
            Cause::Delete => &[],
            Cause::Update => &[&root.name],
        };
        let mut walk = Walk { captured, steps: 0 };
        self.further(&mut walk, root, &effect, Way { generation: 0, changed })
    }

    /// Lists the tables whose rows may be taken along, whatever the way, when a row of `root` is deleted or updated.
    #[must_use]
    pub fn reach(&self, root: &str) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut ahead = vec![root];
        while let Some(parent) = ahead.pop() {
            for (child, _) in self.children.get(parent).into_iter().flatten() {
                if reached.insert(child.name.clone()) {
                    ahead.push(&child.name);
                }
            }
        }
        reached
    }

    /// Lists the tables with which something may begin.
    pub fn roots(&self) -> impl Iterator<Item = &'a Table> {
        self.children.keys().filter_map(|name| self.catalog.get(*name))
    }

    fn further(
        &self,
        walk: &mut Walk<'_>,
        parent: &'a Table,
        effect: &Effect,
        way: Way<'_>,
    ) -> Result<Vec<Step<'a>>, TooManySteps> {
        let mut steps = Vec::new();
        if way.generation == MOST_GENERATIONS {
            return Ok(steps);
        }
        for &(child, key) in self.children.get(parent.name.as_str()).into_iter().flatten() {
            let Some(becomes) = effect_on_child(key, effect) else { continue };
            if let Some(step) = self.step(walk, parent, (child, key, becomes), way)? {
                steps.push(step);
            }
        }
        Ok(steps)
    }

    fn step(
        &self,
        walk: &mut Walk<'_>,
        parent: &'a Table,
        (child, key, effect): (&'a Table, &'a ForeignKey, Effect),
        way: Way<'_>,
    ) -> Result<Option<Step<'a>>, TooManySteps> {
        let mut changed = way.changed.to_vec();
        let mut again = Vec::new();
        if effect == Effect::Gone {
            // Within a table, `again` follows as deep as it goes.
            if way.generation > 0 && child.name == parent.name {
                return Ok(None);
            }
            again = self.refers_to_itself(child);
        } else if changed.contains(&child.name.as_str()) {
            return Ok(None);
        } else {
            changed.push(&child.name);
        }
        walk.steps += 1;
        if walk.steps > MOST_STEPS {
            return Err(TooManySteps);
        }
        let way = Way { generation: way.generation + 1, changed: &changed };
        let further = self.further(walk, child, &effect, way)?;
        let captured = walk.captured.contains(&child.name);
        let matters = captured || !further.is_empty();
        Ok(matters.then_some(Step { child, key, effect, again, captured, further }))
    }

    /// Lists the keys by which deleting a row deletes rows of the same table.
    fn refers_to_itself(&self, table: &'a Table) -> Vec<&'a ForeignKey> {
        let children = self.children.get(table.name.as_str()).into_iter().flatten();
        children
            .filter(|(child, key)| child.name == table.name && key.on_delete == "CASCADE")
            .map(|&(_, key)| key)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes `child.column -> parent.column delete-rule/update-rule`.
    fn catalog(keys: &[&str]) -> Catalog {
        let mut catalog = Catalog::new();
        for key in keys {
            let words: Vec<&str> = key.split([' ', '.', '/']).collect();
            let [child, column, _, parent, parent_column, on_delete, on_update] = words[..] else {
                panic!("{key}")
            };
            for name in [child, parent] {
                catalog.entry(name.to_owned()).or_insert_with(|| Table {
                    name: name.to_owned(),
                    primary_key: vec!["id".to_owned()],
                    columns: ["id", "a", "b"].map(column_named).to_vec(),
                    ..Table::default()
                });
            }
            let rule = |word: &str| word.to_uppercase().replace('_', " ");
            catalog.get_mut(child).unwrap().foreign_keys.push(ForeignKey {
                name: format!("{child}_{column}"),
                columns: vec![column.to_owned()],
                parent_schema: None,
                parent_table: parent.to_owned(),
                parent_columns: vec![parent_column.to_owned()],
                on_delete: rule(on_delete),
                on_update: rule(on_update),
            });
        }
        catalog
    }

    fn column_named(name: &str) -> crate::db::catalog::Column {
        crate::db::catalog::Column {
            name: name.to_owned(),
            data_type: "int".to_owned(),
            column_type: "int".to_owned(),
            nullable: true,
            generated: false,
            has_default: true,
            default_value: None,
            charset: None,
            collation: None,
            max_characters: None,
            max_bytes: None,
            precision: None,
            scale: None,
            second_digits: None,
        }
    }

    fn all(catalog: &Catalog) -> BTreeSet<String> {
        catalog.keys().cloned().collect()
    }

    /// Shows steps as `child via key: what becomes of it`, indented by generation.
    fn shown(steps: &[Step<'_>], indent: usize, lines: &mut Vec<String>) {
        for step in steps {
            let effect = match &step.effect {
                Effect::Gone => "gone".to_owned(),
                Effect::Changed(values) => format!("{values:?}"),
            };
            let again = if step.again.is_empty() { "" } else { " and so on" };
            lines.push(format!("{}{} {effect}{again}", " ".repeat(indent), step.key.name));
            shown(&step.further, indent + 2, lines);
        }
    }

    fn follow(catalog: &Catalog, root: &str, cause: Cause) -> Vec<String> {
        let steps = Cascades::new(catalog).follow(&catalog[root], cause, &all(catalog)).unwrap();
        let mut lines = Vec::new();
        shown(&steps, 0, &mut lines);
        lines
    }

    #[test]
    fn deletion_goes_on_through_every_key_and_ends_where_a_key_restricts() {
        let shop = catalog(&[
            "orders.a -> users.id cascade/restrict",
            "lines.a -> orders.id cascade/restrict",
            "notes.a -> lines.id set_null/restrict",
            "bills.a -> orders.id restrict/cascade",
        ]);
        assert_eq!(
            follow(&shop, "users", Cause::Delete),
            ["orders_a gone", "  lines_a gone", "    notes_a {\"a\": Null}"]
        );
        assert_eq!(follow(&shop, "users", Cause::Update), Vec::<String>::new());
    }

    #[test]
    fn a_new_key_goes_on_only_through_the_columns_that_change() {
        let staff = catalog(&[
            "shops.id -> staff.id restrict/cascade",
            "desks.a -> shops.id restrict/cascade",
            "shops.b -> towns.id restrict/cascade",
        ]);
        assert_eq!(
            follow(&staff, "staff", Cause::Update),
            ["shops_id {\"id\": OfTheFirst(\"id\")}", "  desks_a {\"a\": OfTheFirst(\"id\")}"]
        );
        assert_eq!(follow(&staff, "towns", Cause::Update), ["shops_b {\"b\": OfTheFirst(\"id\")}"]);
    }

    #[test]
    fn a_tree_within_one_table_is_one_step_and_is_not_changed_twice() {
        let tree = catalog(&[
            "tree.a -> tree.id cascade/cascade",
            "fruit.a -> tree.id cascade/cascade",
            "tree.b -> tree.id set_null/restrict",
        ]);
        assert_eq!(
            follow(&tree, "tree", Cause::Delete),
            [
                "fruit_a gone",
                "tree_a gone and so on",
                "  fruit_a gone",
                "  tree_b {\"b\": Null}",
                "tree_b {\"b\": Null}"
            ]
        );
        assert_eq!(follow(&tree, "tree", Cause::Update), ["fruit_a {\"a\": OfTheFirst(\"id\")}"]);
    }

    #[test]
    fn a_circle_is_followed_as_deep_as_the_engines_go_and_several_at_once_are_too_many() {
        let one = catalog(&["a.a -> b.id cascade/restrict", "b.a -> a.id cascade/restrict"]);
        assert_eq!(follow(&one, "a", Cause::Delete).len(), MOST_GENERATIONS);
        let two = catalog(&[
            "a.a -> b.id cascade/restrict",
            "b.a -> a.id cascade/restrict",
            "a.b -> b.id cascade/restrict",
            "b.b -> a.id cascade/restrict",
        ]);
        let cascades = Cascades::new(&two);
        assert_eq!(cascades.follow(&two["a"], Cause::Delete, &all(&two)), Err(TooManySteps));
        assert_eq!(cascades.reach("a"), all(&two));
    }

    #[test]
    fn tables_that_are_not_captured_are_followed_only_to_those_that_are() {
        let shop = catalog(&[
            "orders.a -> users.id cascade/restrict",
            "lines.a -> orders.id cascade/restrict",
            "notes.a -> users.id cascade/restrict",
        ]);
        let only = BTreeSet::from(["lines".to_owned()]);
        let steps = Cascades::new(&shop).follow(&shop["users"], Cause::Delete, &only).unwrap();
        let mut lines = Vec::new();
        shown(&steps, 0, &mut lines);
        assert_eq!(lines, ["orders_a gone", "  lines_a gone"]);
        assert!(!steps[0].captured && steps[0].further[0].captured);
    }
}
