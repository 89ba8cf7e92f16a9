//! `/metrics`.

use axum::extract::State;
use axum::http::{HeaderName, header};

use super::problem::Problem;
use super::state::ApiState;

/// The media type of Prometheus' text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Gives the figures that monitoring needs, in Prometheus' text format.
///
/// They are those of the status.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    get, path = "/metrics", operation_id = "read_metrics", tag = "health",
    responses((status = 200, description = "The figures at this moment", body = String, content_type = "text/plain")),
)]
pub async fn read(
    State(state): State<ApiState>,
) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    Ok(([(header::CONTENT_TYPE, TEXT_FORMAT)], state.metrics.text().await?))
}
