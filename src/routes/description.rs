//! The API's description in OpenAPI 3.1: what stands beside the routes, and the answers common to all of them.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, Ref, RefOr, Response};
use utoipa::{OpenApi, openapi};

use crate::controllers::problem::{MEDIA_TYPE, Problem};
use crate::controllers::session::COOKIE;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Backhaul",
        description = "Users and orders of this site, and how far their changes have come on the way to the central \
                       database. Every error is a problem of RFC 9457 (`application/problem+json`)."
    ),
    components(schemas(Problem)),
    tags(
        (name = "users", description = "Users of this site; every change is queued for the central database"),
        (name = "orders", description = "Orders of this site; every change is queued for the central database"),
        (name = "sync", description = "The queue and the cycles that empty it"),
        (name = "session", description = "Signing in with a browser, where `API_TOKEN` is set"),
        (name = "health", description = "For monitoring; open without a token"),
    )
)]
struct Skeleton;

/// The answers any route may give: name, status, meaning.
const COMMON: [(&str, &str, &str); 4] = [
    ("BadRequest", "400", "The body is not well-formed JSON, or the id in the path is no number"),
    ("Unauthorized", "401", "`API_TOKEN` is set and the request carries neither it nor a session"),
    ("Internal", "500", "A defect; the log says more under the answer's `X-Request-Id`"),
    ("Unavailable", "503", "DB_A cannot be used at present, or is not installed; see `Retry-After`"),
];

/// The answers of routes that take a body.
const WITH_BODY: [(&str, &str, &str); 2] = [
    ("TooLarge", "413", "The body has more than 64 KiB"),
    ("UnsupportedMediaType", "415", "The body is not declared as `application/json`"),
];

/// Gives the description without any route.
pub(super) fn skeleton() -> openapi::OpenApi {
    Skeleton::openapi()
}

/// Adds to the description what is common to all routes.
pub(super) fn complete(mut api: openapi::OpenApi) -> openapi::OpenApi {
    let mut components = api.components.take().unwrap_or_default();
    for (name, _, meaning) in COMMON.iter().chain(&WITH_BODY) {
        components.responses.insert((*name).to_owned(), RefOr::T(problem(meaning)));
    }
    components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let cookie = ApiKey::Cookie(ApiKeyValue::new(COOKIE));
    components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    api.components = Some(components);
    // Either the token, or a session opened with it, or, when none is set, nothing.
    let nothing: [&str; 0] = [];
    let either = ["bearer", "session"].map(|scheme| SecurityRequirement::new(scheme, nothing));
    api.security = Some(either.into_iter().chain([SecurityRequirement::default()]).collect());
    for path in api.paths.paths.values_mut() {
        for operation in [&mut path.get, &mut path.post, &mut path.put, &mut path.delete] {
            operation.iter_mut().for_each(add_common_answers);
        }
    }
    api
}

fn add_common_answers(operation: &mut Operation) {
    let with_body = if operation.request_body.is_some() { &WITH_BODY[..] } else { &[] };
    for (name, status, _) in COMMON.iter().chain(with_body) {
        let answers = &mut operation.responses.responses;
        answers.entry((*status).to_owned()).or_insert_with(|| RefOr::Ref(Ref::from_response_name(*name)));
    }
}

fn problem(meaning: &str) -> Response {
    let content = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
    let mut response = Response::new(meaning);
    response.content.insert(MEDIA_TYPE.to_owned(), RefOr::T(content));
    response
}
