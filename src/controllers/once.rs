//! `Idempotency-Key`: the name of a request that may be repeated.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::models::idempotency::{Answered, IdempotencyKey};

/// The header of requests.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The key of a request, if it has one.
#[derive(Debug, Clone)]
pub struct OptionalKey(pub Option<IdempotencyKey>);

impl<S: Send + Sync> FromRequestParts<S> for OptionalKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(KEY).iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        if values.next().is_some() {
            return Err(Problem::invalid_idempotency_key("is given more than once"));
        }
        IdempotencyKey::parse(value.to_str().unwrap_or_default())
            .map(|key| Self(Some(key)))
            .map_err(|error| Problem::invalid_idempotency_key(&error.to_string()))
    }
}

/// Sends an answer as it was noted, whether now or when the request first came.
pub(super) fn respond(answered: Answered) -> Result<Response, Problem> {
    let Answered { answer, replayed } = answered;
    let status = StatusCode::from_u16(answer.status).map_err(|_| Problem::internal())?;
    let location = HeaderValue::try_from(answer.location).map_err(|_| Problem::internal())?;
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::LOCATION, location);
    if replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}
