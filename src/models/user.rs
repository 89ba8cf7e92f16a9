//! Users, as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

/// One user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct User {
    /// Primary key.
    #[schema(example = 1)]
    pub id: u64,
    /// Display name, 1 to 255 characters.
    #[schema(example = "Ada Sample")]
    pub name: String,
    /// E-mail address, unique, at most 254 characters.
    #[schema(example = "ada@shop.example")]
    pub email: String,
    /// Moment of the last change, RFC 3339 in UTC with microseconds.
    #[schema(format = DateTime, example = "2026-03-01T09:14:00.000001Z")]
    pub updated_at: String,
}
