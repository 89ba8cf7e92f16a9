//! Errors as clients see them: problem details of RFC 9457, for every error there is.

use std::error::Error;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::models::field_error::{FieldError, FieldErrors};
use crate::services::RequestError;

/// The media type of every error.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// How a client is to say who it is.
pub const CHALLENGE: &str = "Bearer realm=\"backhaul\"";

/// After how many seconds a client may ask again when a database or the program is busy.
const RETRY_AFTER_SECONDS: u64 = 5;

/// What went wrong with a request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem; never changes its meaning.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "urn:backhaul:problem:invalid-fields")]
    kind: &'static str,
    /// The kind in words.
    #[schema(value_type = String, example = "Some fields are missing, unknown or wrong")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// What happened this time, and what to do.
    #[schema(example = "email: must be an e-mail address, such as ada@shop.example")]
    detail: String,
    /// The fields concerned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

/// Marks an answer that already is a problem, so that it is not replaced by a poorer one.
#[derive(Debug, Clone, Copy)]
pub struct IsProblem;

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, title, status: status.as_u16(), detail: detail.into(), errors: Vec::new() }
    }

    fn naming(mut self, field: &str, message: &str) -> Self {
        self.errors = FieldErrors::one(field, message).into_vec();
        self
    }

    /// Says that the body is no JSON.
    #[must_use]
    pub fn malformed_json(detail: String) -> Self {
        let kind = "urn:backhaul:problem:malformed-json";
        Self::new(StatusCode::BAD_REQUEST, kind, "The body is not well-formed JSON", detail)
    }

    /// Says that the body broke off or came garbled.
    #[must_use]
    pub fn broken_body() -> Self {
        let kind = "urn:backhaul:problem:broken-body";
        Self::new(StatusCode::BAD_REQUEST, kind, "The body did not arrive whole", "Send the request again.")
    }

    /// Says that a part of the path is wrong.
    #[must_use]
    pub fn invalid_path(field: &str, message: &str) -> Self {
        let kind = "urn:backhaul:problem:invalid-path";
        Self::new(
            StatusCode::BAD_REQUEST,
            kind,
            "A part of the path cannot be understood",
            format!("{field}: {message}"),
        )
        .naming(field, message)
    }

    /// Says which fields are missing, unknown or wrong.
    #[must_use]
    pub fn invalid_fields(errors: FieldErrors) -> Self {
        let kind = "urn:backhaul:problem:invalid-fields";
        let title = "Some fields are missing, unknown or wrong";
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, kind, title, errors.to_string());
        problem.errors = errors.into_vec();
        problem
    }

    /// Says that the bearer token is missing or wrong.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "urn:backhaul:problem:unauthorized",
            "The request carries no valid token",
            "Send the header `Authorization: Bearer` with the value of API_TOKEN, or sign in at / with a browser.",
        )
    }

    /// Says that a page of another site sent the request.
    #[must_use]
    pub fn cross_site() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "urn:backhaul:problem:cross-site",
            "The request comes from a page of another site",
            "Changes are taken from pages of this address only, and from programs, which send no Origin.",
        )
    }

    /// Says that the request calls this machine by a name that is not its own.
    #[must_use]
    pub fn foreign_name() -> Self {
        Self::new(
            StatusCode::MISDIRECTED_REQUEST,
            "urn:backhaul:problem:foreign-name",
            "The request calls this machine by a foreign name",
            "Without API_TOKEN only localhost, loopback addresses and HOST are answered to, lest pages of other sites come in \
             by a name that leads here. Call it by one of these, or set API_TOKEN.",
        )
    }

    /// Says that the address leads nowhere.
    #[must_use]
    pub fn no_such_route() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "urn:backhaul:problem:no-such-route",
            "There is nothing at this address",
            "/docs lists all addresses.",
        )
    }

    /// Says that the address is right and the method is not; the header `Allow` names those that are.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "urn:backhaul:problem:method-not-allowed",
            "This address does not know the method",
            "The header Allow names the methods it knows.",
        )
    }

    /// Says that the path names nothing that exists.
    #[must_use]
    pub fn not_found(field: &str, message: &str) -> Self {
        let (kind, title) = ("urn:backhaul:problem:not-found", "There is no such record");
        Self::new(StatusCode::NOT_FOUND, kind, title, message).naming(field, message)
    }

    /// Says that the body is larger than any request needs.
    #[must_use]
    pub fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "urn:backhaul:problem:too-large",
            "The body is too large",
            format!("The body may hold at most {limit} bytes."),
        )
    }

    /// Says that the body is not declared to be JSON.
    #[must_use]
    pub fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "urn:backhaul:problem:unsupported-media-type",
            "The body is not declared to be JSON",
            "Send the header `Content-Type: application/json`.",
        )
    }

    /// Says that the body is not declared to be a form.
    #[must_use]
    pub fn no_form() -> Self {
        let problem = Self::unsupported_media_type();
        let title = "The body is not declared to be a form";
        let detail = "Send the field `token` with `Content-Type: application/x-www-form-urlencoded`.";
        Self { title, detail: detail.to_owned(), ..problem }
    }

    /// Says that a cycle is running already.
    #[must_use]
    pub fn busy() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "urn:backhaul:problem:busy",
            "A cycle is running already",
            "GET /sync/status tells when it has ended; the changes made meanwhile go with the next one.",
        )
    }

    /// Says that something cannot be used at present.
    #[must_use]
    pub fn unavailable(detail: impl Into<String>) -> Self {
        let kind = "urn:backhaul:problem:unavailable";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, kind, "The service cannot answer at present", detail)
    }

    /// Says that the fault lies here; the log knows more.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "urn:backhaul:problem:internal",
            "The request failed",
            "The fault is not the request's; the log says more under the answer's X-Request-Id.",
        )
    }

    /// Stands in for an answer of a library that is an error but no problem.
    #[must_use]
    pub fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::no_such_route(),
            StatusCode::METHOD_NOT_ALLOWED => Self::method_not_allowed(),
            StatusCode::FORBIDDEN => Self::cross_site(),
            status if status.is_server_error() => Self::internal(),
            status => {
                let title = status.canonical_reason().unwrap_or("The request cannot be carried out");
                Self::new(status, "about:blank", title, title)
            }
        }
    }
}

impl From<FieldErrors> for Problem {
    fn from(errors: FieldErrors) -> Self {
        Self::invalid_fields(errors)
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        let text = error.to_string();
        match &error {
            RequestError::Invalid(errors) => Self::invalid_fields(errors.clone()),
            RequestError::NotFound { kind, .. } => {
                let mut problem = Self::not_found("id", &format!("names no {kind}"));
                problem.detail = text;
                problem
            }
            RequestError::Conflict { field, .. } => {
                let title = "The request contradicts what is stored";
                Self::new(StatusCode::CONFLICT, "urn:backhaul:problem:conflict", title, &text)
                    .naming(field, &text)
            }
            RequestError::Refused(source) => {
                let title = "The database refused the values";
                let kind = "urn:backhaul:problem:refused";
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, kind, title, format!("{text}: {source}"))
            }
            RequestError::Unavailable(source) => {
                log_once(&error);
                // A server that answers has rolled back; one that is silent may yet have committed.
                let fate = if source.code().is_some() {
                    "Nothing was changed."
                } else {
                    "If the request was a change, look whether it was carried out before repeating it."
                };
                Self::unavailable(format!("{text}. {fate}"))
            }
            RequestError::NotInstalled(_) => {
                log_once(&error);
                Self::unavailable("DB_A is not installed, or lacks a table: run `backhaul install`.")
            }
            RequestError::Internal(_) => {
                log_once(&error);
                Self::internal()
            }
        }
    }
}

/// Writes a failure with all its causes to the log; the client gets no more than it needs.
fn log_once(error: &RequestError) {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain = format!("{chain}: {cause}");
        source = cause.source();
    }
    tracing::error!(error = chain, "a request failed");
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        match status {
            StatusCode::UNAUTHORIZED => {
                let challenge = HeaderValue::from_static(CHALLENGE);
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
            }
            _ => {}
        }
        response.extensions_mut().insert(IsProblem);
        response
    }
}
