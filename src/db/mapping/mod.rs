//! Decides how a row of DB_A becomes a row of DB_B, and which tables cannot be carried.
//!
//! The one place for that: triggers, SQL builders and the cycle know a table by its [`TableMapping`] only.

mod fits;
mod key;
mod key_column;
mod moment;
mod order;
mod parking;
mod refusal;
mod table_mapping;
mod value_form;

use std::collections::{BTreeMap, BTreeSet};

pub use key::KeyError;
pub use key_column::{KeyColumn, KeyForm, key_columns};
pub use refusal::{TableProblem, describe};
pub use table_mapping::{MappedColumn, TableMapping};
pub use value_form::ValueForm;

use super::catalog::{Catalog, Table};
use crate::config::TableSelection;

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
        let mut mapping = Self::default();
        let mut carried = BTreeMap::new();
        for name in selected_names(local, selection) {
            match TableMapping::new(&name, local, central) {
                Ok(table) => {
                    carried.insert(name, table);
                }
                Err(problem) => {
                    mapping.problems.insert(name, problem);
                }
            }
        }
        mapping.tables = order::parents_first(carried, &mut mapping.problems);
        mapping
    }

    /// Finds the mapping of a table.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TableMapping> {
        self.tables.iter().find(|table| table.name == name)
    }
}

/// Finds a table in DB_A's catalogue and checks what DB_A alone decides: whether it can be captured.
///
/// # Errors
/// Says why it cannot.
pub fn check_local<'a>(local: &'a Catalog, name: &str) -> Result<&'a Table, TableProblem> {
    let table = local.get(name).ok_or_else(|| TableProblem::missing_in_local(name))?;
    table_mapping::check_local(table)?;
    Ok(table)
}

/// Lists the selected tables, whether they exist or not.
#[must_use]
pub fn selected_names(local: &Catalog, selection: &TableSelection) -> BTreeSet<String> {
    match selection {
        TableSelection::Named(names) => names.iter().cloned().collect(),
        TableSelection::All => local.keys().filter(|name| !name.starts_with("sync_")).cloned().collect(),
    }
}
