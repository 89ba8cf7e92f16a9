//! How one table's rows are carried.

use super::fits;
use super::key_column::{KeyColumn, key_columns};
use super::parking;
use super::refusal::TableProblem;
use super::value_form::ValueForm;
use crate::db::catalog::{Catalog, Column, ForeignKey, Table, TriggerInfo, UniqueKey};
use crate::db::sql::trigger_text;

/// How one table's rows are carried. Constraints are those of DB_B, since DB_B enforces them.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Compares a table on both sides.
    ///
    /// # Errors
    /// Says why it cannot be carried.
    pub(super) fn new(name: &str, local: &Catalog, central: &Catalog) -> Result<Self, TableProblem> {
        let a = local.get(name).ok_or_else(|| TableProblem::missing_in_local(name))?;
        check_local(a)?;
        let b = central.get(name).ok_or_else(|| TableProblem::missing_in_central(name))?;
        check_central(a, b)?;
        let mut columns = Vec::new();
        for column in a.columns.iter().filter(|column| !column.generated) {
            columns.push(MappedColumn { name: column.name.clone(), form: map_column(a, column, b)? });
        }
        let position = |key: &String| columns.iter().position(|column| column.name == *key);
        Ok(Self {
            name: name.to_owned(),
            key_columns: a.primary_key.iter().filter_map(position).collect(),
            columns,
            key: key_columns(a),
            unique_keys: b.unique_keys.clone(),
            foreign_keys: b.foreign_keys.clone(),
            may_be_parked: parking::may_be_parked(a, b, central),
        })
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
    pub fn pick<'a>(&self, row: &'a [String], names: &[String]) -> Option<Vec<&'a str>> {
        names
            .iter()
            .map(|name| {
                let index = self.columns.iter().position(|column| column.name == *name)?;
                row.get(index).map(String::as_str)
            })
            .collect()
    }

    /// Picks the primary key out of a row of this mapping.
    #[must_use]
    pub fn key_of<'a>(&self, row: &'a [String]) -> Vec<&'a str> {
        self.key_columns.iter().map(|&index| row[index].as_str()).collect()
    }
}

/// Checks what DB_A alone decides; `install` refuses to capture a table that fails here.
pub(super) fn check_local(table: &Table) -> Result<(), TableProblem> {
    let name = &table.name;
    if !table.engine.eq_ignore_ascii_case("innodb") {
        return Err(TableProblem::engine(name, "DB_A", &table.engine));
    }
    if table.primary_key.is_empty() {
        return Err(TableProblem::no_primary_key(name));
    }
    if let Some(column) = &table.prefix_key_column {
        return Err(TableProblem::prefix_key(name, column));
    }
    for column in table.primary_key.iter().filter_map(|key| table.column(key)) {
        if column.generated || KeyColumn::new(column).is_none() {
            return Err(TableProblem::key_type(name, column));
        }
    }
    match table.foreign_keys.iter().find(|key| key.acts_by_itself()) {
        Some(key) => Err(TableProblem::acting_foreign_key(name, "DB_A", &key.name)),
        None => Ok(()),
    }
}

fn check_central(a: &Table, b: &Table) -> Result<(), TableProblem> {
    if !b.engine.eq_ignore_ascii_case("innodb") {
        return Err(TableProblem::engine(&b.name, "DB_B", &b.engine));
    }
    if a.primary_key != b.primary_key {
        return Err(TableProblem::key_differs(&a.name, &a.primary_key, &b.primary_key));
    }
    if let Some(column) = &b.prefix_key_column {
        return Err(TableProblem::key_differs(&a.name, &a.primary_key, &[format!("{column}, cut off")]));
    }
    if let Some((trigger, column)) =
        b.triggers.iter().find_map(|trigger| Some((trigger, rewritten(a, trigger)?)))
    {
        return Err(TableProblem::rewriting_trigger(&b.name, &trigger.name, column));
    }
    let carried = |name: &str| a.column(name).is_some_and(|column| !column.generated);
    if let Some(extra) =
        b.columns.iter().find(|column| !column.generated && !column.has_default && !carried(&column.name))
    {
        return Err(TableProblem::extra_column(&b.name, extra));
    }
    match b.foreign_keys.iter().find(|key| key.acts_by_itself()) {
        Some(key) => Err(TableProblem::acting_foreign_key(&b.name, "DB_B", &key.name)),
        None => Ok(()),
    }
}

/// Finds a carried column that a trigger of DB_B sets before a row is written. The row would not arrive as it was,
/// and no error would tell: whatever the trigger's conditions are, its table waits.
fn rewritten<'a>(a: &'a Table, trigger: &TriggerInfo) -> Option<&'a str> {
    let assigned = trigger_text::assigned_columns(trigger.statement.as_deref()?);
    let carried = a.columns.iter().filter(|column| !column.generated);
    carried.map(|column| column.name.as_str()).find(|name| assigned.contains(&name.to_lowercase()))
}

/// Finds the column's counterpart in DB_B and checks that it holds every value.
fn map_column(a: &Table, column: &Column, b: &Table) -> Result<ValueForm, TableProblem> {
    let is_key = a.primary_key.contains(&column.name);
    let other = b.column(&column.name).ok_or_else(|| TableProblem::missing_column(&a.name, column))?;
    let form =
        ValueForm::choose(column, other, is_key).ok_or_else(|| TableProblem::column_type(&a.name, column))?;
    if other.generated {
        return Err(TableProblem::generated_in_central(&a.name, other));
    }
    if !fits::holds_every_value(column, other) || (is_key && !prints_alike(column, other)) {
        return Err(TableProblem::narrower_column(&a.name, column, other));
    }
    let is_unique = b.unique_keys.iter().any(|key| key.columns.contains(&column.name));
    let is_binary = other.collation.as_deref().is_some_and(|collation| collation.ends_with("_bin"));
    if column.collation != other.collation && (is_key || (is_unique && !is_binary)) {
        return Err(TableProblem::other_collation(&a.name, column, other));
    }
    Ok(form)
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
        unique_keys: Vec::new(),
        foreign_keys: Vec::new(),
        may_be_parked: true,
    }
}

#[cfg(test)]
pub(super) fn refers_to(mut child: TableMapping, parent: &str) -> TableMapping {
    child.foreign_keys.push(ForeignKey {
        name: format!("{}_{parent}", child.name),
        columns: vec!["note".to_owned()],
        parent_table: parent.to_owned(),
        parent_columns: vec!["id".to_owned()],
        on_delete: "RESTRICT".to_owned(),
        on_update: "RESTRICT".to_owned(),
    });
    child
}
