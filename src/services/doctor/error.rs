//! Why nothing could be looked at.

use crate::config::Settings;
use crate::db::DbError;

/// Why nothing could be looked at. That DB_B does not answer is a finding, and no error.
#[derive(Debug, thiserror::Error)]
#[error("DB_A ({address}) cannot be used; see LOCAL_DATABASE_URL")]
pub struct DoctorError {
    address: String,
    source: DbError,
}

impl DoctorError {
    pub(super) fn new(settings: &Settings, source: DbError) -> Self {
        Self { address: settings.local.to_string(), source }
    }
}
