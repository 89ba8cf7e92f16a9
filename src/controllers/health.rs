//! `/healthz` and `/readyz`.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problem;
use super::state::ApiState;

/// Says that all is well.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    #[schema(value_type = String, example = "ok")]
    status: &'static str,
}

/// Answers as long as the process lives.
///
/// It asks no database. Needs no token.
#[utoipa::path(
    get, path = "/healthz", tag = "health",
    responses((status = 200, description = "The process lives", body = Health)),
)]
pub async fn live() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Tells whether DB_A answers and is installed.
///
/// DB_B may be away: that is what the queue is for. Needs no token.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    get, path = "/readyz", tag = "health",
    responses((status = 200, description = "Requests can be carried out", body = Health)),
)]
pub async fn ready(State(state): State<ApiState>) -> Result<Json<Health>, Problem> {
    match state.readiness.check().await {
        Ok(()) => Ok(Json(Health { status: "ok" })),
        Err(missing) => Err(Problem::unavailable(missing.to_string())),
    }
}
