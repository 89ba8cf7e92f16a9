//! How one table's rows are carried.

use std::collections::BTreeSet;

use super::central_triggers;
use super::collation;
use super::fits;
use super::key_column::{KeyColumn, key_columns};
use super::parking;
use super::reference::{Reference, references_to};
use super::refusal::TableProblem;
use super::value_form::ValueForm;
use crate::db::catalog::{Catalog, Column, ForeignKey, Table, UniqueKey};
use crate::models::literals::Literals;

/// How one table's rows are carried. Constraints are those of DB_B, since DB_B enforces them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableMapping {
    /// The table's name on both sides.
    pub name: String,
    /// The columns that are carried, in DB_A's order.
    pub columns: Vec<MappedColumn>,
    /// Where the columns of the primary key stand in `columns`, in the key's order.
    pub key_columns: Vec<usize>,
    /// The columns of the primary key, in the key's order.
    pub key: Vec<KeyColumn>,
    /// DB_B's unique keys besides the primary one.
    pub unique_keys: Vec<UniqueKey>,
    /// DB_B's foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// DB_B's foreign keys that refer to this table, its own among them.
    pub references: Vec<Reference>,
    /// Whether a row of DB_B may be deleted and inserted again in one step without anything else noticing.
    pub may_be_parked: bool,
}

/// One carried column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedColumn {
    /// Its name on both sides.
    pub name: String,
    /// How its values are written.
    pub form: ValueForm,
}

impl TableMapping {
    /// Compares a table on both sides; DB_A's is one of those that can be captured.
    ///
    /// # Errors
    /// Says why it cannot be carried.
    pub(super) fn new(
        name: &str,
        local: &Catalog,
        central: &Catalog,
        captured: &BTreeSet<String>,
    ) -> Result<Self, TableProblem> {
        let a = local.get(name).ok_or_else(|| TableProblem::missing_in_local(name, local))?;
        let b = central.get(name).ok_or_else(|| TableProblem::missing_in_central(name))?;
        check_central(a, b, central)?;
        central_triggers::check(a, b, local, captured)?;
        let mut columns = Vec::new();
        for column in a.columns.iter().filter(|column| !column.generated) {
            columns.push(MappedColumn { name: column.name.clone(), form: map_column(a, column, b)? });
        }
        check_left_over(a, b)?;
        let position = |key: &String| columns.iter().position(|column| column.name == *key);
        let references = references_to(name, central);
        Ok(Self {
            name: name.to_owned(),
            key_columns: a.primary_key.iter().filter_map(position).collect(),
            columns,
            key: key_columns(a),
            unique_keys: b.unique_keys.clone(),
            foreign_keys: b
                .foreign_keys
                .iter()
                .cloned()
                .chain(b.keys_to_elsewhere.iter().map(bare))
                .collect(),
            may_be_parked: parking::may_be_parked(a, b, &references),
            references,
        })
    }

    /// Tells whether a foreign key names exactly the primary key, in whatever order.
    #[must_use]
    pub fn is_primary_key(&self, columns: &[String]) -> bool {
        let (mut named, mut own): (Vec<&str>, Vec<&str>) =
            (columns.iter().map(String::as_str).collect(), self.key_names().collect());
        named.sort_unstable();
        own.sort_unstable();
        named == own
    }

    /// Picks the named columns out of a primary key; `None` if one is no part of it.
    #[must_use]
    pub fn pick_of_key<'a>(&self, key: &'a [String], names: &[String]) -> Option<Vec<&'a str>> {
        let pick = |name: &String| Some(key.get(self.key_names().position(|own| own == name)?)?.as_str());
        names.iter().map(pick).collect()
    }

    /// Gives the names of the primary key's columns.
    pub fn key_names(&self) -> impl Iterator<Item = &str> {
        self.key_columns.iter().map(|&index| self.columns[index].name.as_str())
    }

    /// Tells whether two different texts may be the same key, as `abc` and `ABC` are under most collations.
    #[must_use]
    pub fn key_compares_loosely(&self) -> bool {
        self.key.iter().any(KeyColumn::compares_loosely)
    }

    /// Picks the values of the named columns out of a row of this mapping; `None` if one is not carried.
    #[must_use]
    pub fn pick<'a>(&self, row: &'a Literals, names: &[String]) -> Option<Vec<&'a str>> {
        names
            .iter()
            .map(|name| row.get(self.columns.iter().position(|column| column.name == *name)?))
            .collect()
    }

    /// Picks the primary key out of a row of this mapping.
    #[must_use]
    pub fn key_of<'a>(&self, row: &'a Literals) -> Vec<&'a str> {
        self.key_columns.iter().filter_map(|&index| row.get(index)).collect()
    }
}

fn check_central(a: &Table, b: &Table, central: &Catalog) -> Result<(), TableProblem> {
    if !b.engine.eq_ignore_ascii_case("innodb") {
        return Err(TableProblem::engine(&b.name, "DB_B", &b.engine));
    }
    if a.primary_key != b.primary_key || b.prefix_key_column.is_some() {
        return Err(TableProblem::key_differs(a, b));
    }
    let renames = |key: &&ForeignKey| key.acts_on_update() && !central_key_is_fixed(key, central);
    let is_captured = |key: &ForeignKey| {
        a.foreign_keys.iter().any(|own| own.acts_on_update() && own.columns == key.columns)
    };
    match b.foreign_keys.iter().filter(renames).find(|key| !is_captured(key)) {
        Some(key) => Err(TableProblem::renaming_foreign_key(&b.name, &key.name)),
        None => Ok(()),
    }
}

/// Checks that rows may be inserted without the columns that only DB_B has.
fn check_left_over(a: &Table, b: &Table) -> Result<(), TableProblem> {
    let carried = |name: &str| a.column(name).is_some_and(|column| !column.generated);
    let demands = |column: &&Column| !column.generated && !column.has_default && !carried(&column.name);
    match b.columns.iter().find(demands) {
        Some(extra) => Err(TableProblem::extra_column(&b.name, extra)),
        None => Ok(()),
    }
}

/// Names the table a key refers to without its database, which stands beside it.
fn bare(key: &ForeignKey) -> ForeignKey {
    let parent = key.parent_table.split_once('.').map_or(key.parent_table.as_str(), |(_, table)| table);
    ForeignKey { parent_table: parent.to_owned(), ..key.clone() }
}

/// Tells whether what a foreign key refers to never changes in DB_B: a primary key, since no upsert changes one.
fn central_key_is_fixed(key: &ForeignKey, central: &Catalog) -> bool {
    central
        .get(&key.parent_table)
        .is_some_and(|parent| key.parent_columns.iter().all(|column| parent.primary_key.contains(column)))
}

/// Finds the column's counterpart in DB_B and checks that it holds every value.
fn map_column(a: &Table, column: &Column, b: &Table) -> Result<ValueForm, TableProblem> {
    let is_key = a.primary_key.contains(&column.name);
    let other = b.column(&column.name).ok_or_else(|| missing(a, column, b))?;
    let form =
        ValueForm::choose(column, other, is_key).ok_or_else(|| TableProblem::column_type(&a.name, column))?;
    if other.generated {
        return Err(TableProblem::generated_in_central(&a.name, other));
    }
    if !fits::holds_every_value(column, other) || (is_key && !prints_alike(column, other)) {
        return Err(TableProblem::narrower_column(a, column, other, b.server));
    }
    let is_unique = b.unique_keys.iter().any(|key| key.columns.contains(&column.name));
    let is_fine = match (&column.collation, &other.collation) {
        (Some(here), Some(there)) if is_key => here == there,
        (Some(here), Some(there)) if is_unique => collation::tells_apart_as_much(here, there),
        // What is no text in DB_A prints alike only if it is the same.
        (_, _) => true,
    };
    if !is_fine {
        return Err(TableProblem::other_collation(a, column, other, b.server));
    }
    Ok(form)
}

/// Tells what became of a column that DB_B lacks: it was renamed in DB_A if one of its kind is left over in DB_B.
fn missing(a: &Table, column: &Column, b: &Table) -> TableProblem {
    let is_of_its_kind = |other: &&Column| {
        a.column(&other.name).is_none()
            && (&other.column_type, other.nullable, &other.default_value, other.generated)
                == (&column.column_type, column.nullable, &column.default_value, false)
    };
    let mut left_over = b.columns.iter().filter(is_of_its_kind);
    match (left_over.next(), left_over.next()) {
        (Some(other), None) => TableProblem::renamed_column(&a.name, column, other),
        (_, _) => TableProblem::missing_column(&a.name, column, b.server),
    }
}

/// Tells whether a key's values are printed with as many digits on both sides, so that records of DB_B are named
/// as those of DB_A.
fn prints_alike(a: &Column, b: &Column) -> bool {
    (a.scale, a.second_digits) == (b.scale, b.second_digits)
        && (a.data_type == "binary") == (b.data_type == "binary")
}

#[cfg(test)]
use super::key_column::{KeyForm, fixture as key_fixture};

#[cfg(test)]
pub(super) fn fixture(name: &str, key: &[&str]) -> TableMapping {
    let column = |name: &str| MappedColumn { name: name.to_owned(), form: ValueForm::Digits };
    TableMapping {
        name: name.to_owned(),
        columns: key.iter().copied().chain(["note"]).map(column).collect(),
        key_columns: (0..key.len()).collect(),
        key: key.iter().map(|name| key_fixture(name, KeyForm::Whole(0, u64::MAX.into()))).collect(),
        ..TableMapping::default()
    }
}

#[cfg(test)]
pub(super) fn refers_to(mut child: TableMapping, parent: &str) -> TableMapping {
    child.foreign_keys.push(ForeignKey {
        name: format!("{}_{parent}", child.name),
        columns: vec!["note".to_owned()],
        parent_schema: None,
        parent_table: parent.to_owned(),
        parent_columns: vec!["id".to_owned()],
        on_delete: "RESTRICT".to_owned(),
        on_update: "RESTRICT".to_owned(),
    });
    child
}
