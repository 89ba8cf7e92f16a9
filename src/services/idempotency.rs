//! Shapes what a request with an `Idempotency-Key` is answered.

use serde::Serialize;

use super::error::RequestError;
use crate::db::DbError;
use crate::models::idempotency::{Answered, IdempotencyKey, Once, StoredAnswer};

/// Shapes the answer that is noted with what was made.
pub(super) fn created(location: String, made: &impl Serialize) -> Result<StoredAnswer, DbError> {
    StoredAnswer::created(location, made).map_err(|error| DbError::Decode(error.to_string()))
}

/// Tells the answer from the reasons why there is none.
pub(super) fn answered(once: Once, key: IdempotencyKey) -> Result<Answered, RequestError> {
    match once {
        Once::First(answer) => Ok(Answered { answer, replayed: false }),
        Once::Again(answer) => Ok(Answered { answer, replayed: true }),
        Once::OtherRequest => Err(RequestError::KeyOfAnother { key }),
        Once::UnderWay => Err(RequestError::UnderWay { key }),
    }
}
