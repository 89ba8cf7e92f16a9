//! How one table's rows are carried.

use super::parking;
use super::refusal::TableProblem;
use crate::db::catalog::{Catalog, Column, ForeignKey, Table, UniqueKey};

/// How one table's rows are carried. Constraints are those of DB_B, since DB_B enforces them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableMapping {
    /// The table's name on both sides.
    pub name: String,
    /// The columns that are carried, in DB_A's order.
    pub columns: Vec<MappedColumn>,
    /// Where the columns of the primary key stand in `columns`, in the key's order.
    pub key_columns: Vec<usize>,
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

/// How a value is written as an SQL literal, without passing through any type of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueForm {
    /// Whole and decimal numbers: the digits as the server prints them.
    Digits,
    /// Text, dates and times: a quoted string in utf8mb4.
    Quoted,
    /// Binary columns: a hexadecimal literal.
    Hexadecimal,
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
            unique_keys: b.unique_keys.clone(),
            foreign_keys: b.foreign_keys.clone(),
            may_be_parked: parking::may_be_parked(a, b, central),
        })
    }

    /// Gives the names of the primary key's columns.
    pub fn key_names(&self) -> impl Iterator<Item = &str> {
        self.key_columns.iter().map(|&index| self.columns[index].name.as_str())
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
    for column in table.primary_key.iter().filter_map(|key| table.column(key)) {
        if !column.is_integer() || column.generated {
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
    match b.foreign_keys.iter().find(|key| key.acts_by_itself()) {
        Some(key) => Err(TableProblem::acting_foreign_key(&b.name, "DB_B", &key.name)),
        None => Ok(()),
    }
}

/// Finds the column's counterpart in DB_B and checks that it holds every value.
fn map_column(a: &Table, column: &Column, b: &Table) -> Result<ValueForm, TableProblem> {
    let form = value_form(column).ok_or_else(|| TableProblem::column_type(&a.name, column))?;
    let other = b.column(&column.name).ok_or_else(|| TableProblem::missing_column(&a.name, column))?;
    if other.generated {
        return Err(TableProblem::generated_in_central(&a.name, other));
    }
    if holds_every_value(column, other) {
        Ok(form)
    } else {
        Err(TableProblem::narrower_column(&a.name, column, other))
    }
}

/// Tells how values of a column are written; `None` for types that are not carried so far.
fn value_form(column: &Column) -> Option<ValueForm> {
    match column.data_type.as_str() {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" => Some(ValueForm::Digits),
        "date" | "datetime" | "timestamp" | "time" | "year" => Some(ValueForm::Quoted),
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" => {
            let plain = matches!(
                column.charset.as_deref(),
                Some("utf8mb4" | "utf8mb3" | "utf8" | "ascii" | "latin1")
            );
            plain.then_some(ValueForm::Quoted)
        }
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => {
            Some(ValueForm::Hexadecimal)
        }
        _ => None,
    }
}

/// Tells whether every value of `a` fits into `b` unchanged. Strict mode would still round decimals and cut
/// fractions of a second with a mere note, so this is decided here and not by errors.
fn holds_every_value(a: &Column, b: &Column) -> bool {
    let same_charset = a.charset == b.charset || b.charset.as_deref() == Some("utf8mb4");
    match a.data_type.as_str() {
        "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => {
            let is_text =
                matches!(b.data_type.as_str(), "varchar" | "tinytext" | "text" | "mediumtext" | "longtext");
            is_text && same_charset && b.max_characters >= a.max_characters
        }
        "decimal" => {
            let digits = |column: &Column| column.precision.unwrap_or(0) - column.scale.unwrap_or(0);
            let sign_fits = a.column_type.contains("unsigned") || !b.column_type.contains("unsigned");
            b.data_type == "decimal" && sign_fits && b.scale >= a.scale && digits(b) >= digits(a)
        }
        "datetime" | "timestamp" | "time" => a.data_type == b.data_type && b.second_digits >= a.second_digits,
        _ => a.column_type == b.column_type && same_charset,
    }
}

#[cfg(test)]
pub(super) fn fixture(name: &str, key: &[&str]) -> TableMapping {
    let column = |name: &str| MappedColumn { name: name.to_owned(), form: ValueForm::Digits };
    TableMapping {
        name: name.to_owned(),
        columns: key.iter().copied().chain(["note"]).map(column).collect(),
        key_columns: (0..key.len()).collect(),
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
