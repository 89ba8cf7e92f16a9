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

/// Most characters of a name, as the column holds them.
pub const NAME_MAX_CHARS: usize = 255;

/// Most characters of an e-mail address: no longer one can be delivered to.
pub const EMAIL_MAX_CHARS: usize = 254;

/// A user to be created; its fields were checked.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(example = json!({"name": "Ada Sample", "email": "ada@shop.example"}))]
pub struct NewUser {
    /// Display name, not blank.
    #[schema(min_length = 1, max_length = 255, pattern = r"\S")]
    pub name: String,
    /// E-mail address, unique among the users.
    #[schema(format = Email, max_length = 254)]
    pub email: String,
}

/// What to change in a user; its fields were checked, and at least one is there.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(example = json!({"name": "Ada Sample-Smith"}), min_properties = 1)]
pub struct UserChange {
    /// New display name, not blank.
    #[schema(min_length = 1, max_length = 255, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// New e-mail address, unique among the users.
    #[schema(format = Email, max_length = 254, nullable = false)]
    pub email: Option<String>,
}

/// A part of the users, by ascending id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserList {
    /// The users.
    pub users: Vec<User>,
    /// What to pass as `after` to go on; null at the end.
    #[schema(example = 20)]
    pub next_after: Option<u64>,
}
