//! Carries a request with a key out once: its answer is noted in the transaction that makes what it asks for.
//!
//! Whatever becomes of the program, of the connection, or of the answer to COMMIT: either both are there, or neither.

use mysql_async::Transaction;

use super::super::codes;
use super::super::error::DbError;
use super::super::row::Row;
use super::pool::LocalPool;
use super::request::{first_row, rows};
use crate::models::idempotency::{Keyed, Once, StoredAnswer};

const LOOK: &str = "select operation, request_digest, status, location, answer from sync_idempotency \
     where idempotency_key = ?";

/// Does not wait for whoever is writing the row: it may be a connection that died silently, which servers notice late.
const PROBE: &str = "select 1 from sync_idempotency where idempotency_key = ? for update nowait";

/// The answer is filled in by [`ANSWER`], before anyone can see the row.
const CLAIM: &str = "insert into sync_idempotency \
     (idempotency_key, operation, request_digest, status, location, answer, created_at) \
     values (?, ?, ?, 0, '', '', utc_timestamp(6))";

const ANSWER: &str =
    "update sync_idempotency set status = ?, location = ?, answer = ? where idempotency_key = ?";

/// Runs `work` unless the request was carried out before, and notes its answer.
///
/// Of two that come at the same moment one waits for the other's claim, which is the primary key, and then sees its answer.
///
/// # Errors
/// What `work`, the server or the link reports; then nothing was noted, unless the answer to COMMIT is what was lost.
pub(super) async fn once<F>(pool: &LocalPool, request: &Keyed, work: F) -> Result<Once, DbError>
where
    F: AsyncFnOnce(&mut Transaction<'_>) -> Result<StoredAnswer, DbError>,
{
    pool.in_read_committed(async |transaction| {
        if let Some(known) = look(transaction, request).await? {
            return Ok(known);
        }
        match first_row(transaction, PROBE, (request.key.as_str(),)).await {
            Ok(None) => {}
            // Committed a moment ago.
            Ok(Some(_)) => return Ok(look(transaction, request).await?.unwrap_or(Once::UnderWay)),
            Err(error) if is_locked(&error) => return Ok(Once::UnderWay),
            Err(error) => return Err(error),
        }
        let claim = (request.key.as_str(), request.operation, request.digest.as_slice());
        match rows(transaction, CLAIM, claim).await {
            Ok(_) => {}
            // Somebody was quicker by a moment, and has committed by now.
            Err(error) if error.code() == Some(codes::DUPLICATE) => {
                return Ok(look(transaction, request).await?.unwrap_or(Once::UnderWay));
            }
            Err(error) => return Err(error),
        }
        let answer = work(transaction).await?;
        let noted = (answer.status, &answer.location, &answer.body, request.key.as_str());
        rows(transaction, ANSWER, noted).await?;
        DbError::check_rows("noting an answer", 1, transaction.affected_rows())?;
        Ok(Once::First(answer))
    })
    .await
}

async fn look(transaction: &mut Transaction<'_>, request: &Keyed) -> Result<Option<Once>, DbError> {
    let row = first_row(transaction, LOOK, (request.key.as_str(),)).await?;
    row.map(|row| known(&row, request)).transpose()
}

const fn is_locked(error: &DbError) -> bool {
    matches!(error.code(), Some(codes::LOCK_WAIT_TIMEOUT | codes::LOCKED))
}

fn known(row: &Row, request: &Keyed) -> Result<Once, DbError> {
    if row.str(0)? != request.operation || row.bytes(1) != Some(request.digest.as_slice()) {
        return Ok(Once::OtherRequest);
    }
    Ok(Once::Again(StoredAnswer { status: row.get(2)?, location: row.text(3)?, body: row.text(4)? }))
}
