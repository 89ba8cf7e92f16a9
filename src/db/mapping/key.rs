//! Reads a `record_id` back into the values of a primary key.

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
        let parts: Vec<&str> = if self.key_columns.len() == 1 {
            vec![record_id]
        } else {
            record_id
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
                .map(|inner| inner.split(',').collect())
                .unwrap_or_default()
        };
        let usable = parts.len() == self.key_columns.len() && parts.iter().all(|part| is_whole_number(part));
        if usable {
            return Ok(parts.into_iter().map(str::to_owned).collect());
        }
        Err(KeyError {
            table: self.name.clone(),
            record_id: record_id.to_owned(),
            expected: if self.key_columns.len() == 1 {
                "a whole number".to_owned()
            } else {
                format!("an array of {} whole numbers, [1,2]", self.key_columns.len())
            },
        })
    }

    /// Writes the `record_id` of a key given as SQL literals.
    #[must_use]
    pub fn record_id(&self, key: &[&str]) -> String {
        match key {
            [only] => (*only).to_owned(),
            several => format!("[{}]", several.join(",")),
        }
    }
}

/// Accepts a number only as the server prints it: `7`, not `07`, `+7` or `7.0`.
fn is_whole_number(text: &str) -> bool {
    text.parse::<i128>().is_ok_and(|number| {
        number.to_string() == text && number >= i128::from(i64::MIN) && number <= i128::from(u64::MAX)
    })
}

#[cfg(test)]
mod tests {
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
        assert_eq!(seats.key_literals("[3,-7]").unwrap(), ["3", "-7"]);
        assert_eq!(seats.record_id(&["3", "-7"]), "[3,-7]");
        for text in ["3", "[3]", "[3,7,1]", "[3, 7]", "3,7"] {
            assert!(seats.key_literals(text).is_err(), "{text}");
        }
    }
}
