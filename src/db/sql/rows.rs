//! Reads rows of any table by their keys.

use super::{quoting, record_id, whole_numbers};
use crate::db::mapping::{TableMapping, ValueForm};
use crate::db::row::Row;
use crate::models::literals::Literals;

/// Writes the condition that picks the rows with these keys; each key has a literal for each key column.
#[must_use]
pub fn key_condition(table: &TableMapping, keys: &[impl AsRef<[String]>]) -> String {
    let columns: Vec<String> = table.key_names().map(quoting::name).collect();
    condition(&columns, keys)
}

/// Writes the condition that quoted `columns` have one of these lists of values.
///
/// Several columns are compared one by one: MariaDB 10.11 finds nothing by `(a, b) in (…)` when a column has
/// another character set than the literals.
#[must_use]
pub fn condition<L: AsRef<[T]>, T: AsRef<str>>(columns: &[String], lists: &[L]) -> String {
    if let [only] = columns {
        let values: Vec<&str> = lists.iter().map(|list| list.as_ref()[0].as_ref()).collect();
        return format!("{only} in ({})", values.join(","));
    }
    let equal = |list: &L| {
        let parts: Vec<String> = columns
            .iter()
            .zip(list.as_ref())
            .map(|(column, value)| format!("{column} = {}", value.as_ref()))
            .collect();
        format!("({})", parts.join(" and "))
    };
    lists.iter().map(equal).collect::<Vec<_>>().join(" or ")
}

/// Writes [`key_condition`] so that it is read quickly: keys that follow one another as a range. A statement that locks what
/// it reads would lock more.
fn read_condition(table: &TableMapping, keys: &[impl AsRef<[String]>]) -> String {
    let number = |key: &[String]| key.first()?.parse::<i128>().ok();
    let numbers = match table.key.as_slice() {
        [only] if only.is_whole() => {
            keys.iter().map(|key| number(key.as_ref())).collect::<Option<Vec<i128>>>()
        }
        _ => None,
    };
    match numbers {
        Some(numbers) => {
            whole_numbers::condition(&quoting::name(&table.key[0].name), &whole_numbers::ranges(numbers))
        }
        None => key_condition(table, keys),
    }
}

/// Writes the statement that reads, of the rows with these keys, the `record_id` and then all carried columns.
#[must_use]
pub fn select(table: &TableMapping, keys: &[impl AsRef<[String]>]) -> String {
    format!(
        "select {} from {} where {}",
        readable_columns(table),
        quoting::name(&table.name),
        read_condition(table, keys)
    )
}

/// Writes the list of what [`literals`] reads: the `record_id`, then all carried columns.
#[must_use]
pub fn readable_columns(table: &TableMapping) -> String {
    let columns: Vec<String> =
        table.columns.iter().map(|column| readable(column.form, &quoting::name(&column.name))).collect();
    format!("{}, {}", record_id::expression(&table.key, None), columns.join(", "))
}

/// Writes the statement that answers, for each of these keys that has a row, its position in `keys` and the
/// `record_id` as that row spells it.
#[must_use]
pub fn spellings(table: &TableMapping, keys: &[impl AsRef<[String]>]) -> String {
    let spelling = record_id::expression(&table.key, None);
    let name = quoting::name(&table.name);
    let lookups: Vec<String> = keys
        .iter()
        .enumerate()
        .map(|(position, key)| {
            let condition = key_condition(table, std::slice::from_ref(key));
            format!("select {position}, {spelling} from {name} where {condition}")
        })
        .collect();
    lookups.join("\nunion all ")
}

/// Writes a column as an expression whose text in the answer is the whole value.
fn readable(form: ValueForm, column: &str) -> String {
    match form {
        ValueForm::Digits | ValueForm::Quoted | ValueForm::Hexadecimal => column.to_owned(),
        ValueForm::Position => format!("cast({column} as unsigned)"),
        ValueForm::Floating => format!("cast({column} as double)"),
        ValueForm::Encoded(_) => format!("cast({column} as binary)"),
        // Is the text, read as JSON, the same text again?
        ValueForm::Json => format!(
            "concat(if(binary cast(cast({column} as char) as json) = binary {column}, {WHOLE}, {NOT_WHOLE}), {column})"
        ),
    }
}

/// What is put before the text of a JSON value that is the whole value.
const WHOLE: char = '1';

/// What is put before the text of one that is not.
const NOT_WHOLE: char = '0';

/// Stands for such a value: no JSON, so that DB_B rejects the record (3140) rather than taking it changed.
const NO_JSON: &str = "a DECIMAL in this JSON would be rounded";

/// Writes each value of a row as an SQL literal; the row begins with its `record_id`.
///
/// # Errors
/// Names the column whose bytes are not what its type promises.
pub fn literals(table: &TableMapping, row: &Row) -> Result<Literals, String> {
    let values = table.columns.iter().zip(row.values().skip(1));
    let bytes = values.map(|(column, value)| about_bytes(column.form, value)).sum();
    let columns = table.columns.len().min(row.values().len().saturating_sub(1));
    Literals::write(columns, bytes, |position, sql| {
        let column = &table.columns[position];
        write_literal(column.form, row.bytes(position + 1), sql)
            .ok_or_else(|| format!("column {}.{} is no number", table.name, column.name))
    })
}

/// Tells about how many bytes the literal of a value has; a text has more where something is escaped.
fn about_bytes(form: ValueForm, value: Option<&[u8]>) -> usize {
    // Two quotes, or `null`.
    4 + value.map_or(0, |bytes| match form {
        ValueForm::Hexadecimal | ValueForm::Encoded(_) => 2 * bytes.len(),
        ValueForm::Digits
        | ValueForm::Quoted
        | ValueForm::Position
        | ValueForm::Floating
        | ValueForm::Json => bytes.len(),
    })
}

fn write_literal(form: ValueForm, value: Option<&[u8]>, sql: &mut String) -> Option<()> {
    let Some(bytes) = value else {
        sql.push_str("null");
        return Some(());
    };
    let write_encoded = |charset: &str, sql: &mut String| {
        sql.push('_');
        sql.push_str(charset);
        sql.push(' ');
        quoting::push_bytes(bytes, sql);
    };
    match form {
        ValueForm::Hexadecimal => quoting::push_bytes(bytes, sql),
        ValueForm::Encoded(charset) => write_encoded(charset, sql),
        ValueForm::Quoted => match std::str::from_utf8(bytes) {
            Ok(text) => quoting::push_text(text, sql),
            // Servers take half a surrogate pair for a character, and UTF-8 does not.
            Err(_) => write_encoded("utf8mb4", sql),
        },
        ValueForm::Json => {
            let text = std::str::from_utf8(bytes).ok()?;
            quoting::push_text(text.strip_prefix(WHOLE).unwrap_or(NO_JSON), sql);
        }
        ValueForm::Floating => quoting::push_text(digits(bytes, b"-+.e")?, sql),
        ValueForm::Digits | ValueForm::Position => sql.push_str(digits(bytes, b"-.")?),
    }
    Some(())
}

fn digits<'a>(bytes: &'a [u8], others: &[u8]) -> Option<&'a str> {
    let is_number =
        !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_digit() || others.contains(byte));
    is_number.then(|| std::str::from_utf8(bytes).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(form: ValueForm, value: Option<&[u8]>) -> Option<String> {
        let mut sql = String::new();
        write_literal(form, value, &mut sql).map(|()| sql)
    }

    #[test]
    fn values_become_literals_without_passing_through_a_type() {
        assert_eq!(literal(ValueForm::Digits, Some(b"-9999999999.99")).unwrap(), "-9999999999.99");
        assert_eq!(literal(ValueForm::Quoted, Some("O'Ne😀".as_bytes())).unwrap(), "'O''Ne😀'");
        assert_eq!(literal(ValueForm::Hexadecimal, Some(&[0, 255])).unwrap(), "x'00ff'");
        assert_eq!(literal(ValueForm::Quoted, None).unwrap(), "null");
        assert_eq!(literal(ValueForm::Quoted, Some(b"\xed\xa0\x80")).unwrap(), "_utf8mb4 x'eda080'");
        assert_eq!(literal(ValueForm::Encoded("sjis"), Some(b"\x81\x5f")).unwrap(), "_sjis x'815f'");
        assert_eq!(literal(ValueForm::Floating, Some(b"-0")).unwrap(), "'-0'");
        assert_eq!(literal(ValueForm::Floating, Some(b"1.5e-324")).unwrap(), "'1.5e-324'");
        assert_eq!(literal(ValueForm::Json, Some(b"1[1.5]")).unwrap(), "'[1.5]'");
        assert_eq!(literal(ValueForm::Json, Some(b"0[1.50]")).unwrap(), format!("'{NO_JSON}'"));
        assert_eq!(literal(ValueForm::Digits, Some(b"1;drop")), None);
        assert_eq!(literal(ValueForm::Digits, Some(b"")), None);
    }
}
