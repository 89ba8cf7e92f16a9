//! A JSON object whose values are kept as they were written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

/// An object's fields in their order, duplicates included; numbers keep every digit.
#[derive(Debug, Default)]
pub struct JsonObject(Vec<(String, Box<RawValue>)>);

/// Says why bytes are no JSON object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not JSON at all.
    #[error("the body is not well-formed JSON: line {line}, column {column}")]
    Malformed {
        /// Where reading stopped, counted from 1.
        line: usize,
        /// Where reading stopped, counted from 1.
        column: usize,
    },
    /// A list, a text, a number.
    #[error("the body must be a JSON object, such as {{}}")]
    NotAnObject,
}

impl JsonObject {
    /// Understands `bytes`.
    ///
    /// # Errors
    /// When they are no JSON, or JSON but no object.
    pub fn parse(bytes: &[u8]) -> Result<Self, BodyError> {
        serde_json::from_slice(bytes).map_err(|error| match error.classify() {
            // A list of odd bytes is not JSON either, so well-formedness is asked first.
            Category::Data if serde_json::from_slice::<&RawValue>(bytes).is_ok() => BodyError::NotAnObject,
            Category::Data | Category::Io | Category::Syntax | Category::Eof => {
                BodyError::Malformed { line: error.line(), column: error.column() }
            }
        })
    }

    /// Gives the fields in their order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_ref()))
    }
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = JsonObject;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonObject, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(JsonObject(fields))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn numbers_keep_every_digit_and_duplicates_stay() {
        let object = JsonObject::parse(br#" {"a": 1.10, "\u0062": [1, {"x": 2}], "a": 1e400} "#).unwrap();
        let fields: Vec<_> = object.fields().map(|(name, value)| (name, value.get())).collect();
        assert_eq!(fields, [("a", "1.10"), ("b", r#"[1, {"x": 2}]"#), ("a", "1e400")]);
    }

    #[rstest]
    #[case(b"")]
    #[case(b"{")]
    #[case(b"{} x")]
    #[case(b"{\"a\": 01}")]
    #[case(b"{\"a\": \"\xff\"}")]
    #[case(b"{'a': 1}")]
    #[case(b"{\"a\": 1,}")]
    #[case(b"[1")]
    fn what_is_no_json_is_malformed(#[case] bytes: &[u8]) {
        assert!(matches!(JsonObject::parse(bytes), Err(BodyError::Malformed { .. })));
    }

    #[rstest]
    #[case(b"[]")]
    #[case(b"null")]
    #[case(b"12")]
    #[case(b"\"text\"")]
    fn other_json_is_no_object(#[case] bytes: &[u8]) {
        assert_eq!(JsonObject::parse(bytes).unwrap_err(), BodyError::NotAnObject);
    }
}
