//! The one table of HTTP routes, and what surrounds all of them.

mod access;
mod description;
mod guard;
mod parameters;

use std::sync::Arc;

use axum::routing::get;
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use self::description::Access;
use self::parameters::WithoutParameters;
use crate::controllers::{
    ApiState, assets, events, explain, health, home, metrics, orders, problems, session, sync, users,
};
use crate::services::sign_in::SignIn;

/// Builds the whole HTTP service, which listens on `host`. Where a token is set, it answers only those who carry it or a
/// session; elsewhere only those who call this machine by its own name.
pub fn router(state: ApiState, host: &str) -> Router {
    let sign_in = state.sign_in.clone();
    let (routes, described) = table().with_state(state).split_for_parts();
    let without = WithoutParameters::of(&described);
    let access = if sign_in.is_some() { Access::Token } else { Access::Open };
    let described = description::complete(&described, access);
    let routes = routes
        .route_layer(middleware::from_fn_with_state(without, parameters::refuse))
        .route("/", get(home::page))
        .route("/assets/{*name}", get(assets::file))
        .merge(SwaggerUi::new("/docs").external_url_unchecked("/openapi.json", described));
    surround(routes, sign_in, host)
}

/// Puts around all routes what holds at every address, unknown ones included.
fn surround(routes: Router, sign_in: Option<SignIn>, host: &str) -> Router {
    let routes = routes.fallback(guard::no_such_route).method_not_allowed_fallback(guard::method_not_allowed);
    let routes = match sign_in {
        Some(sign_in) => routes.layer(middleware::from_fn_with_state(sign_in, access::authorize)),
        None => {
            routes.layer(middleware::from_fn_with_state(Arc::<str>::from(host), access::only_by_own_name))
        }
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
        .routes(routes!(sync::problems))
        .routes(routes!(sync::runs))
        .routes(routes!(explain::record))
        .routes(routes!(explain::any_record))
        .routes(routes!(session::open, session::close))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(metrics::read))
        .routes(routes!(problems::list))
        .routes(routes!(problems::find))
        .route_layer(middleware::from_fn(guard::bound));
    // A cycle takes as long as it takes, and so does following one.
    let unbounded = OpenApiRouter::new().routes(routes!(sync::run)).routes(routes!(events::follow));
    OpenApiRouter::with_openapi(description::skeleton()).merge(bounded).merge(unbounded)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode, header};
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn broken() -> StatusCode {
        panic!("secret words")
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_without_its_words() {
        let app = surround(Router::new().route("/", get(broken)), None, "localhost");
        let response = app.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        assert!(!String::from_utf8(body.to_vec()).unwrap().contains("secret"));
    }

    #[tokio::test]
    async fn an_error_of_a_library_becomes_a_problem() {
        let app =
            surround(Router::new().route("/", get(async || StatusCode::IM_A_TEAPOT)), None, "localhost");
        let response = app.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
}
