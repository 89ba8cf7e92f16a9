//! `/`: the first page a person sees.

use axum::http::HeaderMap;
use axum::response::Response;

use super::assets;
use super::problem::Problem;

/// Shows the dashboard.
///
/// # Errors
/// Never: the page is part of the program.
pub async fn page(headers: HeaderMap) -> Result<Response, Problem> {
    assets::answer("dashboard/index.html", &headers)
}
