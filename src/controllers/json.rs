//! Takes JSON bodies in, and refuses all others with a problem.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::problem::Problem;
use crate::models::field_error::FieldErrors;
use crate::services::input::object::{BodyError, JsonObject};

/// Most bytes of a body. The largest sensible request has a few hundred; ten times more would only serve mischief.
pub const BODY_LIMIT: usize = 64 * 1024;

/// How long a body may take to arrive. Over the slowest line that is still one, the largest body takes a few seconds; and DB_A
/// has the rest of the time that a request may take.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// How much of a body beyond the limit is still read and thrown away, so that the client, which first sends all
/// and then listens, gets to see the answer instead of a reset connection.
const DISCARD_LIMIT: usize = 4 * 1024 * 1024;

/// A body that must be a JSON object.
#[derive(Debug)]
pub struct JsonBody(pub JsonObject);

/// A body that may be empty, which counts as `{}`.
#[derive(Debug)]
pub struct OptionalJsonBody(pub JsonObject);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let declared = is_json(request.headers());
        let bytes = read(request.into_body()).await?;
        if !declared {
            return Err(Problem::unsupported_media_type());
        }
        parse(&bytes).map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for OptionalJsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let declared = is_json(request.headers());
        let bytes = read(request.into_body()).await?;
        match (bytes.is_empty(), declared) {
            (true, _) => Ok(Self(JsonObject::default())),
            (false, false) => Err(Problem::unsupported_media_type()),
            (false, true) => parse(&bytes).map(Self),
        }
    }
}

fn parse(bytes: &[u8]) -> Result<JsonObject, Problem> {
    JsonObject::parse(bytes).map_err(|error| match error {
        BodyError::Malformed { .. } => Problem::malformed_json(error.to_string()),
        BodyError::NotAnObject => FieldErrors::one("body", error.to_string()).into(),
    })
}

/// Reads a body within [`BODY_LIMIT`] and [`BODY_TIMEOUT`].
pub(super) async fn read(body: Body) -> Result<Vec<u8>, Problem> {
    timeout(BODY_TIMEOUT, receive(body)).await.unwrap_or_else(|_| Err(Problem::slow_body(BODY_TIMEOUT)))
}

async fn receive(mut body: Body) -> Result<Vec<u8>, Problem> {
    let (mut bytes, mut received) = (Vec::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Problem::broken_body())?.into_data() else { continue };
        received = received.saturating_add(data.len());
        if received <= BODY_LIMIT {
            bytes.extend_from_slice(&data);
        } else if received > DISCARD_LIMIT {
            break;
        }
    }
    if received > BODY_LIMIT { Err(Problem::too_large(BODY_LIMIT)) } else { Ok(bytes) }
}

/// Tells whether the body is declared as `application/json` or one of its kin, such as `application/merge-patch+json`.
fn is_json(headers: &HeaderMap) -> bool {
    let declared =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type.strip_prefix("application/").is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("application/json", true)]
    #[case("Application/JSON; charset=utf-8", true)]
    #[case("application/merge-patch+json", true)]
    #[case("application/jsonp", false)]
    #[case("text/json", false)]
    #[case("text/plain", false)]
    #[case("", false)]
    fn the_declared_type_decides(#[case] declared: &str, #[case] json: bool) {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, declared.parse().unwrap())]);
        assert_eq!(is_json(&headers), json);
    }

    #[tokio::test]
    async fn a_body_ends_at_its_limit() {
        assert_eq!(read(Body::from(vec![b' '; BODY_LIMIT])).await.unwrap().len(), BODY_LIMIT);
        read(Body::from(vec![b' '; BODY_LIMIT + 1])).await.unwrap_err();
    }
}
