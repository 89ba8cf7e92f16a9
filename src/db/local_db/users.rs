//! Reads and writes `users`. The queue entry of each write comes from the table's trigger, in the same transaction.

use mysql_async::Transaction;

use super::super::error::DbError;
use super::super::row::Row;
use super::idempotency;
use super::pool::LocalPool;
use super::request::{first_row, one_row, rows};
use crate::models::idempotency::{Keyed, Once, StoredAnswer};
use crate::models::page::Page;
use crate::models::user::{NewUser, User, UserChange};

/// The columns of [`user`], in its order.
macro_rules! columns {
    () => {
        "id, name, email, date_format(updated_at, '%Y-%m-%dT%H:%i:%s.%fZ')"
    };
}

const SELECT: &str = concat!("select ", columns!(), " from users where ");

/// MariaDB answers the row at once; MySQL reads a comment, and must be asked for it.
const INSERT: &str =
    concat!("insert into users (name, email) values (?, ?) /*M!100500 returning ", columns!(), " */");

/// Inserts a user and gives it as it was stored.
///
/// # Errors
/// 1062 when the e-mail address is taken; otherwise what the server or the link reports: then it may have been inserted.
pub async fn insert(pool: &LocalPool, new: &NewUser) -> Result<User, DbError> {
    pool.with_conn(async |conn| {
        if let Some(row) = first_row(conn, INSERT, (new.name.as_str(), new.email.as_str())).await? {
            return user(&row);
        }
        let id = conn.last_insert_id().unwrap_or_default();
        user(&one_row(conn, &format!("{SELECT} id = ?"), (id,)).await?)
    })
    .await
}

/// Does the same, and notes `answer` under the request's key, in one transaction; a request that was carried out before is
/// not carried out again.
///
/// # Errors
/// As [`insert`], and 1146 when DB_A has no table for keys; repeated with its key, the request is carried out once.
pub async fn insert_once(
    pool: &LocalPool,
    new: &NewUser,
    request: &Keyed,
    answer: impl FnOnce(&User) -> Result<StoredAnswer, DbError>,
) -> Result<Once, DbError> {
    idempotency::once(pool, request, async |transaction| {
        if let Some(row) = first_row(transaction, INSERT, (new.name.as_str(), new.email.as_str())).await? {
            return answer(&user(&row)?);
        }
        let id = transaction.last_insert_id().unwrap_or_default();
        answer(&user(&one_row(transaction, &format!("{SELECT} id = ?"), (id,)).await?)?)
    })
    .await
}

/// Changes a user and gives it as it then is; `None` when there is no such user.
///
/// # Errors
/// 1062 when the e-mail address is taken; otherwise what the server or the link reports.
pub async fn update(pool: &LocalPool, id: u64, change: &UserChange) -> Result<Option<User>, DbError> {
    pool.in_transaction(async |transaction| {
        if !lock(transaction, id).await? {
            return Ok(None);
        }
        let sql = "update users set name = coalesce(?, name), email = coalesce(?, email) where id = ?";
        rows(transaction, sql, (change.name.as_deref(), change.email.as_deref(), id)).await?;
        user(&one_row(transaction, &format!("{SELECT} id = ?"), (id,)).await?).map(Some)
    })
    .await
}

/// Finds a user.
///
/// # Errors
/// What the server or the link reports.
pub async fn find(pool: &LocalPool, id: u64) -> Result<Option<User>, DbError> {
    pool.with_conn(async |conn| {
        first_row(conn, &format!("{SELECT} id = ?"), (id,)).await?.as_ref().map(user).transpose()
    })
    .await
}

/// Lists users by ascending id, one more than the page holds so that the caller sees whether others follow.
///
/// # Errors
/// What the server or the link reports.
pub async fn list(pool: &LocalPool, page: Page) -> Result<Vec<User>, DbError> {
    let sql = format!("{SELECT} id > ? order by id limit ?");
    pool.with_conn(async |conn| {
        rows(conn, &sql, (page.after, page.limit.with_one_more())).await?.iter().map(user).collect()
    })
    .await
}

/// Deletes a user; tells whether there was one.
///
/// # Errors
/// 1451 while orders refer to the user; otherwise what the server or the link reports.
pub async fn delete(pool: &LocalPool, id: u64) -> Result<bool, DbError> {
    pool.in_transaction(async |transaction| {
        rows(transaction, "delete from users where id = ?", (id,)).await?;
        Ok(transaction.affected_rows() > 0)
    })
    .await
}

/// Locks a user's row; tells whether there is one.
///
/// An update that changes nothing touches no rows, so the number of touched rows cannot tell.
async fn lock(transaction: &mut Transaction<'_>, id: u64) -> Result<bool, DbError> {
    Ok(first_row(transaction, "select id from users where id = ? for update", (id,)).await?.is_some())
}

fn user(row: &Row) -> Result<User, DbError> {
    Ok(User { id: row.get(0)?, name: row.text(1)?, email: row.text(2)?, updated_at: row.text(3)? })
}
