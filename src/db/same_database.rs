//! Whether both addresses lead to one database, by whatever names.

use super::DbError;
use super::central_db::CentralDb;
use super::local_db::LocalDb;
use crate::utils::token;

/// Refuses a DB_B that is DB_A: what arrived there would be captured again, for ever.
///
/// A lock with a name of its own shows on the connections of its own server alone.
///
/// # Errors
/// That they are one, or what a server or the link reports.
pub async fn refuse(local: &mut LocalDb, central: &mut CentralDb) -> Result<(), DbError> {
    let lock = format!("backhaul.{}", token::random());
    let here = local.hold_lock(&lock).await?;
    let seen = central.sees_lock(&lock).await?;
    local.let_go_of_lock(&lock).await?;
    if seen.as_ref() == Some(&here) {
        return Err(DbError::Setup(
            "it is DB_A itself: CENTRAL_DATABASE_URL and LOCAL_DATABASE_URL must lead to two databases"
                .to_owned(),
        ));
    }
    Ok(())
}
