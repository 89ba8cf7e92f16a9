//! `/`: the first page a person sees.

use axum::response::Html;

/// Shows what this is and where to go on.
pub async fn page() -> Html<&'static str> {
    Html(include_str!("home.html"))
}
