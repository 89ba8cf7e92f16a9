//! What `POST /sync/retry` says.

use serde_json::value::RawValue;

use super::fields::{Fields, text};
use super::object::JsonObject;
use crate::models::entry::RecordName;
use crate::models::field_error::FieldErrors;

/// Reads which record to set free; `None` means all.
///
/// # Errors
/// Each mistake, with its field; a table without a record, or a record without a table, is one.
pub fn record_to_retry(object: &JsonObject) -> Result<Option<RecordName>, FieldErrors> {
    let mut fields = Fields::of(object);
    let named = fields.contains("table_name") || fields.contains("record_id");
    if !named {
        fields.optional("table_name", filled_text);
        fields.optional("record_id", filled_text);
        fields.finish()?;
        return Ok(None);
    }
    let table = fields.required("table_name", filled_text);
    let record_id = fields.required("record_id", filled_text);
    fields.finish()?;
    Ok(table
        .zip(record_id)
        .map(|(table, record_id)| RecordName { table: table.into(), record_id: record_id.into() }))
}

fn filled_text(value: &RawValue) -> Result<String, String> {
    text(value)
        .ok()
        .filter(|text| !text.is_empty())
        .ok_or_else(|| "must be a text, such as \"42\"".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Option<RecordName>, String> {
        record_to_retry(&JsonObject::parse(body.as_bytes()).unwrap()).map_err(|errors| errors.to_string())
    }

    #[test]
    fn nothing_named_means_all_and_half_a_name_is_refused() {
        assert_eq!(read("{}"), Ok(None));
        let record = RecordName { table: "orders".into(), record_id: "9".into() };
        assert_eq!(read(r#"{"table_name": "orders", "record_id": "9"}"#), Ok(Some(record)));
        assert_eq!(read(r#"{"table_name": "orders"}"#), Err("record_id: is missing".into()));
        assert_eq!(read(r#"{"record_id": "9"}"#), Err("table_name: is missing".into()));
        assert!(read(r#"{"all": true}"#).unwrap_err().starts_with("all: is not a known field"));
        assert!(
            read(r#"{"table_name": "orders", "record_id": 9}"#)
                .unwrap_err()
                .starts_with("record_id: must be")
        );
    }
}
