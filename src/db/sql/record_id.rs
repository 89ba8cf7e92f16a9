//! Prints primary keys: the one expression by which triggers and the program alike write a `record_id`.

use super::quoting;
use crate::db::mapping::{KeyColumn, KeyForm};

/// Writes the expression that prints the primary key of `row`, which is `new` or `old` in a trigger.
///
/// Both engines must print the same whatever the writer's session is set to: sessions that create triggers
/// fix `sql_mode` and character set, and time zones are kept out here.
#[must_use]
pub fn expression(key: &[KeyColumn], row: Option<&str>) -> String {
    expression_of(key, |column| reference(column, row))
}

/// Writes the expression that prints a primary key whose values `value` gives, one for each column.
#[must_use]
pub fn expression_of(key: &[KeyColumn], value: impl Fn(&KeyColumn) -> String) -> String {
    if let [only] = key {
        return printed(only, &value(only));
    }
    let parts: Vec<String> = key
        .iter()
        .map(|column| {
            let value = printed(column, &value(column));
            if column.is_number() { value } else { format!("json_quote({value})") }
        })
        .collect();
    format!("concat('[', {}, ']')", parts.join(", ',', "))
}

/// Writes the condition that two rows have the same primary key to the last byte.
#[must_use]
pub fn same_key(key: &[KeyColumn], one: &str, other: &str) -> String {
    let exactly = |column: &KeyColumn, row: &str| {
        let value = reference(column, Some(row));
        match column.form {
            // Equal under a collation is not the same: DB_B must learn the new spelling.
            KeyForm::Text(_) => format!("cast({value} as binary)"),
            // Two moments of the hour that a clock repeats are equal in the writer's time zone.
            KeyForm::Timestamp(_) => format!("unix_timestamp({value})"),
            _ => value,
        }
    };
    key.iter()
        .map(|column| format!("{} <=> {}", exactly(column, one), exactly(column, other)))
        .collect::<Vec<_>>()
        .join(" and ")
}

fn reference(column: &KeyColumn, row: Option<&str>) -> String {
    let name = quoting::name(&column.name);
    row.map_or_else(|| name.clone(), |row| format!("{row}.{name}"))
}

fn printed(column: &KeyColumn, value: &str) -> String {
    match column.form {
        KeyForm::Whole(..) | KeyForm::Decimal(..) if column.zerofill => format!("{value} + 0"),
        KeyForm::Whole(..) | KeyForm::Decimal(..) => value.to_owned(),
        KeyForm::Bits(_) => format!("cast({value} as unsigned)"),
        KeyForm::Text(_) | KeyForm::Member(_) => format!("convert({value} using utf8mb4)"),
        KeyForm::Binary(..) => format!("concat('0x', lower(hex({value})))"),
        KeyForm::Timestamp(digits) => moment(value, digits),
        KeyForm::Date
        | KeyForm::DateTime(_)
        | KeyForm::Time(_)
        | KeyForm::Year
        | KeyForm::Uuid
        | KeyForm::Inet4
        | KeyForm::Inet6 => format!("cast({value} as char)"),
    }
}

/// Prints a moment in UTC. `unix_timestamp` of a TIMESTAMP column reads what is stored, past the session's time
/// zone; under strict mode MariaDB answers NULL for the zero moment and MySQL 0.
fn moment(value: &str, digits: usize) -> String {
    let fraction = if digits == 0 { String::new() } else { format!(".{}", "0".repeat(digits)) };
    format!(
        "if(coalesce(unix_timestamp({value}), 0) = 0, '0000-00-00 00:00:00{fraction}', \
         cast(cast('1970-01-01' as datetime({digits})) + interval unix_timestamp({value}) second as char))"
    )
}
