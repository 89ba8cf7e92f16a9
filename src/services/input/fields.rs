//! Reads the fields of an object one by one and collects what is wrong with them.

use serde_json::value::RawValue;

use super::object::JsonObject;
use crate::models::field_error::FieldErrors;

/// Reads an object's fields; what nobody asked for is unknown.
#[derive(Debug)]
pub struct Fields<'a> {
    object: &'a JsonObject,
    known: Vec<&'static str>,
    errors: FieldErrors,
}

impl<'a> Fields<'a> {
    /// Begins to read `object`.
    #[must_use]
    pub fn of(object: &'a JsonObject) -> Self {
        Self { object, known: Vec::new(), errors: FieldErrors::default() }
    }

    /// Reads a field that may be left out; null does not count as left out.
    pub fn optional<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&RawValue) -> Result<T, String>,
    ) -> Option<T> {
        self.known.push(field);
        let mut values = self.object.fields().filter(|(name, _)| *name == field).map(|(_, value)| value);
        let value = values.next()?;
        if values.next().is_some() {
            self.errors.add(field, "is given more than once");
            return None;
        }
        read(value).map_err(|message| self.errors.add(field, message)).ok()
    }

    /// Reads a field that must be there.
    pub fn required<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&RawValue) -> Result<T, String>,
    ) -> Option<T> {
        if !self.contains(field) {
            self.errors.add(field, "is missing");
        }
        self.optional(field, read)
    }

    /// Tells whether the object has the field, right or wrong.
    #[must_use]
    pub fn contains(&self, field: &str) -> bool {
        self.object.fields().any(|(name, _)| name == field)
    }

    /// Demands that at least one of the fields read so far is there.
    pub fn at_least_one(&mut self) {
        if !self.known.iter().any(|field| self.contains(field)) {
            for field in self.known.clone() {
                self.errors.add(field, "at least one field must be given");
            }
        }
    }

    /// Ends the reading and gives all that is wrong, unknown fields included.
    ///
    /// # Errors
    /// Each mistake, with its field.
    pub fn finish(mut self) -> Result<(), FieldErrors> {
        for (name, _) in self.object.fields() {
            if !self.known.contains(&name) {
                let others = match self.known.as_slice() {
                    [] => "there are none here".to_owned(),
                    known => format!("known are {}", known.join(", ")),
                };
                self.errors.add(name, format!("is not a known field; {others}"));
            }
        }
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }
}

/// Reads a text.
pub(super) fn text(value: &RawValue) -> Result<String, String> {
    serde_json::from_str(value.get()).map_err(|_| "must be a text".to_owned())
}

/// Reads the id of another record: a whole number from 1, digit by digit.
pub(super) fn id(value: &RawValue) -> Result<u64, String> {
    value
        .get()
        .parse()
        .ok()
        .filter(|id| *id > 0)
        .ok_or_else(|| "must be a whole number from 1 to 18446744073709551615".to_owned())
}

/// Gives the error to report when a field was wrong and [`Fields::finish`] did not say so, which cannot be.
pub(super) fn incomplete() -> FieldErrors {
    FieldErrors::one("body", "cannot be understood")
}
