//! `/sync/explain`.

use axum::Json;
use axum::extract::{Path, State};

use super::problem::Problem;
use super::state::ApiState;
use crate::models::entry::RecordName;
use crate::models::explanation::Explanation;
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
    state.explain.run(&record).await.map(Json).map_err(|error| {
        let text = error.to_string();
        match error {
            ExplainError::NoSuchTable(_) => Problem::not_found("table", &text),
            ExplainError::NoKey(_) => Problem::invalid_path("record", &text),
            ExplainError::Local { source, .. } => RequestError::from(source).into(),
        }
    })
}
