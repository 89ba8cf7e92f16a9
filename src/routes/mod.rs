//! The one table of HTTP routes, and what surrounds all of them.

mod description;
mod guard;

use std::sync::Arc;

use axum::routing::get;
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use crate::controllers::{ApiState, health, home, orders, sync, users};
use crate::utils::secret::Secret;

/// Builds the whole HTTP service; with a token, it answers only those who carry it.
pub fn router(state: ApiState, token: Option<Secret>) -> Router {
    let (routes, described) = table().with_state(state).split_for_parts();
    let routes = routes
        .route("/", get(home::page))
        .merge(SwaggerUi::new("/docs").url("/openapi.json", description::complete(described)))
        .fallback(guard::no_such_route)
        .method_not_allowed_fallback(guard::method_not_allowed);
    let routes = match token {
        Some(token) => routes.layer(middleware::from_fn_with_state(Arc::new(token), guard::authorize)),
        None => routes,
    };
    // The last layer is the outermost: a panic is caught, then dressed as a problem, then logged.
    routes
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::custom(guard::panicked))
        .layer(middleware::from_fn(guard::finish))
        .layer(middleware::from_fn(guard::observe))
}

/// Lists every route that the API's description shows.
fn table() -> OpenApiRouter<ApiState> {
    let bounded = OpenApiRouter::new()
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::find, users::change, users::delete))
        .routes(routes!(orders::list, orders::create))
        .routes(routes!(orders::find, orders::change, orders::delete))
        .routes(routes!(sync::status))
        .routes(routes!(sync::retry))
        .routes(routes!(sync::runs))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .route_layer(middleware::from_fn(guard::bound));
    // A cycle takes as long as it takes.
    let unbounded = OpenApiRouter::new().routes(routes!(sync::run));
    OpenApiRouter::with_openapi(description::skeleton()).merge(bounded).merge(unbounded)
}
