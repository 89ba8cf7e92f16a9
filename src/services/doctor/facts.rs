//! What the checks look at.

use std::collections::BTreeSet;

use crate::config::Settings;
use crate::db::catalog::Table;
use crate::db::mapping::{self, Mapping};
use crate::db::survey::Survey;
use crate::models::diagnosis::Place;
use crate::models::own_tables::is_own;

/// What is known of DB_A, and by which settings it is used.
pub(super) struct Facts<'a> {
    pub settings: &'a Settings,
    pub local: &'a Survey,
    /// The selected tables, whether they exist or not.
    pub selected: BTreeSet<String>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(settings: &'a Settings, local: &'a Survey) -> Self {
        let selected = mapping::selected_names(&local.catalog, &settings.tables);
        Self { settings, local, selected }
    }

    /// Lists the user's tables that exist in DB_A and are not selected.
    pub(super) fn not_selected(&self) -> impl Iterator<Item = &str> {
        let names = self.local.catalog.keys().map(String::as_str);
        names.filter(|name| !is_own(name) && !self.selected.contains(*name))
    }

    /// Tells whether a table of this name, in whatever capitals, is selected.
    pub(super) fn selects(&self, name: &str) -> bool {
        self.selected.iter().any(|selected| selected.eq_ignore_ascii_case(name))
    }
}

/// What is known of both sides.
pub(super) struct BothFacts<'a> {
    pub here: &'a Facts<'a>,
    pub central: &'a Survey,
    pub mapping: Mapping,
}

impl<'a> BothFacts<'a> {
    pub(super) fn new(here: &'a Facts<'a>, central: &'a Survey) -> Self {
        let mapping = Mapping::new(&here.local.catalog, &central.catalog, &here.settings.tables);
        Self { here, central, mapping }
    }

    /// Lists the carried tables, parents first, each as it is in DB_A and in DB_B.
    pub(super) fn carried(&self) -> impl Iterator<Item = (&'a Table, &'a Table)> {
        let (here, there) = (&self.here.local.catalog, &self.central.catalog);
        self.mapping.tables.iter().filter_map(|table| Some((here.get(&table.name)?, there.get(&table.name)?)))
    }
}

/// Writes a remedy that is a statement.
pub(super) fn on(side: Place, statement: impl AsRef<str>) -> String {
    format!("on {}: {}", side.name(), statement.as_ref())
}

/// Lists names for a message; many of them are cut short.
pub(super) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    const MOST: usize = 8;
    let names: Vec<&str> = names.into_iter().collect();
    match names.len().checked_sub(MOST) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..MOST].join(", ")),
    }
}
