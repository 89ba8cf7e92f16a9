//! Who may ask: those who carry the token or a session, or, where no token is set, those who call this machine by its own name.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::controllers::problem::Problem;
use crate::controllers::session;
use crate::services::sign_in::SignIn;

/// Lets only those in who carry the token or a session; a browser that comes without is shown the page to sign in.
///
/// Whether the process is alive and ready anyone may ask, and for the files of its pages and what each kind of problem means,
/// which hold no data.
pub(super) async fn authorize(State(sign_in): State<SignIn>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_open =
        is_health(path) || path == "/session" || path.starts_with("/assets/") || is_explanation(path);
    if is_open || carries_token(request.headers(), &sign_in) || carries_session(request.headers(), &sign_in) {
        next.run(request).await
    } else if is_page_asked_for(&request) {
        session::ask_for_token()
    } else {
        Problem::unauthorized().into_response()
    }
}

/// Refuses requests that call this machine by a foreign name. Without a token, being on this machine is all that lets a
/// program in; a page of another site could come in too, by a name of its own that it lets lead here.
pub(super) async fn only_by_own_name(State(host): State<Arc<str>>, request: Request, next: Next) -> Response {
    if is_health(request.uri().path()) || is_called_by_own_name(&request, &host) {
        next.run(request).await
    } else {
        Problem::foreign_name().into_response()
    }
}

fn is_health(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

/// A problem that says "send the token" must be explained to those who have none.
fn is_explanation(path: &str) -> bool {
    path == "/problems" || path.starts_with("/problems/")
}

fn carries_token(headers: &HeaderMap, sign_in: &SignIn) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some((scheme, given)) = value.split_once(' ') else { return false };
    scheme.eq_ignore_ascii_case("bearer") && sign_in.is_token(given)
}

/// Looks at every cookie of the name: another program of this host, on another port, may have set one too.
fn carries_session(headers: &HeaderMap, sign_in: &SignIn) -> bool {
    let lists = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookies = lists.flat_map(|list| list.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    cookies.filter(|(name, _)| *name == session::COOKIE).any(|(_, session)| sign_in.is_session(session))
}

/// Tells whether a person asks with a browser, which says that it wants a page.
fn is_page_asked_for(request: &Request) -> bool {
    let wanted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    matches!(*request.method(), Method::GET | Method::HEAD)
        && wanted.is_some_and(|wanted| wanted.contains("text/html"))
}

fn is_called_by_own_name(request: &Request, host: &str) -> bool {
    let called =
        request.headers().get_all(header::HOST).iter().map(|value| value.to_str().unwrap_or_default());
    // No browser leaves the name out.
    called.chain(request.uri().authority().map(Authority::as_str)).all(|name| is_own_name(name, host))
}

/// Tells whether a name, with or without a port, is one of this machine's that no one else can let lead elsewhere.
fn is_own_name(name: &str, host: &str) -> bool {
    let Ok(authority) = name.parse::<Authority>() else { return false };
    let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name == "localhost"
        || name.ends_with(".localhost")
        || name == host.to_ascii_lowercase()
        || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::utils::secret::Secret;

    #[rstest]
    #[case("Bearer s3cret", true)]
    #[case("bearer s3cret", true)]
    #[case("Bearer s3cre", false)]
    #[case("Bearer s3crett", false)]
    #[case("Bearer", false)]
    #[case("Bearer ", false)]
    #[case("Basic s3cret", false)]
    #[case("s3cret", false)]
    fn only_the_token_opens(#[case] value: &str, #[case] open: bool) {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
        assert_eq!(carries_token(&headers, &SignIn::new(Secret::new("s3cret".to_owned()))), open);
    }

    #[rstest]
    #[case("localhost", true)]
    #[case("LOCALHOST:3000", true)]
    #[case("localhost.", true)]
    #[case("shop.localhost:3000", true)]
    #[case("127.0.0.1:3000", true)]
    #[case("127.0.0.2", true)]
    #[case("[::1]:3000", true)]
    #[case("till.example:3000", true)]
    #[case("evil.example", false)]
    #[case("127.0.0.1.evil.example", false)]
    #[case("localhost.evil.example", false)]
    #[case("evil.example:3000", false)]
    #[case("192.0.2.1", false)]
    #[case("", false)]
    fn only_own_names_are_answered_to(#[case] name: &str, #[case] own: bool) {
        assert_eq!(is_own_name(name, "till.example"), own);
    }
}
