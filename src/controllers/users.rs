//! `/users`.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::json::JsonBody;
use super::link;
use super::once::{self, OptionalKey};
use super::path::Id;
use super::problem::Problem;
use super::query::Query;
use super::state::ApiState;
use crate::models::user::{NewUser, User, UserChange, UserList};
use crate::services::input;

/// Lists users by ascending id.
///
/// In pages: as long as there are more, `next_after` and the header `Link` (`rel="next"`) lead on.
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
        (status = 200, description = "The users", body = UserList,
         headers(("Link" = Option<String>, description = "Where the next page is, as `rel=\"next\"`; absent on the last page"))),
        (status = 422, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn list(State(state): State<ApiState>, query: Query) -> Result<impl IntoResponse, Problem> {
    let page = query.page()?;
    let list = state.users.list(page).await?;
    Ok((link::next("/users", "", page.limit, list.next_after), Json(list)))
}

/// Creates a user.
///
/// With the header `Idempotency-Key` the request may be repeated, for example when its answer was lost: whoever repeats it
/// with the same key and the same values within 24 hours gets the first answer again, with `Idempotency-Replayed: true`, and
/// nothing is made twice. Only what was made is remembered: a request that was refused is judged anew.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    post, path = "/users", operation_id = "create_user", tag = "users", request_body = NewUser,
    params((
        "Idempotency-Key" = Option<String>, Header, max_length = 257,
        pattern = r#"^("[!#-\[\]-~]{1,255}"|[!#-\[\]-~]{1,255})$"#,
        description = "The client's own name for this request, such as a UUID; quotes around it do not count",
    )),
    responses(
        (status = 201, description = "The user, which will be synchronised", body = User,
         headers(
             ("Location" = String, description = "Where to find it"),
             ("Idempotency-Replayed" = Option<String>, description = "`true` when this was answered before to the same key"),
         )),
        (status = 409, description = "The e-mail address is taken, or the request with this key is being carried out", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are missing, unknown or wrong, or the key belongs to another request", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn create(
    State(state): State<ApiState>,
    key: Result<OptionalKey, Problem>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let new = input::new_user(&body)?;
    if let OptionalKey(Some(key)) = key? {
        return once::respond(state.users.create_once(key, &new).await?);
    }
    let user = state.users.create(&new).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, format!("/users/{}", user.id))], Json(user)).into_response())
}

/// Finds a user.
///
/// By its id, as it is in DB_A at this moment.
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
/// At least one field must be there. Repeating the request does no harm.
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
/// Only one whom no order refers to. The deletion is carried to DB_B like any other change.
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
