//! Errors as clients see them: problem details of RFC 9457, for every error there is.

use std::error::Error;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem_types::{self as types, ProblemType};
use crate::models::field_error::{FieldError, FieldErrors};
use crate::services::RequestError;

/// The media type of every error.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// How a client is to say who it is.
pub const CHALLENGE: &str = "Bearer realm=\"backhaul\"";

/// After how many seconds a client may ask again when a database or the program is busy.
const RETRY_AFTER_SECONDS: u64 = 5;

/// The same for a request that is still being carried out.
const RETRY_KEY_AFTER_SECONDS: u64 = 1;

/// What went wrong with a request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem, and is the address of its explanation; never changes its meaning.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "/problems/invalid-fields")]
    kind: &'static str,
    /// The kind in words.
    #[schema(value_type = String, example = "Some fields are missing, unknown or wrong")]
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// What happened this time, and what to do.
    #[schema(example = "email: must be an e-mail address, such as ada@shop.example")]
    detail: String,
    /// The fields, parameters or headers concerned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

/// Marks an answer that already is a problem, so that it is not replaced by a poorer one.
#[derive(Debug, Clone, Copy)]
pub struct IsProblem;

impl Problem {
    /// Says that this kind of problem has come.
    #[must_use]
    pub fn of(kind: &ProblemType, detail: impl Into<String>) -> Self {
        let &ProblemType { uri, title, status, .. } = kind;
        Self { kind: uri, title, status, detail: detail.into(), errors: Vec::new() }
    }

    fn naming(mut self, field: &str, message: &str) -> Self {
        self.errors = FieldErrors::one(field, message).into_vec();
        self
    }

    /// Says that the body is no JSON.
    #[must_use]
    pub fn malformed_json(detail: String) -> Self {
        Self::of(&types::MALFORMED_JSON, detail)
    }

    /// Says that the body broke off or came garbled.
    #[must_use]
    pub fn broken_body() -> Self {
        Self::of(&types::BROKEN_BODY, "Send the request again.")
    }

    /// Says that the body took too long to arrive.
    #[must_use]
    pub fn slow_body(limit: Duration) -> Self {
        let detail = format!("The body did not arrive within {} s; nothing was done.", limit.as_secs());
        Self::of(&types::SLOW_BODY, detail)
    }

    /// Says that a part of the path is wrong.
    #[must_use]
    pub fn invalid_path(field: &str, message: &str) -> Self {
        Self::of(&types::INVALID_PATH, format!("{field}: {message}")).naming(field, message)
    }

    /// Says that the header `Idempotency-Key` holds no key.
    #[must_use]
    pub fn invalid_idempotency_key(message: &str) -> Self {
        let header = "Idempotency-Key";
        Self::of(&types::INVALID_IDEMPOTENCY_KEY, format!("{header}: {message}")).naming(header, message)
    }

    /// Says which fields are missing, unknown or wrong.
    #[must_use]
    pub fn invalid_fields(errors: FieldErrors) -> Self {
        let mut problem = Self::of(&types::INVALID_FIELDS, errors.to_string());
        problem.errors = errors.into_vec();
        problem
    }

    /// Says that the bearer token is missing or wrong.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::of(&types::UNAUTHORIZED, types::UNAUTHORIZED.detail)
    }

    /// Says that a page of another site sent the request.
    #[must_use]
    pub fn cross_site() -> Self {
        Self::of(&types::CROSS_SITE, types::CROSS_SITE.detail)
    }

    /// Says that the request calls this machine by a name that is not its own.
    #[must_use]
    pub fn foreign_name() -> Self {
        Self::of(&types::FOREIGN_NAME, types::FOREIGN_NAME.detail)
    }

    /// Says that the address leads nowhere.
    #[must_use]
    pub fn no_such_route() -> Self {
        Self::of(&types::NO_SUCH_ROUTE, types::NO_SUCH_ROUTE.detail)
    }

    /// Says that the address is right and the method is not; the header `Allow` names those that are.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::of(&types::METHOD_NOT_ALLOWED, types::METHOD_NOT_ALLOWED.detail)
    }

    /// Says that the path names nothing that exists.
    #[must_use]
    pub fn not_found(field: &str, message: &str) -> Self {
        Self::of(&types::NOT_FOUND, message).naming(field, message)
    }

    /// Says that there is no such group of failures.
    #[must_use]
    pub fn unknown_group(id: &str) -> Self {
        let message = format!("there is no group {id}, or not any more; GET /sync/problems lists them");
        Self::of(&types::UNKNOWN_GROUP, format!("group: {message}")).naming("group", &message)
    }

    /// Says that the body is larger than any request needs.
    #[must_use]
    pub fn too_large(limit: usize) -> Self {
        Self::of(&types::TOO_LARGE, format!("The body may hold at most {limit} bytes."))
    }

    /// Says that the body is not declared to be JSON.
    #[must_use]
    pub fn unsupported_media_type() -> Self {
        Self::of(&types::UNSUPPORTED_MEDIA_TYPE, types::UNSUPPORTED_MEDIA_TYPE.detail)
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
        Self::of(&types::BUSY, types::BUSY.detail)
    }

    /// Says that something cannot be used at present.
    #[must_use]
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::of(&types::UNAVAILABLE, detail)
    }

    /// Says that the fault lies here; the log knows more.
    #[must_use]
    pub fn internal() -> Self {
        Self::of(&types::INTERNAL, types::INTERNAL.detail)
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
                let (kind, status) = ("about:blank", status.as_u16());
                Self { kind, title, status, detail: title.to_owned(), errors: Vec::new() }
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
                let kind = if *field == "email" { types::EMAIL_TAKEN } else { types::STILL_REFERRED_TO };
                Self::of(&kind, &text).naming(field, &text)
            }
            RequestError::KeyOfAnother { .. } => Self::of(&types::IDEMPOTENCY_KEY_REUSED, text),
            RequestError::UnderWay { .. } => Self::of(&types::IDEMPOTENCY_KEY_UNDER_WAY, text),
            RequestError::Refused(source) => Self::of(&types::REFUSED, format!("{text}: {source}")),
            RequestError::Unavailable(source) => {
                log_once(&error);
                // A server that answers has rolled back; one that is silent may yet have committed.
                let fate = if source.code().is_some() {
                    "Nothing was changed."
                } else {
                    "If the request was a change, look whether it was carried out before repeating it; \
                     one that carried an Idempotency-Key may simply be repeated."
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
        let is_under_way = self.kind == types::IDEMPOTENCY_KEY_UNDER_WAY.uri;
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
            StatusCode::CONFLICT if is_under_way => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_KEY_AFTER_SECONDS));
            }
            _ => {}
        }
        response.extensions_mut().insert(IsProblem);
        response
    }
}
