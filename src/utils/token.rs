//! Random tokens, which two processes never draw alike.

use uuid::Uuid;

/// Draws a token of 36 characters.
#[must_use]
pub fn random() -> String {
    Uuid::new_v4().to_string()
}
