//! Reads a catalogue from a server in one round trip.

use super::server::Server;
use super::table::{Catalog, Column, ForeignKey, Table, TriggerInfo, UniqueKey};
use crate::db::error::DbError;
use crate::db::row::Row;
use crate::db::session::Session;
use crate::db::sql::quoting;
use crate::db::sql::template::fill;

/// How many statements `catalog.sql` has.
const ANSWERS: usize = 6;

/// Gives the statements that ask for the catalogue of this database.
#[must_use]
pub fn request(database: &str) -> String {
    fill(include_str!("catalog.sql"), &[("schema", &quoting::text(database))])
}

/// Reads the catalogue of the session's database.
///
/// # Errors
/// What the server or the link reports.
pub async fn load(session: &mut Session) -> Result<Catalog, DbError> {
    let sql = request(session.database());
    read(session.script(&sql).await.into_sets()?)
}

/// Reads a catalogue from the answers to its [`request`].
///
/// # Errors
/// That they are not such answers.
pub fn read(sets: Vec<Vec<Row>>) -> Result<Catalog, DbError> {
    let [tables, columns, keys, foreign_keys, rules, triggers] = <[Vec<Row>; ANSWERS]>::try_from(sets)
        .map_err(|sets| DbError::Decode(format!("{} answers instead of {ANSWERS}", sets.len())))?;
    let mut catalog = Catalog::new();
    for row in &tables {
        let name = row.text(0)?;
        let engine = row.optional_text(1)?.unwrap_or_default();
        let server = Server::parse(&row.text(2)?);
        catalog.insert(name.clone(), Table { name, server, engine, ..Table::default() });
    }
    for row in &columns {
        if let Some(table) = catalog.get_mut(&row.text(0)?) {
            table.columns.push(read_column(row, table.server)?);
            if row.optional_text(14)?.is_some_and(|expression| expression.eq_ignore_ascii_case("row end")) {
                table.row_end = Some(row.text(1)?);
            }
        }
    }
    for row in &keys {
        if let Some(table) = catalog.get_mut(&row.text(0)?) {
            add_key_column(table, row)?;
        }
    }
    for row in &foreign_keys {
        if let Some(table) = catalog.get_mut(&row.text(0)?) {
            add_foreign_key_column(table, row)?;
        }
    }
    for row in &rules {
        if let Some(table) = catalog.get_mut(&row.text(0)?) {
            set_rules(table, row)?;
        }
    }
    for row in &triggers {
        if let Some(table) = catalog.get_mut(&row.text(0)?) {
            table.triggers.push(TriggerInfo {
                name: row.text(1)?,
                timing: row.text(2)?,
                event: row.text(3)?,
                statement: row.optional_text(4)?,
            });
        }
    }
    Ok(catalog)
}

fn read_column(row: &Row, server: Server) -> Result<Column, DbError> {
    let data_type = row.text(2)?.to_lowercase();
    let extra = row.optional_text(5)?.unwrap_or_default().to_uppercase();
    // MySQL writes a column that has none as NULL, MariaDB as the word.
    let default = row.optional_text(13)?.filter(|default| server.is_mysql || default != "NULL");
    Ok(Column {
        name: row.text(1)?,
        // Servers write types in lower case, but for the members of an ENUM or SET.
        column_type: without_display_width(&row.text(3)?, &data_type),
        data_type,
        nullable: row.text(4)? == "1",
        // "DEFAULT_GENERATED" is MySQL's word for a default by expression, which is written like any other.
        generated: extra.contains("VIRTUAL") || extra.contains("STORED") || extra.contains("PERSISTENT"),
        has_default: default.is_some() || row.text(4)? == "1" || extra.contains("AUTO_INCREMENT"),
        default_value: default
            .filter(|_| !extra.contains("DEFAULT_GENERATED"))
            .and_then(|default| literal(default, server)),
        charset: row.optional_text(6)?.map(|charset| modern(&charset)),
        collation: row.optional_text(11)?.map(|collation| modern(&collation)),
        max_bytes: row.optional(12)?,
        max_characters: row.optional(7)?,
        precision: row.optional(8)?,
        scale: row.optional(9)?,
        second_digits: row.optional(10)?,
    })
}

/// Writes a default as SQL; `None` if it is an expression. MySQL shows a text without its quotes, MariaDB as it is written.
fn literal(default: String, server: Server) -> Option<String> {
    let is_written = default.starts_with(|first: char| first.is_ascii_digit() || first == '-')
        || ["'", "b'", "x'"].iter().any(|start| default.starts_with(start));
    match (server.is_mysql, is_written) {
        (true, true) if default.starts_with("b'") || default.starts_with("0x") => Some(default),
        (true, _) => Some(quoting::text(&default)),
        (false, true) => Some(default),
        (false, false) => None,
    }
}

/// Names utf8mb3 as newer servers do; older ones say utf8, which is another one to some.
fn modern(name: &str) -> String {
    match name.strip_prefix("utf8") {
        Some("") => "utf8mb3".to_owned(),
        Some(rest) if rest.starts_with('_') => format!("utf8mb3{rest}"),
        Some(_) | None => name.to_owned(),
    }
}

/// Drops the `(20)` of `bigint(20)`, which MariaDB shows and MySQL does not.
fn without_display_width(column_type: &str, data_type: &str) -> String {
    match (data_type.ends_with("int"), column_type.split_once('('), column_type.split_once(')')) {
        (true, Some((before, _)), Some((_, after))) => format!("{before}{after}"),
        (_, _, _) => column_type.to_owned(),
    }
}

fn add_key_column(table: &mut Table, row: &Row) -> Result<(), DbError> {
    // A part of a key that is an expression has no column name; it constrains, but nothing can be compared by it.
    let (key, column) = (row.text(1)?, row.optional_text(2)?);
    if column.is_some() && column == table.row_end {
        // The server adds it to every key of a table with system versioning; present rows all have the same.
        return Ok(());
    }
    if key == "PRIMARY" {
        if row.optional_text(3)?.is_some() {
            table.prefix_key_column.clone_from(&column);
        }
        table.primary_key.extend(column);
        return Ok(());
    }
    let is_whole = column.is_some() && row.optional_text(3)?.is_none();
    let unique = match table.unique_keys.iter().position(|unique| unique.name == key) {
        Some(known) => &mut table.unique_keys[known],
        None => table.unique_keys.push_mut(UniqueKey {
            name: key,
            columns: Vec::new(),
            compares_whole_columns: true,
        }),
    };
    unique.compares_whole_columns &= is_whole;
    unique.columns.extend(column);
    Ok(())
}

fn add_foreign_key_column(table: &mut Table, row: &Row) -> Result<(), DbError> {
    let (name, column, parent_column) = (row.text(1)?, row.text(2)?, row.text(4)?);
    let parent_schema = row.optional_text(5)?;
    let (keys, parent_table) = match &parent_schema {
        None => (&mut table.foreign_keys, row.text(3)?),
        Some(database) => (&mut table.keys_to_elsewhere, format!("{database}.{}", row.text(3)?)),
    };
    if let Some(last) = keys.last_mut().filter(|last| last.name == name) {
        last.columns.push(column);
        last.parent_columns.push(parent_column);
        return Ok(());
    }
    keys.push(ForeignKey {
        name,
        columns: vec![column],
        parent_schema,
        parent_table,
        parent_columns: vec![parent_column],
        on_delete: String::new(),
        on_update: String::new(),
    });
    Ok(())
}

/// Notes what follows when the parent of a foreign key is deleted or changes its key.
fn set_rules(table: &mut Table, row: &Row) -> Result<(), DbError> {
    let name = row.text(1)?;
    let keys = table.foreign_keys.iter_mut().chain(&mut table.keys_to_elsewhere);
    for key in keys.filter(|key| key.name == name) {
        key.on_delete = row.text(2)?;
        key.on_update = row.text(3)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_is_the_one_of_three_bytes() {
        assert_eq!(modern("utf8"), "utf8mb3");
        assert_eq!(modern("utf8_bin"), "utf8mb3_bin");
        assert_eq!(modern("utf8mb4_bin"), "utf8mb4_bin");
        assert_eq!(modern("latin1"), "latin1");
    }

    #[test]
    fn the_display_width_of_whole_numbers_is_dropped_and_no_other() {
        assert_eq!(without_display_width("bigint(20) unsigned", "bigint"), "bigint unsigned");
        assert_eq!(without_display_width("bigint unsigned", "bigint"), "bigint unsigned");
        assert_eq!(without_display_width("varchar(20)", "varchar"), "varchar(20)");
        assert_eq!(without_display_width("point", "point"), "point");
    }
}
