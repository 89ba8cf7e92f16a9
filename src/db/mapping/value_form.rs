//! How the values of a column travel: read as what, and written as which literal.

use super::key_column::EXACT_IN_UTF8MB4;
use crate::db::catalog::Column;

/// How a value is read and written, without passing through any type of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueForm {
    /// Whole and decimal numbers: the digits as the server prints them.
    Digits,
    /// BIT, ENUM and SET: the number that the server stores. It tells an ENUM's error value from a member `''`.
    Position,
    /// FLOAT and DOUBLE: printed as DOUBLE, since FLOAT is printed with six digits only; quoted, since a bare
    /// `-0` is a whole number.
    Floating,
    /// Text, dates and times: a quoted string in utf8mb4.
    Quoted,
    /// Binary columns, vectors, and geometries with their SRID: a hexadecimal literal.
    Hexadecimal,
    /// JSON from MySQL into MySQL: its text, if that stands for the whole value. A DECIMAL within it does not, for
    /// the text is read as DOUBLE.
    Json,
    /// Text in a character set some of whose bytes have no character, or share one: its very bytes.
    Encoded(&'static str),
}

/// The character sets whose text travels as bytes.
const ENCODED: [&str; 37] = [
    "latin1", "ucs2", "utf16", "utf16le", "utf32", "big5", "dec8", "cp850", "hp8", "koi8r", "latin2", "swe7",
    "ujis", "sjis", "hebrew", "tis620", "euckr", "koi8u", "gb2312", "greek", "cp1250", "gbk", "latin5",
    "armscii8", "cp866", "keybcs2", "macce", "macroman", "cp852", "latin7", "cp1251", "cp1256", "cp1257",
    "geostd8", "cp932", "eucjpms", "gb18030",
];

impl ValueForm {
    /// Chooses the form in which values of DB_A's `column` enter DB_B's `other`; `None` for types that are not
    /// carried. `is_key` for columns of the primary key, whose literals must also be comparable on both sides.
    pub(super) fn choose(column: &Column, other: &Column, is_key: bool) -> Option<Self> {
        match column.data_type.as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" => Some(Self::Digits),
            "float" | "double" => Some(Self::Floating),
            "bit" | "enum" | "set" => Some(Self::Position),
            "json" if other.data_type == "json" => Some(Self::Json),
            "date" | "datetime" | "timestamp" | "time" | "year" | "json" | "inet4" | "inet6" | "uuid" => {
                Some(Self::Quoted)
            }
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => {
                Self::of_text(column.charset.as_deref()?, other.charset.as_deref(), is_key)
            }
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "vector" => {
                Some(Self::Hexadecimal)
            }
            _ => is_geometry(column).then_some(Self::Hexadecimal),
        }
    }

    fn of_text(charset: &str, other: Option<&str>, is_key: bool) -> Option<Self> {
        let as_utf8 = matches!(charset, "utf8mb4" | "utf8mb3" | "ascii")
            || (EXACT_IN_UTF8MB4.contains(&charset) && (is_key || other == Some("utf8mb4")));
        if as_utf8 {
            return Some(Self::Quoted);
        }
        ENCODED.iter().find(|known| **known == charset).map(|known| Self::Encoded(known))
    }
}

/// Tells whether a column holds geometries; engines call collections by two names.
pub(super) fn is_geometry(column: &Column) -> bool {
    matches!(
        column.data_type.as_str(),
        "geometry"
            | "point"
            | "linestring"
            | "polygon"
            | "multipoint"
            | "multilinestring"
            | "multipolygon"
            | "geometrycollection"
            | "geomcollection"
    )
}
