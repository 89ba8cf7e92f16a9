//! Orders, as the API shows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OrderStatus {
    /// Placed, not paid.
    Pending,
    /// Paid.
    Paid,
    /// On its way.
    Shipped,
    /// Delivered.
    Completed,
    /// Called off.
    Cancelled,
}

impl OrderStatus {
    /// Gives the word stored in `orders.status`.
    #[must_use]
    pub const fn as_sql(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Shipped => "shipped",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Order {
    /// Primary key.
    #[schema(example = 1)]
    pub id: u64,
    /// The user who placed it.
    #[schema(example = 1)]
    pub user_id: u64,
    /// Amount with two decimals, as text so that no digit is lost.
    #[schema(example = "12.50")]
    pub amount: String,
    /// How far it has come; a word this version does not know is shown as stored.
    #[schema(example = "pending")]
    pub status: String,
    /// Moment of the last change, RFC 3339 in UTC with microseconds.
    #[schema(format = DateTime, example = "2026-03-01T09:14:00.000001Z")]
    pub updated_at: String,
}
