//! Reads a `record_id` back into the values of a primary key.

use serde_json::value::RawValue;

use super::key_column::KeyColumn;
use super::table_mapping::TableMapping;

/// Says that a `record_id` is no primary key of its table; it is a failure, never a delete.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{record_id}' is no primary key of table {table}: expected {expected}")]
pub struct KeyError {
    /// The table.
    pub table: String,
    /// What the entry holds.
    pub record_id: String,
    /// What it should hold.
    pub expected: String,
}

impl TableMapping {
    /// Reads `record_id` into SQL literals, one for each column of the primary key.
    ///
    /// # Errors
    /// When it is not exactly what the capture triggers write for this table.
    pub fn key_literals(&self, record_id: &str) -> Result<Vec<String>, KeyError> {
        let literals = match self.key.as_slice() {
            [only] => only.literal(record_id).map(|literal| vec![literal]),
            several => composite_literals(several, record_id),
        };
        literals.ok_or_else(|| KeyError {
            table: self.name.clone(),
            record_id: record_id.to_owned(),
            expected: self.expected_key(),
        })
    }

    fn expected_key(&self) -> String {
        match self.key.as_slice() {
            [only] => only.expected(),
            several => {
                let parts: Vec<String> = several.iter().map(KeyColumn::expected).collect();
                format!("a JSON array of {}", parts.join(", "))
            }
        }
    }
}

/// Reads `["north",7]`, provided that it is written exactly so.
fn composite_literals(key: &[KeyColumn], record_id: &str) -> Option<Vec<String>> {
    let values: Vec<Box<RawValue>> = serde_json::from_str(record_id).ok()?;
    let printed: Vec<&str> = values.iter().map(|value| value.get()).collect();
    if values.len() != key.len() || format!("[{}]", printed.join(",")) != record_id {
        return None;
    }
    key.iter().zip(printed).map(|(column, value)| composite_literal(column, value)).collect()
}

fn composite_literal(column: &KeyColumn, value: &str) -> Option<String> {
    if column.is_number() {
        return column.literal(value);
    }
    let text: String = serde_json::from_str(value).ok()?;
    // Engines escape the same characters the same way, except that MariaDB writes `\u001F` and MySQL `\u001f`.
    let is_canonical = serde_json::to_string(&text).is_ok_and(|again| again.eq_ignore_ascii_case(value));
    is_canonical.then(|| column.literal(&text)).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::key_column::{KeyForm, fixture as key};
    use super::super::table_mapping::fixture;

    #[test]
    fn only_what_the_triggers_write_is_a_key() {
        let orders = fixture("orders", &["id"]);
        assert_eq!(orders.key_literals("18446744073709551615").unwrap(), ["18446744073709551615"]);
        for text in ["", "07", "+7", "7.0", "7 ", "abc", "[7]", "18446744073709551616", "1 or 1=1"] {
            assert!(orders.key_literals(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_composite_key_is_an_array() {
        let seats = fixture("seats", &["hall", "seat"]);
        assert_eq!(seats.key_literals("[3,7]").unwrap(), ["3", "7"]);
        for text in ["3", "[3]", "[3,7,1]", "[3, 7]", "3,7", "[3,7] ", "[3,\"7\"]", "[3,null]", "[3,7.0]"] {
            assert!(seats.key_literals(text).is_err(), "{text}");
        }
    }

    #[test]
    fn texts_of_a_composite_key_are_json_strings() {
        let mut shops = fixture("shops", &["region", "number"]);
        shops.key[0] = key("region", KeyForm::Text(20));
        assert_eq!(shops.key_literals(r#"["no\"r\\th/'😀 ",7]"#).unwrap(), [r#"'no"r\\th/''😀 '"#, "7"]);
        assert_eq!(shops.key_literals("[\"\\u001F\",7]").unwrap(), ["'\u{1f}'", "7"]);
        for text in [r#"["a" ,7]"#, r#"["\/",7]"#, r#"["\u0061",7]"#, "[a,7]", r#"["a",7"#, r#"{"a":7}"#] {
            assert!(shops.key_literals(text).is_err(), "{text}");
        }
        let error = shops.key_literals("x").unwrap_err().to_string();
        assert!(
            error.ends_with("expected a JSON array of a text of at most 20 characters, a whole number"),
            "{error}"
        );
    }
}
