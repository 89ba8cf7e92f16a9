//! Reads and writes `orders`. The queue entry of each write comes from the table's trigger, in the same transaction.

use mysql_async::Transaction;

use super::super::error::DbError;
use super::super::row::Row;
use super::idempotency;
use super::pool::LocalPool;
use super::request::{first_row, one_row, rows};
use crate::models::amount::Amount;
use crate::models::idempotency::{Keyed, Once, StoredAnswer};
use crate::models::order::{NewOrder, Order, OrderChange, OrderStatus};
use crate::models::page::Page;

/// The columns of [`order`], in its order.
macro_rules! columns {
    () => {
        "id, user_id, cast(amount as char), status, date_format(updated_at, '%Y-%m-%dT%H:%i:%s.%fZ')"
    };
}

const SELECT: &str = concat!("select ", columns!(), " from orders where ");

/// MariaDB answers the row at once; MySQL reads a comment, and must be asked for it.
const INSERT: &str = concat!(
    "insert into orders (user_id, amount, status) values (?, ?, ?) /*M!100500 returning ",
    columns!(),
    " */"
);

/// The amount is cast so that the server compares decimals, whatever type it gives to a parameter.
const UPDATE: &str = "update orders set user_id = coalesce(?, user_id), \
     amount = coalesce(cast(? as decimal(12, 2)), amount), status = coalesce(?, status) where id = ?";

/// Inserts an order and gives it as it was stored.
///
/// # Errors
/// 1452 when there is no such user; otherwise what the server or the link reports: then it may have been inserted.
pub async fn insert(pool: &LocalPool, new: &NewOrder) -> Result<Order, DbError> {
    pool.with_conn(async |conn| {
        let values = (new.user_id, new.amount.as_str(), new.status.as_sql());
        if let Some(row) = first_row(conn, INSERT, values).await? {
            return order(&row);
        }
        let id = conn.last_insert_id().unwrap_or_default();
        order(&one_row(conn, &format!("{SELECT} id = ?"), (id,)).await?)
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
    new: &NewOrder,
    request: &Keyed,
    answer: impl FnOnce(&Order) -> Result<StoredAnswer, DbError>,
) -> Result<Once, DbError> {
    idempotency::once(pool, request, async |transaction| {
        let values = (new.user_id, new.amount.as_str(), new.status.as_sql());
        if let Some(row) = first_row(transaction, INSERT, values).await? {
            return answer(&order(&row)?);
        }
        let id = transaction.last_insert_id().unwrap_or_default();
        answer(&order(&one_row(transaction, &format!("{SELECT} id = ?"), (id,)).await?)?)
    })
    .await
}

/// Changes an order and gives it as it then is; `None` when there is no such order.
///
/// # Errors
/// 1452 when there is no such user; otherwise what the server or the link reports.
pub async fn update(pool: &LocalPool, id: u64, change: &OrderChange) -> Result<Option<Order>, DbError> {
    let amount = change.amount.as_ref().map(Amount::as_str);
    let status = change.status.map(OrderStatus::as_sql);
    pool.in_transaction(async |transaction| {
        if !lock(transaction, id).await? {
            return Ok(None);
        }
        rows(transaction, UPDATE, (change.user_id, amount, status, id)).await?;
        order(&one_row(transaction, &format!("{SELECT} id = ?"), (id,)).await?).map(Some)
    })
    .await
}

/// Finds an order.
///
/// # Errors
/// What the server or the link reports.
pub async fn find(pool: &LocalPool, id: u64) -> Result<Option<Order>, DbError> {
    pool.with_conn(async |conn| {
        first_row(conn, &format!("{SELECT} id = ?"), (id,)).await?.as_ref().map(order).transpose()
    })
    .await
}

/// Lists orders by ascending id, one more than the page holds so that the caller sees whether others follow.
///
/// # Errors
/// What the server or the link reports.
pub async fn list(pool: &LocalPool, page: Page) -> Result<Vec<Order>, DbError> {
    let sql = format!("{SELECT} id > ? order by id limit ?");
    pool.with_conn(async |conn| {
        rows(conn, &sql, (page.after, page.limit.with_one_more())).await?.iter().map(order).collect()
    })
    .await
}

/// Deletes an order; tells whether there was one.
///
/// # Errors
/// What the server or the link reports.
pub async fn delete(pool: &LocalPool, id: u64) -> Result<bool, DbError> {
    pool.in_transaction(async |transaction| {
        rows(transaction, "delete from orders where id = ?", (id,)).await?;
        Ok(transaction.affected_rows() > 0)
    })
    .await
}

/// Locks an order's row; tells whether there is one.
///
/// An update that changes nothing touches no rows, so the number of touched rows cannot tell.
async fn lock(transaction: &mut Transaction<'_>, id: u64) -> Result<bool, DbError> {
    Ok(first_row(transaction, "select id from orders where id = ? for update", (id,)).await?.is_some())
}

fn order(row: &Row) -> Result<Order, DbError> {
    Ok(Order {
        id: row.get(0)?,
        user_id: row.get(1)?,
        amount: row.text(2)?,
        status: row.text(3)?,
        updated_at: row.text(4)?,
    })
}
