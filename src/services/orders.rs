//! Creates, changes, finds, lists and deletes orders in DB_A.

use super::error::{NO_SUCH_PARENT, RequestError};
use super::idempotency::{answered, created};
use crate::db::DbError;
use crate::db::local_db::{LocalPool, orders};
use crate::models::field_error::FieldErrors;
use crate::models::idempotency::{Answered, IdempotencyKey, Keyed};
use crate::models::order::{NewOrder, Order, OrderChange, OrderList};
use crate::models::page::Page;

/// Works on `orders`; that the user exists is left to the foreign key, which alone can tell without a race.
#[derive(Debug, Clone)]
pub struct Orders {
    local: LocalPool,
}

impl Orders {
    /// Works on the given DB_A.
    #[must_use]
    pub const fn new(local: LocalPool) -> Self {
        Self { local }
    }

    /// Creates an order.
    ///
    /// # Errors
    /// When its user does not exist.
    pub async fn create(&self, new: &NewOrder) -> Result<Order, RequestError> {
        orders::insert(&self.local, new).await.map_err(|error| no_user_or(error, Some(new.user_id)))
    }

    /// Creates an order unless a request with this key has done so; then gives what was answered to that one.
    ///
    /// # Errors
    /// When its user does not exist, or the key belongs to another request, or to one that is being carried out.
    pub async fn create_once(&self, key: IdempotencyKey, new: &NewOrder) -> Result<Answered, RequestError> {
        let user_id = new.user_id.to_string();
        let request = Keyed::new(key, "POST /orders", &[&user_id, new.amount.as_str(), new.status.as_sql()]);
        let answer = |order: &Order| created(format!("/orders/{}", order.id), order);
        let once = orders::insert_once(&self.local, new, &request, answer).await;
        answered(once.map_err(|error| no_user_or(error, Some(new.user_id)))?, request.key)
    }

    /// Changes an order.
    ///
    /// # Errors
    /// When there is none, or its new user does not exist.
    pub async fn change(&self, id: u64, change: &OrderChange) -> Result<Order, RequestError> {
        orders::update(&self.local, id, change)
            .await
            .map_err(|error| no_user_or(error, change.user_id))?
            .ok_or(not_found(id))
    }

    /// Finds an order.
    ///
    /// # Errors
    /// When there is none.
    pub async fn find(&self, id: u64) -> Result<Order, RequestError> {
        orders::find(&self.local, id).await?.ok_or(not_found(id))
    }

    /// Lists orders.
    ///
    /// # Errors
    /// When DB_A cannot answer.
    pub async fn list(&self, page: Page) -> Result<OrderList, RequestError> {
        let (orders, next_after) = page.limit.cut(orders::list(&self.local, page).await?, |order| order.id);
        Ok(OrderList { orders, next_after })
    }

    /// Deletes an order.
    ///
    /// # Errors
    /// When there is none.
    pub async fn delete(&self, id: u64) -> Result<(), RequestError> {
        if orders::delete(&self.local, id).await? { Ok(()) } else { Err(not_found(id)) }
    }
}

fn not_found(id: u64) -> RequestError {
    RequestError::NotFound { kind: "order", id }
}

fn no_user_or(error: DbError, user_id: Option<u64>) -> RequestError {
    match (error.code(), user_id) {
        (Some(NO_SUCH_PARENT), Some(user_id)) => {
            FieldErrors::one("user_id", format!("there is no user {user_id}")).into()
        }
        (_, _) => error.into(),
    }
}
