//! Reads `sync_runs`, the past cycles.

use mysql_async::prelude::Queryable;

use super::super::error::DbError;
use super::super::row::Row;
use super::pool::LocalPool;
use super::request::{first_row, rows};
use crate::models::page::NewestPage;
use crate::models::status::Run;

/// The columns of [`run`], in its order.
const SELECT: &str = "select id, run_trigger, date_format(started_at, '%Y-%m-%dT%H:%i:%s.%fZ'), \
     date_format(finished_at, '%Y-%m-%dT%H:%i:%s.%fZ'), outcome, entries_synced, entries_failed, \
     entries_held, batches, duration_ms, message from sync_runs";

/// Lists cycles, the newest first, running and broken-off ones included; one more than the page holds, so that the caller sees
/// whether others follow.
///
/// # Errors
/// What the server or the link reports.
pub async fn newest(pool: &LocalPool, page: NewestPage) -> Result<Vec<Run>, DbError> {
    let sql = format!("{SELECT} where id < ? order by id desc limit ?");
    let bounds = (page.after.unwrap_or(u64::MAX), page.limit.with_one_more());
    pool.with_conn(async |conn| rows(conn, &sql, bounds).await?.iter().map(run).collect()).await
}

/// Finds the newest cycle that ended.
pub(super) async fn last_finished<Q: Queryable>(connection: &mut Q) -> Result<Option<Run>, DbError> {
    let sql = format!("{SELECT} where finished_at is not null order by id desc limit 1");
    first_row(connection, &sql, ()).await?.as_ref().map(run).transpose()
}

fn run(row: &Row) -> Result<Run, DbError> {
    Ok(Run {
        id: row.get(0)?,
        trigger: row.text(1)?,
        started_at: row.text(2)?,
        finished_at: row.optional_text(3)?,
        outcome: row.optional_text(4)?,
        entries_synced: row.get(5)?,
        entries_failed: row.get(6)?,
        entries_held: row.get(7)?,
        batches: row.get(8)?,
        duration_ms: row.get(9)?,
        message: row.optional_text(10)?,
    })
}
