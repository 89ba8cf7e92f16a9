//! What `POST /sync/retry` says.

use serde_json::value::RawValue;

use super::fields::{Fields, text};
use super::object::JsonObject;
use crate::models::entry::RecordName;
use crate::models::field_error::FieldErrors;
use crate::models::problems::Freed;

/// Reads which records to set free: all, one, or a group.
///
/// # Errors
/// Each mistake, with its field; a table without a record, a record without a table, or a group beside them, is one.
pub fn records_to_retry(object: &JsonObject) -> Result<Freed, FieldErrors> {
    let mut fields = Fields::of(object);
    let named = fields.contains("table_name") || fields.contains("record_id");
    if !named {
        fields.optional("table_name", filled_text);
        fields.optional("record_id", filled_text);
        let group = fields.optional("group", filled_text);
        fields.finish()?;
        return Ok(group.map_or(Freed::All, Freed::Group));
    }
    let table = fields.required("table_name", filled_text);
    let record_id = fields.required("record_id", filled_text);
    fields.optional("group", stands_alone);
    fields.finish()?;
    let record = table.zip(record_id);
    let name = |(table, record_id): (String, String)| RecordName {
        table: table.into(),
        record_id: record_id.into(),
    };
    Ok(record.map_or(Freed::All, |record| Freed::Record(name(record))))
}

fn stands_alone(_: &RawValue) -> Result<String, String> {
    Err("stands alone: leave it out, or `table_name` and `record_id`".to_owned())
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

    fn read(body: &str) -> Result<Freed, String> {
        records_to_retry(&JsonObject::parse(body.as_bytes()).unwrap()).map_err(|errors| errors.to_string())
    }

    #[test]
    fn nothing_named_means_all_and_half_a_name_is_refused() {
        assert_eq!(read("{}"), Ok(Freed::All));
        let record = RecordName { table: "orders".into(), record_id: "9".into() };
        assert_eq!(read(r#"{"table_name": "orders", "record_id": "9"}"#), Ok(Freed::Record(record)));
        assert_eq!(read(r#"{"group": "ab12"}"#), Ok(Freed::Group("ab12".into())));
        let both = r#"{"table_name": "orders", "record_id": "9", "group": "ab12"}"#;
        assert!(read(both).unwrap_err().starts_with("group: stands alone"));
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
