//! Writes a column's value as bytes that are alike on both sides exactly when the values are.
//!
//! The servers render and hash these themselves, so the same text of the statement goes to both. What may differ
//! between the sides without any value differing is taken out: the character set of a text, the scale of a wider
//! DECIMAL, the digits of a second in a wider TIMESTAMP, the six digits with which a FLOAT prints, the sign of a zero.

use super::quoting;
use crate::db::catalog::{Column, Table};

/// Most characters of a column that is hashed with its row in one go. Longer ones are hashed by themselves before:
/// a row of long values put together could exceed `max_allowed_packet`, and the server would answer NULL.
const MOST_CHARACTERS_IN_A_ROW: u64 = 1024;

/// Writes the expression for a column's value as bytes; NULL stays NULL.
#[must_use]
pub fn bytes(local: &Column, central: &Column) -> String {
    let name = quoting::name(&local.name);
    let rendered = match local.data_type.as_str() {
        // DB_B holds at least as many digits on either side of the point, so its type holds both values.
        "decimal" => {
            let digits = |a: Option<u64>, b: Option<u64>| a.max(b).unwrap_or_default();
            let (precision, scale) =
                (digits(local.precision, central.precision), digits(local.scale, central.scale));
            format!("cast({name} as decimal({precision}, {scale}))")
        }
        "datetime" | "timestamp" => format!("cast({name} as datetime(6))"),
        "time" => format!("cast({name} as time(6))"),
        // As a double it prints every digit it has. Adding zero makes 0 of -0, which the newer MariaDB does not store.
        "float" | "double" => format!("{name} + 0e0"),
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set" | "json" => {
            format!("convert({name} using utf8mb4)")
        }
        "uuid" | "inet4" | "inet6" => format!("cast({name} as char)"),
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" => {
            format!("concat(st_srid({name}), ':', st_aswkb({name}))")
        }
        _ => name,
    };
    format!("cast({rendered} as binary)")
}

/// Writes the expression for the digest of several columns, 64 hexadecimal digits.
///
/// Between commas stand hexadecimal digits or `N` for NULL, so that no two different rows look alike.
#[must_use]
pub fn digest<'a>(columns: impl IntoIterator<Item = (&'a Column, &'a Column)>) -> String {
    let parts: Vec<String> = columns
        .into_iter()
        .map(|(local, central)| {
            let bytes = bytes(local, central);
            if is_long(local) {
                format!("if({} is null, 'N', sha2({bytes}, 256))", quoting::name(&local.name))
            } else {
                format!("ifnull(hex({bytes}), 'N')")
            }
        })
        .collect();
    // A single part is still an argument of concat, which makes a text of it.
    format!("sha2(concat({}), 256)", parts.join(", ',', "))
}

fn is_long(column: &Column) -> bool {
    match column.data_type.as_str() {
        "char" | "varchar" | "binary" | "varbinary" => {
            column.max_characters.is_none_or(|most| most > MOST_CHARACTERS_IN_A_ROW)
        }
        "enum" | "set" | "bit" => false,
        "vector" => true,
        other => other.ends_with("text") || other.ends_with("blob") || other == "json" || is_geometry(other),
    }
}

fn is_geometry(data_type: &str) -> bool {
    ["geometry", "point", "linestring", "polygon", "geometrycollection"]
        .iter()
        .any(|ending| data_type.ends_with(ending))
}

/// Finds the named columns on both sides.
pub fn pair<'a>(
    names: impl IntoIterator<Item = &'a str>,
    local: &'a Table,
    central: &'a Table,
) -> Vec<(&'a Column, &'a Column)> {
    names.into_iter().filter_map(|name| Some((local.column(name)?, central.column(name)?))).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn column(data_type: &str) -> Column {
        Column {
            name: "c`1".to_owned(),
            data_type: data_type.to_owned(),
            column_type: data_type.to_owned(),
            nullable: true,
            generated: false,
            charset: None,
            max_characters: Some(20),
            precision: Some(12),
            scale: Some(2),
            second_digits: Some(0),
            collation: None,
            has_default: false,
            default_value: None,
            max_bytes: None,
        }
    }

    #[rstest]
    #[case("bigint", "cast(`c``1` as binary)")]
    #[case("decimal", "cast(cast(`c``1` as decimal(14, 4)) as binary)")]
    #[case("timestamp", "cast(cast(`c``1` as datetime(6)) as binary)")]
    #[case("float", "cast(`c``1` + 0e0 as binary)")]
    #[case("varchar", "cast(convert(`c``1` using utf8mb4) as binary)")]
    #[case("point", "cast(concat(st_srid(`c``1`), ':', st_aswkb(`c``1`)) as binary)")]
    fn each_type_is_rendered_alike_on_both_sides(#[case] data_type: &str, #[case] expected: &str) {
        let mut central = column(data_type);
        (central.precision, central.scale) = (Some(14), Some(4));
        assert_eq!(bytes(&column(data_type), &central), expected);
    }

    #[test]
    fn null_is_told_from_empty_and_long_values_are_hashed_first() {
        let (short, long) = (column("varbinary"), column("longblob"));
        insta::assert_snapshot!(
            digest([(&short, &short), (&long, &long)]),
            @"sha2(concat(ifnull(hex(cast(`c``1` as binary)), 'N'), ',', if(`c``1` is null, 'N', sha2(cast(`c``1` as binary), 256))), 256)"
        );
    }
}
