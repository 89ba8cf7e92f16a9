//! `/users`.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::json::JsonBody;
use super::path::Id;
use super::problem::Problem;
use super::query::Query;
use super::state::ApiState;
use crate::models::user::{NewUser, User, UserChange, UserList};
use crate::services::input;

/// Lists users by ascending id.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    get, path = "/users", operation_id = "list_users", tag = "users",
    params(
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 500, description = "Most users, 20 by default"),
        ("after" = Option<u64>, Query, description = "`next_after` of the answer before"),
    ),
    responses(
        (status = 200, description = "The users", body = UserList),
        (status = 422, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn list(State(state): State<ApiState>, query: Query) -> Result<Json<UserList>, Problem> {
    Ok(Json(state.users.list(query.page()?).await?))
}

/// Creates a user.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    post, path = "/users", operation_id = "create_user", tag = "users", request_body = NewUser,
    responses(
        (status = 201, description = "The user, which will be synchronised", body = User,
         headers(("Location" = String, description = "Where to find it"))),
        (status = 409, description = "The e-mail address is taken", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are missing, unknown or wrong", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn create(
    State(state): State<ApiState>,
    JsonBody(body): JsonBody,
) -> Result<impl IntoResponse, Problem> {
    let user = state.users.create(&input::new_user(&body)?).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, format!("/users/{}", user.id))], Json(user)))
}

/// Finds a user.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    get, path = "/users/{id}", operation_id = "find_user", tag = "users",
    params(("id" = u64, Path, description = "The user's id")),
    responses(
        (status = 200, description = "The user", body = User),
        (status = 404, description = "There is no such user", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn find(State(state): State<ApiState>, Id(id): Id) -> Result<Json<User>, Problem> {
    Ok(Json(state.users.find(id).await?))
}

/// Changes a user; fields left out stay as they are.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    put, path = "/users/{id}", operation_id = "change_user", tag = "users", request_body = UserChange,
    params(("id" = u64, Path, description = "The user's id")),
    responses(
        (status = 200, description = "The user as it now is", body = User),
        (status = 404, description = "There is no such user", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The e-mail address is taken", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are missing, unknown or wrong", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn change(
    State(state): State<ApiState>,
    Id(id): Id,
    JsonBody(body): JsonBody,
) -> Result<Json<User>, Problem> {
    Ok(Json(state.users.change(id, &input::user_change(&body)?).await?))
}

/// Deletes a user.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    delete, path = "/users/{id}", operation_id = "delete_user", tag = "users",
    params(("id" = u64, Path, description = "The user's id")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "There is no such user", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Orders refer to it", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn delete(State(state): State<ApiState>, Id(id): Id) -> Result<StatusCode, Problem> {
    state.users.delete(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
