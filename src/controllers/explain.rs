//! `/sync/explain`.

use axum::Json;
use axum::extract::{Path, State};

use super::problem::Problem;
use super::query::Query;
use super::state::ApiState;
use crate::models::entry::RecordName;
use crate::models::explanation::Explanation;
use crate::models::field_error::FieldErrors;
use crate::services::RequestError;
use crate::services::explain::ExplainError;

/// Tells the whole story of one record.
///
/// Its entries, attempts and errors, both sides field by field, and what to do. A record that exists nowhere has a story, too.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    get, path = "/sync/explain/{table}/{record}", operation_id = "explain_record", tag = "sync",
    params(
        ("table" = String, Path, description = "The record's table"),
        ("record" = String, Path, description = "Its primary key, as the queue prints it, percent-encoded"),
    ),
    responses(
        (status = 200, description = "The story; `note` tells why a side could not be looked at", body = Explanation),
        (status = 404, description = "The table is not synchronised", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn record(
    State(state): State<ApiState>,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
) -> Result<Json<Explanation>, Problem> {
    let Path((table, record_id)) =
        path.map_err(|_| Problem::invalid_path("record", "must be percent-encoded UTF-8"))?;
    let record = RecordName { table: table.into(), record_id: record_id.into() };
    let told = state.explain.run(&record).await;
    told.map(Json).map_err(|error| problem(error, |text| Problem::invalid_path("record", text)))
}

/// Tells the whole story of one record whose key may be no part of a path.
///
/// The same as `/sync/explain/{table}/{record}`, for any key: also an empty one, and `.` and `..`, which browsers take for
/// directions on the way to an address.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    get, path = "/sync/explain", operation_id = "explain_any_record", tag = "sync",
    params(
        ("table" = String, Query, description = "The record's table"),
        ("record" = String, Query, description = "Its primary key, as the queue prints it, percent-encoded"),
    ),
    responses(
        (status = 200, description = "The story; `note` tells why a side could not be looked at", body = Explanation),
        (status = 404, description = "The table is not synchronised", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong or missing", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn any_record(State(state): State<ApiState>, query: Query) -> Result<Json<Explanation>, Problem> {
    let told = state.explain.run(&query.record()?).await;
    told.map(Json)
        .map_err(|error| problem(error, |text| Problem::invalid_fields(FieldErrors::one("record", text))))
}

/// Says why there is nothing to tell; `no_key` says it of the key, where that stands in the request.
fn problem(error: ExplainError, no_key: impl FnOnce(&str) -> Problem) -> Problem {
    let text = error.to_string();
    match error {
        ExplainError::NoSuchTable(_) => Problem::not_found("table", &text),
        ExplainError::NoKey(_) => no_key(&text),
        ExplainError::Local { source, .. } => RequestError::from(source).into(),
    }
}
