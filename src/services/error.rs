//! Why a request could not be carried out, whoever made it.

use crate::db::DbError;
use crate::models::field_error::FieldErrors;
use crate::models::idempotency::IdempotencyKey;

/// A value is already taken.
pub(super) const DUPLICATE: u16 = 1062;
/// Other rows refer to the row.
pub(super) const STILL_REFERRED_TO: u16 = 1451;
/// The row that is referred to does not exist.
pub(super) const NO_SUCH_PARENT: u16 = 1452;
/// A table does not exist.
const NO_SUCH_TABLE: u16 = 1146;

/// Too many connections, shutting down, access denied, unknown database, lock wait, deadlock, disk full, read only:
/// nothing is wrong with the request, and the same request may succeed later.
const UNAVAILABLE: [u16; 14] =
    [1021, 1040, 1044, 1045, 1049, 1053, 1114, 1129, 1203, 1205, 1213, 1290, 1792, 1836];

/// The column is too narrow, has no default, or a constraint or trigger of the site's own says no.
const REFUSED: [u16; 9] = [1048, 1264, 1265, 1364, 1366, 1406, 1644, 3819, 4025];

/// A request that was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Fields are missing, unknown or wrong.
    #[error("{0}")]
    Invalid(FieldErrors),
    /// There is no such thing.
    #[error("there is no {kind} {id}")]
    NotFound {
        /// What was looked for: `user`, `order`.
        kind: &'static str,
        /// Its id.
        id: u64,
    },
    /// It contradicts what is stored.
    #[error("{message}")]
    Conflict {
        /// The field concerned.
        field: &'static str,
        /// What it contradicts, and what to do.
        message: String,
    },
    /// Another request was sent with its `Idempotency-Key`.
    #[error("the key {key} belongs to another request")]
    KeyOfAnother {
        /// The key.
        key: IdempotencyKey,
    },
    /// The same request is being carried out at this moment.
    #[error("the request with the key {key} is being carried out")]
    UnderWay {
        /// The key.
        key: IdempotencyKey,
    },
    /// DB_A refused the values by a rule that is not Backhaul's.
    #[error("DB_A refused the values")]
    Refused(#[source] DbError),
    /// DB_A cannot be used at present.
    #[error("DB_A cannot be used at present")]
    Unavailable(#[source] DbError),
    /// DB_A has no tables yet.
    #[error("a table is missing in DB_A: run `backhaul install`")]
    NotInstalled(#[source] DbError),
    /// Something that must not happen.
    #[error("DB_A could not carry out the request")]
    Internal(#[source] DbError),
}

impl From<DbError> for RequestError {
    fn from(error: DbError) -> Self {
        match &error {
            DbError::Link(_) | DbError::Silent(_) | DbError::Closed => Self::Unavailable(error),
            DbError::Server { code, .. } if UNAVAILABLE.contains(code) => Self::Unavailable(error),
            DbError::Server { code, .. } if REFUSED.contains(code) => Self::Refused(error),
            DbError::Server { code: NO_SUCH_TABLE, .. } => Self::NotInstalled(error),
            DbError::Server { .. }
            | DbError::UnexpectedRows { .. }
            | DbError::Decode(_)
            | DbError::Setup(_) => Self::Internal(error),
        }
    }
}

impl From<FieldErrors> for RequestError {
    fn from(errors: FieldErrors) -> Self {
        Self::Invalid(errors)
    }
}
