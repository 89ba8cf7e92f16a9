//! Which of the selected tables can be captured: what DB_A alone decides.

use std::collections::{BTreeMap, BTreeSet};

use super::cascade::{Cascades, Cause};
use super::key_column::KeyColumn;
use super::refusal::TableProblem;
use crate::db::catalog::{Catalog, Table};

/// The selected tables, parted by whether every change to them can be captured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capturable {
    /// Those that can be captured.
    pub tables: BTreeSet<String>,
    /// Why the others cannot.
    pub problems: BTreeMap<String, TableProblem>,
}

impl Capturable {
    /// Checks these tables of DB_A's catalogue.
    #[must_use]
    pub fn new(local: &Catalog, selected: &BTreeSet<String>) -> Self {
        let mut capturable = Self::default();
        for name in selected {
            match check_local(local, name) {
                Ok(_) => {
                    capturable.tables.insert(name.clone());
                }
                Err(problem) => {
                    capturable.problems.insert(name.clone(), problem);
                }
            }
        }
        let cascades = Cascades::new(local);
        capturable.refuse_what_begins_elsewhere(local, &cascades);
        capturable.refuse_what_no_trigger_can_follow(local, &cascades);
        capturable
    }

    /// Refuses tables that are taken along by changes in other databases, where Backhaul has no triggers.
    fn refuse_what_begins_elsewhere(&mut self, local: &Catalog, cascades: &Cascades<'_>) {
        for child in local.values() {
            for key in child.keys_to_elsewhere.iter().filter(|key| key.acts_by_itself()) {
                let cause = if key.on_delete == "CASCADE" { Cause::Delete } else { Cause::Update };
                let steps = cascades.follow(child, cause, &self.tables).unwrap_or_default();
                let mut taken_along = BTreeSet::from([child.name.clone()]);
                for step in &steps {
                    step.collect_captured(&mut taken_along);
                }
                for name in taken_along.iter().filter(|name| self.tables.remove(*name)) {
                    let problem = TableProblem::key_to_elsewhere(name, &child.name, key);
                    self.problems.insert(name.clone(), problem);
                }
            }
        }
    }

    /// Refuses tables that are taken along by more keys than the triggers of some other table could follow.
    fn refuse_what_no_trigger_can_follow(&mut self, local: &Catalog, cascades: &Cascades<'_>) {
        for root in cascades.roots() {
            let can_follow = |cause| cascades.follow(root, cause, &self.tables).is_ok();
            if can_follow(Cause::Delete) && can_follow(Cause::Update) {
                continue;
            }
            for name in cascades.reach(&root.name).iter().filter(|name| self.tables.remove(*name)) {
                let acting = local[name].foreign_keys.iter().find(|key| key.acts_by_itself());
                let problem = acting.map(|key| TableProblem::too_many_cascades(name, key, &root.name));
                self.problems.extend(problem.map(|problem| (name.clone(), problem)));
            }
        }
    }
}

/// Finds a table in DB_A's catalogue and checks what it alone decides.
///
/// # Errors
/// Says why it cannot be captured.
fn check_local<'a>(local: &'a Catalog, name: &str) -> Result<&'a Table, TableProblem> {
    let table = local.get(name).ok_or_else(|| TableProblem::missing_in_local(name, local))?;
    if !table.engine.eq_ignore_ascii_case("innodb") {
        return Err(TableProblem::engine(name, "DB_A", &table.engine));
    }
    if table.primary_key.is_empty() {
        return Err(TableProblem::no_primary_key(table));
    }
    if let Some(column) = &table.prefix_key_column {
        return Err(TableProblem::prefix_key(name, column));
    }
    for column in table.primary_key.iter().filter_map(|key| table.column(key)) {
        if column.generated || KeyColumn::new(column).is_none() {
            return Err(TableProblem::key_type(name, column));
        }
    }
    Ok(table)
}
