//! Whether DB_A is there and installed.

use super::super::error::DbError;
use super::pool::LocalPool;
use super::request::first_row;

/// The table of the site's identity does not exist.
const NO_SUCH_TABLE: u16 = 1146;

/// Tells whether `backhaul install` has been run on DB_A.
///
/// # Errors
/// What the server or the link reports.
pub async fn is_installed(pool: &LocalPool) -> Result<bool, DbError> {
    let found = pool
        .with_conn(async |conn| first_row(conn, "select 1 from sync_state where only_row = 1", ()).await)
        .await;
    match found {
        Err(error) if error.code() == Some(NO_SUCH_TABLE) => Ok(false),
        found => Ok(found?.is_some()),
    }
}
