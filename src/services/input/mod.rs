//! Understands what a request's body says: every field is read once, and every mistake is named.
//!
//! Whoever holds a [`crate::models::user::NewUser`] or its like holds checked values; there is no other way to one.

pub mod fields;
pub mod object;
mod order;
mod retry;
mod user;

use self::fields::Fields;
use self::object::JsonObject;
use crate::models::field_error::FieldErrors;

pub use order::{new_order, order_change};
pub use retry::records_to_retry;
pub use user::{new_user, user_change};

/// Demands an object without fields.
///
/// # Errors
/// Each field.
pub fn nothing(object: &JsonObject) -> Result<(), FieldErrors> {
    Fields::of(object).finish()
}
