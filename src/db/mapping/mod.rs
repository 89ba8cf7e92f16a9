//! Decides how a row of DB_A becomes a row of DB_B, and which tables cannot be carried.
//!
//! The one place for that: triggers, SQL builders and the cycle know a table by its [`TableMapping`] only.

mod capturable;
pub mod cascade;
mod cascade_step;
mod central_triggers;
mod collation;
mod downwards;
mod fits;
mod key;
mod key_column;
mod moment;
mod order;
mod parking;
mod reference;
mod refusal;
mod remedy_type;
mod table_mapping;
mod value_form;

use std::collections::{BTreeMap, BTreeSet};

pub use capturable::Capturable;
pub use key::KeyError;
pub use key_column::{KeyColumn, KeyForm, key_columns};
pub use reference::Reference;
pub use refusal::{TableProblem, describe};
pub use table_mapping::{MappedColumn, TableMapping};
pub use value_form::ValueForm;

use super::catalog::Catalog;
use crate::config::TableSelection;
use crate::models::own_tables::is_own;

/// What is to be done with each table of the selection.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    /// Tables that are carried, parents before children.
    pub tables: Vec<TableMapping>,
    /// Tables that cannot be carried at present, by name.
    pub problems: BTreeMap<String, TableProblem>,
}

impl Mapping {
    /// Compares both catalogues for the selected tables.
    #[must_use]
    pub fn new(local: &Catalog, central: &Catalog, selection: &TableSelection) -> Self {
        let Capturable { tables, problems } = Capturable::new(local, &selected_names(local, selection));
        let mut mapping = Self { tables: Vec::new(), problems };
        let mut carried = BTreeMap::new();
        for name in &tables {
            match TableMapping::new(name, local, central, &tables) {
                Ok(table) => {
                    carried.insert(name.clone(), table);
                }
                Err(problem) => {
                    mapping.problems.insert(name.clone(), problem);
                }
            }
        }
        mapping.tables = order::parents_first(carried);
        mapping
    }

    /// Takes out the carried tables among these, since something else is wrong with them; answers which they were.
    pub fn hold(&mut self, problems: BTreeMap<String, TableProblem>) -> BTreeMap<String, TableProblem> {
        let held: BTreeMap<String, TableProblem> =
            problems.into_iter().filter(|(name, _)| self.table(name).is_some()).collect();
        self.tables.retain(|table| !held.contains_key(&table.name));
        self.problems.extend(held.clone());
        held
    }

    /// Finds the mapping of a table.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TableMapping> {
        self.tables.iter().find(|table| table.name == name)
    }
}

/// Finds the selected tables that DB_A does not have, each with what to do: nothing of them can be captured.
#[must_use]
pub fn absent(local: &Catalog, selection: &TableSelection) -> BTreeMap<String, TableProblem> {
    let absent = selected_names(local, selection).into_iter().filter(|name| !local.contains_key(name));
    absent.map(|name| (name.clone(), TableProblem::missing_in_local(&name, local))).collect()
}

/// Lists the selected tables, whether they exist or not.
#[must_use]
pub fn selected_names(local: &Catalog, selection: &TableSelection) -> BTreeSet<String> {
    match selection {
        TableSelection::Named(names) => names.iter().cloned().collect(),
        TableSelection::All => local.keys().filter(|name| !is_own(name)).cloned().collect(),
    }
}
