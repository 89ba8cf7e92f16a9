//! Writes a column's type so that the server that must take it understands it: engines differ in the types and
//! collations they know.

use super::collation;
use crate::db::catalog::{Column, Server, Table};
use crate::db::sql::quoting;

/// Writes a column of DB_A as a declaration that `server` understands and that holds every value.
///
/// Without a collation the server takes its own, which holds the same values and may compare them otherwise.
pub(super) fn declaration(column: &Column, server: Server) -> String {
    let only_in_mariadb = match column.data_type.as_str() {
        "uuid" => Some("varchar(36)"),
        "inet4" => Some("varchar(15)"),
        "inet6" => Some("varchar(39)"),
        _ => None,
    };
    if let Some(text) = only_in_mariadb.filter(|_| server.is_mysql) {
        return format!("{text} character set ascii collate ascii_bin");
    }
    if column.data_type == "vector" && !server.knows_vectors() {
        return "blob".to_owned();
    }
    match (&column.charset, &column.collation) {
        (Some(charset), Some(collation)) if server.knows_collation(collation) => {
            format!("{} character set {charset} collate {collation}", column.column_type)
        }
        (Some(charset), Some(_)) => format!("{} character set {charset}", column.column_type),
        // MySQL's short word for it, which MariaDB does not know.
        (_, _) if column.data_type == "geomcollection" => "geometrycollection".to_owned(),
        (_, _) => column.column_type.clone(),
    }
}

/// Writes a column of DB_A as `server` adds it to a table whose rows are those of DB_A: what they hold in it from the
/// first moment is the same there. What an expression makes for each row differs, until the rows are sent again.
pub(super) fn addition(column: &Column, server: Server) -> String {
    let written = declaration(column, server);
    let has_zero = column.precision.is_some() || column.max_characters.is_some();
    match &column.default_value {
        Some(value) if column.nullable => format!("{written} default {value}"),
        Some(value) => format!("{written} not null default {value}"),
        None if !column.nullable && has_zero => format!("{written} not null"),
        None => written,
    }
}

/// Writes the statement that gives a column of DB_A a character set and a collation that both engines know; it is
/// for both sides. `None` when they know the ones it has.
pub(super) fn in_common(table: &Table, column: &Column, central: Server) -> Option<String> {
    let (charset, collation) = (column.charset.as_deref()?, column.collation.as_deref()?);
    if central.knows_collation(collation) {
        return None;
    }
    let charset = if charset == "gb18030" { "utf8mb4" } else { charset };
    let collation = collation::in_common(charset, collation);
    let name = quoting::name(&table.name);
    let of_another =
        |other: &Column| other.charset.as_ref().is_some_and(|other| Some(other) != column.charset.as_ref());
    Some(if table.columns.iter().any(of_another) {
        format!(
            "on both sides: alter table {name} modify column {} {} character set {charset} collate {collation}{}",
            quoting::name(&column.name),
            column.column_type,
            if column.nullable { "" } else { " not null" }
        )
    } else {
        // Defaults and all else stay as they are.
        format!("on both sides: alter table {name} convert to character set {charset} collate {collation}")
    })
}

/// Writes the statement that lets DB_B tell a column's texts apart by their bytes, so that a unique key of DB_B never
/// finds equal what DB_A tells apart. `None` when it knows the collation of DB_A, or none that is exact enough.
pub(super) fn by_bytes(table: &Table, column: &Column, central: Server) -> Option<String> {
    let (charset, collation) = (column.charset.as_deref()?, column.collation.as_deref()?);
    if central.knows_collation(collation) {
        return None;
    }
    Some(format!(
        "on DB_B: alter table {} modify column {} {} character set {charset} collate {}{}",
        quoting::name(&table.name),
        quoting::name(&column.name),
        column.column_type,
        collation::exact(charset, central)?,
        if column.nullable { "" } else { " not null" }
    ))
}
