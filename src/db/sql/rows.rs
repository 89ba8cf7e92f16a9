//! Reads rows of any table by their keys.

use super::quoting;
use crate::db::mapping::{TableMapping, ValueForm};
use crate::db::row::Row;

/// Writes the condition that picks the rows with these keys; each key has a literal for each key column.
#[must_use]
pub fn key_condition(table: &TableMapping, keys: &[Vec<String>]) -> String {
    let columns = quoting::names(table.key_names());
    if table.key_columns.len() == 1 {
        let values: Vec<&str> = keys.iter().map(|key| key[0].as_str()).collect();
        return format!("{columns} in ({})", values.join(","));
    }
    let values: Vec<String> = keys.iter().map(|key| format!("({})", key.join(","))).collect();
    format!("({columns}) in ({})", values.join(","))
}

/// Writes the statement that reads all carried columns of the rows with these keys.
#[must_use]
pub fn select(table: &TableMapping, keys: &[Vec<String>]) -> String {
    format!(
        "select {} from {} where {}",
        quoting::names(table.columns.iter().map(|column| column.name.as_str())),
        quoting::name(&table.name),
        key_condition(table, keys)
    )
}

/// Writes each value of a row as an SQL literal.
///
/// # Errors
/// Names the column whose bytes are not what its type promises.
pub fn literals(table: &TableMapping, row: &Row) -> Result<Vec<String>, String> {
    table
        .columns
        .iter()
        .zip(row.values())
        .map(|(column, value)| {
            literal(column.form, value)
                .ok_or_else(|| format!("column {}.{} is no text", table.name, column.name))
        })
        .collect()
}

fn literal(form: ValueForm, value: Option<&[u8]>) -> Option<String> {
    let Some(bytes) = value else { return Some("null".to_owned()) };
    match form {
        ValueForm::Hexadecimal => Some(quoting::bytes(bytes)),
        ValueForm::Quoted => std::str::from_utf8(bytes).ok().map(quoting::text),
        ValueForm::Digits => {
            let text = std::str::from_utf8(bytes).ok()?;
            let is_number =
                !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'.'));
            is_number.then(|| text.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_literals_without_passing_through_a_type() {
        assert_eq!(literal(ValueForm::Digits, Some(b"-9999999999.99")).unwrap(), "-9999999999.99");
        assert_eq!(literal(ValueForm::Quoted, Some("O'Ne😀".as_bytes())).unwrap(), "'O''Ne😀'");
        assert_eq!(literal(ValueForm::Hexadecimal, Some(&[0, 255])).unwrap(), "x'00ff'");
        assert_eq!(literal(ValueForm::Quoted, None).unwrap(), "null");
        assert_eq!(literal(ValueForm::Digits, Some(b"1;drop")), None);
        assert_eq!(literal(ValueForm::Digits, Some(b"")), None);
    }
}
