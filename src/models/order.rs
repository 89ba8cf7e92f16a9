//! Orders, as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use super::amount::Amount;

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
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
    /// All of them, in the order of an order's life.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Paid, Self::Shipped, Self::Completed, Self::Cancelled];

    /// Understands the word stored in `orders.status`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_sql() == word)
    }

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

/// An order to be created; its fields were checked.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(example = json!({"user_id": 1, "amount": "12.50", "status": "pending"}))]
pub struct NewOrder {
    /// The user who places it.
    #[schema(minimum = 1)]
    pub user_id: u64,
    /// Its amount; refunds are negative.
    pub amount: Amount,
    /// How far it has come; `pending` when left out.
    #[schema(required = false, default = "pending")]
    pub status: OrderStatus,
}

/// What to change in an order; its fields were checked, and at least one is there.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(example = json!({"status": "paid"}), min_properties = 1)]
pub struct OrderChange {
    /// The user it now belongs to.
    #[schema(minimum = 1, nullable = false)]
    pub user_id: Option<u64>,
    /// The new amount, as when creating.
    #[schema(nullable = false)]
    pub amount: Option<Amount>,
    /// How far it has come.
    #[schema(nullable = false)]
    pub status: Option<OrderStatus>,
}

/// A part of the orders, by ascending id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrderList {
    /// The orders.
    pub orders: Vec<Order>,
    /// What to pass as `after` to go on; null at the end.
    #[schema(example = 20)]
    pub next_after: Option<u64>,
}
