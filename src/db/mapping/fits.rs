//! Whether a column of DB_B takes every value of its counterpart in DB_A unchanged.
//!
//! Strict mode would still round decimals and cut fractions of a second with a mere note, so this is decided by
//! the catalogue and not by errors.

use super::value_form::is_geometry;
use crate::db::catalog::Column;

/// Most bytes that a character of latin1 needs in utf8mb4.
const LATIN1_GROWS_BY: u64 = 3;

/// Tells whether every value of `a` fits into `b` unchanged.
pub(super) fn holds_every_value(a: &Column, b: &Column) -> bool {
    match a.data_type.as_str() {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => holds_whole_numbers(a, b),
        "decimal" => {
            let digits = |column: &Column| column.precision.unwrap_or(0) - column.scale.unwrap_or(0);
            b.data_type == "decimal" && sign_fits(a, b) && b.scale >= a.scale && digits(b) >= digits(a)
        }
        "float" | "double" => a.column_type == b.column_type || is_wider_float(a, b),
        "bit" => b.data_type == "bit" && b.precision >= a.precision,
        "datetime" | "timestamp" | "time" => a.data_type == b.data_type && b.second_digits >= a.second_digits,
        "date" | "year" => a.data_type == b.data_type,
        // MySQL has none of these, and takes them as they print.
        "uuid" => a.data_type == b.data_type || is_text_of(36, b),
        "inet4" => a.data_type == b.data_type || is_text_of(15, b),
        "inet6" => a.data_type == b.data_type || is_text_of(39, b),
        // What has no vectors takes their bytes.
        "vector" => a.column_type == b.column_type || (b.data_type != "binary" && holds_bytes(a, b)),
        "enum" | "set" => has_the_same_members_first(&a.column_type, &b.column_type),
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => holds_text(a, b),
        "json" => {
            b.data_type == "json" || (b.data_type == "longtext" && b.charset.as_deref() == Some("utf8mb4"))
        }
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => holds_bytes(a, b),
        _ => is_geometry(a) && (geometry(a) == geometry(b) || b.data_type == "geometry"),
    }
}

fn sign_fits(a: &Column, b: &Column) -> bool {
    a.is_unsigned() || !b.is_unsigned()
}

fn holds_whole_numbers(a: &Column, b: &Column) -> bool {
    // Without its sign a number needs one bit more than there are.
    let needed = |column: &Column| column.integer_bits().map(|bits| bits + u32::from(column.is_unsigned()));
    match (a.is_unsigned(), b.is_unsigned()) {
        (true, true) | (false, false) => b.integer_bits() >= a.integer_bits() && b.integer_bits().is_some(),
        (true, false) => b.integer_bits() >= needed(a),
        (false, true) => false,
    }
}

/// Tells whether a column takes texts of so many characters, whatever its character set.
fn is_text_of(characters: u64, b: &Column) -> bool {
    matches!(b.data_type.as_str(), "char" | "varchar") && b.max_characters >= Some(characters)
}

/// `float(7,2)` rounds; plain `float` and `double` do not.
fn is_wider_float(a: &Column, b: &Column) -> bool {
    let is_plain = b.scale.is_none() && !b.column_type.contains('(');
    let is_as_long = b.data_type == "double" || (b.data_type == "float" && a.data_type == "float");
    is_plain && is_as_long && sign_fits(a, b)
}

/// Members travel by their position, so DB_B may only have more of them, behind the others.
fn has_the_same_members_first(a: &str, b: &str) -> bool {
    a == b
        || a.strip_suffix(')').is_some_and(|start| b.strip_prefix(start).is_some_and(|r| r.starts_with(',')))
}

fn holds_text(a: &Column, b: &Column) -> bool {
    let (from, to) = (a.charset.as_deref(), b.charset.as_deref());
    let is_wider = match from {
        Some("ascii") => matches!(to, Some("utf8mb3" | "utf8mb4" | "latin1")),
        Some("latin1" | "utf8mb3") => to == Some("utf8mb4"),
        _ => false,
    };
    let grows_by = if from == Some("latin1") && to == Some("utf8mb4") { LATIN1_GROWS_BY } else { 1 };
    let most_bytes = a.max_bytes.map(|bytes| bytes.saturating_mul(grows_by));
    let is_long_enough = match b.data_type.as_str() {
        // CHAR drops trailing blanks, which CHAR in DB_A dropped already.
        "char" => a.data_type == "char" && b.max_characters >= a.max_characters,
        "varchar" => b.max_characters >= a.max_characters,
        "tinytext" | "text" | "mediumtext" | "longtext" => {
            (a.data_type == b.data_type && from == to) || b.max_bytes >= most_bytes
        }
        _ => false,
    };
    (from == to || is_wider) && is_long_enough
}

fn holds_bytes(a: &Column, b: &Column) -> bool {
    match b.data_type.as_str() {
        // BINARY fills up with zeros, so only the same length leaves a value as it was.
        "binary" => a.column_type == b.column_type,
        "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => b.max_bytes >= a.max_bytes,
        _ => false,
    }
}

fn geometry(column: &Column) -> &str {
    if column.data_type == "geomcollection" { "geometrycollection" } else { &column.data_type }
}
