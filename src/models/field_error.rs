//! What is wrong with single fields of a request.

use std::fmt;

use serde::Serialize;
use utoipa::ToSchema;

/// Most errors one answer lists; a body of nothing but unknown fields would be answered by a larger one.
const MOST_LISTED: usize = 20;

/// Says what is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field's name, as in the request.
    #[schema(example = "email")]
    pub field: String,
    /// What is expected of it.
    #[schema(example = "must be an e-mail address, such as ada@shop.example")]
    pub message: String,
}

/// What is wrong with a request, field by field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Begins with one error.
    #[must_use]
    pub fn one(field: &str, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Adds an error.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        if self.0.len() < MOST_LISTED {
            self.0.push(FieldError { field: field.to_owned(), message: message.into() });
        }
    }

    /// Tells whether nothing is wrong.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the errors in the order in which they were found.
    #[must_use]
    pub fn into_vec(self) -> Vec<FieldError> {
        self.0
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, FieldError { field, message }) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{field}: {message}")?;
        }
        Ok(())
    }
}
