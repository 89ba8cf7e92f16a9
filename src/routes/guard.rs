//! What happens around every request: its id, its log line, how long it may take, what browsers may do.

use std::any::Any;
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;
use tracing::Instrument;
use uuid::Uuid;

use crate::controllers::page::IsPage;
use crate::controllers::problem::{IsProblem, Problem};
use crate::utils::clock;

/// How long a request may take, its body included; requests to DB_A are bounded well below.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The header by which a request is found in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a page of the API browser may load: its own files; its style sheet sets styles inline.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the dashboard and the sign-in page may load: files of this program, and no styles or scripts within the page.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What every other answer may load: nothing.
const STRICT_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Gives the request an id and writes one line about it to the log.
pub async fn observe(request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());
    async move {
        let start = clock::monotonic();
        let mut response = next.run(request).await;
        response.headers_mut().insert(REQUEST_ID, id);
        let (status, duration) = (response.status().as_u16(), start.elapsed());
        let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        if matches!(route.as_str(), "/healthz" | "/readyz") && response.status().is_success() {
            tracing::debug!(%method, route, status, duration_ms, "{method} {route}: {status}");
        } else {
            tracing::info!(%method, route, status, duration_ms, "{method} {route}: {status}");
        }
        response
    }
    .instrument(span)
    .await
}

/// Takes the id that a proxy gave to the request, if it is a harmless one, or makes a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let harmless = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        (1..=64).contains(&bytes.len())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    };
    let given = headers.get(REQUEST_ID).filter(harmless).cloned();
    given
        .or_else(|| HeaderValue::try_from(Uuid::now_v7().to_string()).ok())
        .unwrap_or_else(|| HeaderValue::from_static("none"))
}

/// Adds what browsers must know, and turns errors of libraries into problems.
pub async fn finish(request: Request, next: Next) -> Response {
    let is_docs = request.uri().path().starts_with("/docs");
    let response = next.run(request).await;
    let mut response = as_problem(response);
    let is_page = response.extensions().get::<IsPage>().is_some();
    let headers = response.headers_mut();
    // Without a referrer a browser would not say either where a page's form comes from, and the form would be refused.
    let (policy, referrer) = match (is_page, is_docs) {
        (true, _) => (PAGE_POLICY, "same-origin"),
        (false, true) => (DOCS_POLICY, "no-referrer"),
        (false, false) => (STRICT_POLICY, "no-referrer"),
    };
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(referrer));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn as_problem(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let extensions = response.extensions();
    if !is_error || extensions.get::<IsProblem>().is_some() || extensions.get::<IsPage>().is_some() {
        return response;
    }
    let mut problem = Problem::from_status(status).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        problem.headers_mut().insert(header::ALLOW, allow.clone());
    }
    problem
}

/// Ends a request that takes too long.
pub async fn bound(request: Request, next: Next) -> Response {
    timeout(REQUEST_TIMEOUT, next.run(request)).await.unwrap_or_else(|_| {
        let limit = REQUEST_TIMEOUT.as_secs();
        Problem::unavailable(format!("The request took longer than {limit} s.")).into_response()
    })
}

/// Answers when a controller panicked.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over as a value")]
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no words");
    tracing::error!(panic = words, "a request panicked; this is a defect of Backhaul");
    Problem::internal().into_response()
}

/// Answers an address that leads nowhere.
pub async fn no_such_route() -> Problem {
    Problem::no_such_route()
}

/// Answers a method that the address does not know.
pub async fn method_not_allowed() -> Problem {
    Problem::method_not_allowed()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("abc-1.2_3", true)]
    #[case("", false)]
    #[case("a b", false)]
    #[case("a\"b", false)]
    fn a_harmless_request_id_is_kept(#[case] given: &str, #[case] kept: bool) {
        let headers = HeaderMap::from_iter([(REQUEST_ID, given.parse().unwrap())]);
        assert_eq!(request_id(&headers) == given, kept);
    }
}
