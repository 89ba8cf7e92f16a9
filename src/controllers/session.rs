//! `/session`: signing in and out with a browser.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use url::form_urlencoded;
use utoipa::ToSchema;

use super::json::read;
use super::page::IsPage;
use super::problem::{CHALLENGE, Problem};
use super::state::ApiState;
use crate::services::sign_in::SESSION_LIFETIME;

/// The cookie that carries a session.
pub const COOKIE: &str = "backhaul_session";

/// What the cookie is for: this address only, never for scripts, and never for requests that come from other sites.
const ATTRIBUTES: &str = "HttpOnly; SameSite=Strict; Path=/";

/// The page that asks for the token.
const PAGE: &str = include_str!("../../assets/sign_in.html");

/// Where the page says what was wrong.
const MESSAGE: &str = "<!--message-->";

/// What the page says of a wrong token.
const WRONG_TOKEN: &str =
    "<p role=\"alert\">That is not the token of this site: it is the value of API_TOKEN in its settings.</p>";

/// What the sign-in page sends.
#[derive(Debug, ToSchema)]
pub struct SignInForm {
    /// The value of `API_TOKEN`.
    #[expect(dead_code, reason = "describes the form; the token is read from the body itself")]
    token: String,
}

/// Opens a session for a browser.
///
/// It is a cookie that counts like the bearer token for twelve hours, or until the program restarts.
///
/// # Errors
/// As a problem, or as the sign-in page.
#[utoipa::path(
    post, path = "/session", operation_id = "sign_in", tag = "session",
    request_body(content = SignInForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "Signed in, or no token is set: go to the dashboard",
         headers(("Location" = String, description = "`/`"), ("Set-Cookie" = String, description = "The session"))),
        (status = 401, description = "The token is wrong; the sign-in page says so", body = String, content_type = "text/html"),
        (status = 415, description = "The body is no form", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn open(State(state): State<ApiState>, request: Request) -> Result<Response, Problem> {
    let is_form = is_form(request.headers());
    let body = read(request.into_body()).await?;
    if !is_form {
        return Err(Problem::no_form());
    }
    let home = (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_static("/"))]);
    let Some(sign_in) = &state.sign_in else { return Ok(home.into_response()) };
    let token = form_urlencoded::parse(&body).find(|(name, _)| name == "token");
    let token = token.map(|(_, token)| token.into_owned()).unwrap_or_default();
    match sign_in.open(&token).await {
        Some(session) => Ok((set_cookie(&session, SESSION_LIFETIME.as_secs())?, home).into_response()),
        None => Ok(sign_in_page(WRONG_TOKEN)),
    }
}

/// Signs a browser out.
///
/// The browser forgets the cookie; a session that was copied elsewhere ends after twelve hours, or when the program restarts.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    delete, path = "/session", operation_id = "sign_out", tag = "session",
    responses((status = 204, description = "Signed out", headers(("Set-Cookie" = String, description = "No session any more")))),
)]
pub async fn close() -> Result<Response, Problem> {
    Ok((StatusCode::NO_CONTENT, set_cookie("", 0)?).into_response())
}

/// Asks a person for the token, with 401.
#[must_use]
pub fn ask_for_token() -> Response {
    sign_in_page("")
}

fn sign_in_page(message: &str) -> Response {
    let challenge = [(header::WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE))];
    let page = Html(PAGE.replace(MESSAGE, message));
    let mut response = (StatusCode::UNAUTHORIZED, challenge, page).into_response();
    response.extensions_mut().insert(IsPage);
    response
}

fn set_cookie(session: &str, seconds: u64) -> Result<HeaderMap, Problem> {
    let cookie = HeaderValue::try_from(format!("{COOKIE}={session}; {ATTRIBUTES}; Max-Age={seconds}"));
    let cookie = cookie.map_err(|_| Problem::internal())?;
    Ok(HeaderMap::from_iter([(header::SET_COOKIE, cookie)]))
}

fn is_form(headers: &HeaderMap) -> bool {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = declared.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
