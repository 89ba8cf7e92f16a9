//! One column of a primary key: how its values are printed in a `record_id`, and which texts are such values.

use std::net::{Ipv4Addr, Ipv6Addr};

use uuid::Uuid;

use super::moment;
use crate::db::catalog::{Column, Table};
use crate::db::sql::quoting;

/// One column of a primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyColumn {
    /// Its name on both sides.
    pub name: String,
    /// What its values look like.
    pub form: KeyForm,
    /// Whether the server prints its numbers with zeros in front, which a `record_id` leaves out.
    pub zerofill: bool,
}

/// What the values of a key column look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyForm {
    /// Whole numbers from the first to the second.
    Whole(i128, i128),
    /// Decimal numbers with so many digits before and after the point.
    Decimal(usize, usize),
    /// A BIT column of so many bits, printed as a number.
    Bits(u32),
    /// Text of at most so many characters.
    Text(usize),
    /// A member of an ENUM, or members of a SET, of this declaration.
    Member(String),
    /// So many bytes at least and at most, printed as `0x…`.
    Binary(usize, usize),
    /// A date.
    Date,
    /// A date and time of day with so many digits of a second.
    DateTime(usize),
    /// A moment with so many digits of a second, printed in UTC whatever the writer's time zone is.
    Timestamp(usize),
    /// A span of time with so many digits of a second.
    Time(usize),
    /// A year.
    Year,
    /// MariaDB's UUID.
    Uuid,
    /// MariaDB's INET4.
    Inet4,
    /// MariaDB's INET6.
    Inet6,
}

/// Character sets all of whose characters utf8mb4 has, each as one of its own.
pub(super) const EXACT_IN_UTF8MB4: [&str; 7] =
    ["utf8mb4", "utf8mb3", "ascii", "latin1", "utf16", "utf16le", "utf32"];

/// Describes the primary key of a table; stops before a column that cannot be part of one.
#[must_use]
pub fn key_columns(table: &Table) -> Vec<KeyColumn> {
    let columns = table.primary_key.iter().map(|key| table.column(key).and_then(KeyColumn::new));
    columns.map_while(|column| column).collect()
}

impl KeyColumn {
    /// Describes a column; `None` when its values do not tell records apart on every server, as floats do not.
    pub(super) fn new(column: &Column) -> Option<Self> {
        let digits = count(column.second_digits);
        let form = match column.data_type.as_str() {
            "decimal" => {
                let scale = count(column.scale);
                KeyForm::Decimal(count(column.precision).saturating_sub(scale), scale)
            }
            "bit" => KeyForm::Bits(u32::try_from(column.precision?).ok()?),
            "char" | "varchar" => {
                EXACT_IN_UTF8MB4.contains(&column.charset.as_deref()?).then_some(())?;
                KeyForm::Text(count(column.max_characters))
            }
            "enum" | "set" => {
                EXACT_IN_UTF8MB4.contains(&column.charset.as_deref()?).then_some(())?;
                KeyForm::Member(column.column_type.clone())
            }
            "binary" => KeyForm::Binary(count(column.max_characters), count(column.max_characters)),
            "varbinary" => KeyForm::Binary(0, count(column.max_characters)),
            "date" => KeyForm::Date,
            "datetime" => KeyForm::DateTime(digits),
            "timestamp" => KeyForm::Timestamp(digits),
            "time" => KeyForm::Time(digits),
            "year" => KeyForm::Year,
            "uuid" => KeyForm::Uuid,
            "inet4" => KeyForm::Inet4,
            "inet6" => KeyForm::Inet6,
            _ => whole(column)?,
        };
        Some(Self { name: column.name.clone(), form, zerofill: column.is_zerofill() })
    }

    /// Tells whether a composite key shows the value as a bare number; else it is a JSON string.
    #[must_use]
    pub const fn is_number(&self) -> bool {
        matches!(self.form, KeyForm::Whole(..) | KeyForm::Decimal(..) | KeyForm::Bits(_))
    }

    /// Tells whether its values are whole numbers that sort as such.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        matches!(self.form, KeyForm::Whole(..))
    }

    /// Tells whether two texts may be the same key, as `abc` and `ABC` are under most collations.
    #[must_use]
    pub const fn compares_loosely(&self) -> bool {
        matches!(self.form, KeyForm::Text(_) | KeyForm::Member(_) | KeyForm::Inet4 | KeyForm::Inet6)
    }

    /// Turns a printed value into an SQL literal; `None` if the column prints no such value.
    pub(super) fn literal(&self, text: &str) -> Option<String> {
        let quoted = || Some(quoting::text(text));
        match &self.form {
            KeyForm::Whole(least, most) => {
                let number: i128 = text.parse().ok()?;
                (number.to_string() == text && number >= *least && number <= *most).then(|| text.to_owned())
            }
            KeyForm::Decimal(whole, scale) => is_decimal(text, *whole, *scale).then(|| text.to_owned()),
            KeyForm::Bits(bits) => {
                let number: u64 = text.parse().ok()?;
                (number.to_string() == text && u64::BITS - number.leading_zeros() <= *bits)
                    .then(|| text.to_owned())
            }
            KeyForm::Text(most) if text.chars().count() <= *most => quoted(),
            KeyForm::Text(_) => None,
            KeyForm::Member(declaration) => is_member(declaration, text).then(quoted)?,
            KeyForm::Binary(least, most) => binary_literal(text, *least, *most),
            KeyForm::Date => moment::is_date(text).then(quoted)?,
            KeyForm::DateTime(digits) | KeyForm::Timestamp(digits) => {
                moment::is_date_time(text, *digits).then(quoted)?
            }
            KeyForm::Time(digits) => moment::is_time(text, *digits).then(quoted)?,
            KeyForm::Year => moment::is_year(text).then(quoted)?,
            KeyForm::Uuid => (text.parse::<Uuid>().ok()?.to_string() == text).then(quoted)?,
            KeyForm::Inet4 => text.parse::<Ipv4Addr>().is_ok().then(quoted)?,
            KeyForm::Inet6 => text.parse::<Ipv6Addr>().is_ok().then(quoted)?,
        }
    }

    /// Says in words what a value looks like.
    pub(super) fn expected(&self) -> String {
        let (name, form) = (&self.name, &self.form);
        match form {
            KeyForm::Whole(..) => "a whole number".to_owned(),
            KeyForm::Decimal(_, scale) => format!("a number with {scale} digits after the point"),
            KeyForm::Bits(bits) => format!("a whole number of {bits} bits"),
            KeyForm::Text(most) => format!("a text of at most {most} characters"),
            KeyForm::Member(declaration) => format!("a value of {declaration}"),
            KeyForm::Binary(..) => format!("the bytes of {name} as 0x and lower-case hexadecimal digits"),
            KeyForm::Date => "a date, 2026-01-31".to_owned(),
            KeyForm::DateTime(_) => "a date and time, 2026-01-31 23:59:59".to_owned(),
            KeyForm::Timestamp(_) => "a date and time in UTC, 2026-01-31 23:59:59".to_owned(),
            KeyForm::Time(_) => "a time, 23:59:59".to_owned(),
            KeyForm::Year => "a year of four digits".to_owned(),
            KeyForm::Uuid => "a UUID in lower case".to_owned(),
            KeyForm::Inet4 => "an IPv4 address".to_owned(),
            KeyForm::Inet6 => "an IPv6 address".to_owned(),
        }
    }
}

fn count(value: Option<u64>) -> usize {
    value.and_then(|value| usize::try_from(value).ok()).unwrap_or_default()
}

fn whole(column: &Column) -> Option<KeyForm> {
    let bits = column.integer_bits()?;
    Some(if column.is_unsigned() {
        KeyForm::Whole(0, (1 << bits) - 1)
    } else {
        KeyForm::Whole(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    })
}

/// Accepts a decimal only as the server prints it: all digits after the point, no idle zeros before it.
fn is_decimal(text: &str, most_whole: usize, scale: usize) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_zero = unsigned.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    all_digits(whole)
        && all_digits(fraction)
        && fraction.len() == scale
        && unsigned.contains('.') == (scale > 0)
        && (whole == "0" || (!whole.is_empty() && !whole.starts_with('0') && whole.len() <= most_whole))
        && !(is_zero && text.starts_with('-'))
}

/// Looks a member up in a declaration such as `enum('a','it''s')`; a SET's value is several, separated by commas.
fn is_member(declaration: &str, text: &str) -> bool {
    let members = members(declaration);
    let known = |text: &str| members.iter().any(|member| member.to_lowercase() == text.to_lowercase());
    if declaration.starts_with("set") { text.is_empty() || text.split(',').all(known) } else { known(text) }
}

/// Reads the quoted members of a declaration.
fn members(declaration: &str) -> Vec<String> {
    let mut members = Vec::new();
    let mut rest = declaration;
    while let Some(start) = rest.find('\'') {
        let mut member = String::new();
        rest = &rest[start + 1..];
        while let Some(end) = rest.find('\'') {
            member.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            // A doubled quote is one of the member's own.
            let Some(further) = rest.strip_prefix('\'') else { break };
            member.push('\'');
            rest = further;
        }
        members.push(member);
    }
    members
}

fn binary_literal(text: &str, least: usize, most: usize) -> Option<String> {
    let digits = text.strip_prefix("0x")?;
    let is_hexadecimal = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let fits = digits.len() % 2 == 0 && (least * 2..=most * 2).contains(&digits.len());
    (is_hexadecimal && fits).then(|| format!("x'{digits}'"))
}

#[cfg(test)]
pub(super) fn fixture(name: &str, form: KeyForm) -> KeyColumn {
    KeyColumn { name: name.to_owned(), form, zerofill: false }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(KeyForm::Whole(-128, 127), &["-128", "0", "127"], &["128", "-129", "-0", "+1", "01", "1.0", "", " 1"])]
    #[case(KeyForm::Decimal(3, 2), &["0.00", "-0.50", "999.99"], &["-0.00", ".50", "00.50", "1.5", "1", "1000.00"])]
    #[case(KeyForm::Decimal(3, 0), &["0", "-999"], &["1.", "-0", ""])]
    #[case(KeyForm::Bits(3), &["0", "7"], &["8", "-1", "07"])]
    #[case(KeyForm::Text(3), &["", "a b", "😀'\\"], &["abcd"])]
    #[case(KeyForm::Member("enum('a','it''s')".into()), &["a", "it's"], &["b", "", "a,a"])]
    #[case(KeyForm::Member("set('a','b')".into()), &["", "a", "a,b"], &["c", "a,c"])]
    #[case(KeyForm::Binary(2, 2), &["0x00ff"], &["0x00", "0x00FF", "00ff", "0x00f", "0x00ff00"])]
    #[case(KeyForm::Binary(0, 2), &["0x", "0x00"], &["", "0x000000"])]
    #[case(KeyForm::Uuid, &["123e4567-e89b-12d3-a456-426655440000"], &["123E4567-e89b-12d3-a456-426655440000", "x"])]
    #[case(KeyForm::Inet4, &["1.2.3.4"], &["1.2.3", "::1"])]
    #[case(KeyForm::Inet6, &["::1", "::ffff:1.2.3.4"], &["1.2.3.4", "g"])]
    fn only_what_the_server_prints_is_a_value(
        #[case] form: KeyForm,
        #[case] good: &[&str],
        #[case] bad: &[&str],
    ) {
        let column = fixture("k", form);
        for text in good {
            assert!(column.literal(text).is_some(), "{text}");
        }
        for text in bad {
            assert_eq!(column.literal(text), None, "{text}");
        }
    }
}
