//! `/orders`.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::json::JsonBody;
use super::path::Id;
use super::problem::Problem;
use super::query::Query;
use super::state::ApiState;
use crate::models::order::{NewOrder, Order, OrderChange, OrderList};
use crate::services::input;

/// Lists orders by ascending id.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    get, path = "/orders", operation_id = "list_orders", tag = "orders",
    params(
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 500, description = "Most orders, 20 by default"),
        ("after" = Option<u64>, Query, description = "`next_after` of the answer before"),
    ),
    responses(
        (status = 200, description = "The orders", body = OrderList),
        (status = 422, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn list(State(state): State<ApiState>, query: Query) -> Result<Json<OrderList>, Problem> {
    Ok(Json(state.orders.list(query.page()?).await?))
}

/// Creates an order.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    post, path = "/orders", operation_id = "create_order", tag = "orders", request_body = NewOrder,
    responses(
        (status = 201, description = "The order, which will be synchronised", body = Order,
         headers(("Location" = String, description = "Where to find it"))),
        (status = 422, description = "Fields are missing, unknown or wrong", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn create(
    State(state): State<ApiState>,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, Problem> {
    let order = state.orders.create(&input::new_order(&body)?).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, format!("/orders/{}", order.id))], Json(order)))
}

/// Finds an order.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    get, path = "/orders/{id}", operation_id = "find_order", tag = "orders",
    params(("id" = u64, Path, description = "The order's id")),
    responses(
        (status = 200, description = "The order", body = Order),
        (status = 404, description = "There is no such order", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn find(State(state): State<ApiState>, Id(id): Id) -> Result<Json<Order>, Problem> {
    Ok(Json(state.orders.find(id).await?))
}

/// Changes an order; fields left out stay as they are.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    put, path = "/orders/{id}", operation_id = "change_order", tag = "orders", request_body = OrderChange,
    params(("id" = u64, Path, description = "The order's id")),
    responses(
        (status = 200, description = "The order as it now is", body = Order),
        (status = 404, description = "There is no such order", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are missing, unknown or wrong", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn change(
    State(state): State<ApiState>,
    Id(id): Id,
    JsonBody(body): JsonBody,
) -> Result<Json<Order>, Problem> {
    Ok(Json(state.orders.change(id, &input::order_change(&body)?).await?))
}

/// Deletes an order.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    delete, path = "/orders/{id}", operation_id = "delete_order", tag = "orders",
    params(("id" = u64, Path, description = "The order's id")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "There is no such order", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn delete(State(state): State<ApiState>, Id(id): Id) -> Result<StatusCode, Problem> {
    state.orders.delete(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
