//! Reads `sync_runs`, the past cycles.

use mysql_async::prelude::Queryable;

use super::super::codes;
use super::super::error::DbError;
use super::super::row::Row;
use super::pool::LocalPool;
use super::request::rows;
use crate::models::page::NewestPage;
use crate::models::status::Run;

/// The columns of [`run`], in its order, but for the last three.
const SELECT: &str = "select id, run_trigger, date_format(started_at, '%Y-%m-%dT%H:%i:%s.%fZ'), \
     date_format(finished_at, '%Y-%m-%dT%H:%i:%s.%fZ'), outcome, entries_synced, entries_failed, \
     entries_held, batches, duration_ms, message";

/// The last three columns of [`run`], and where all of them come from.
const WITH_COUNTS: &str = ", pending_after, failed_after, held_after \
     from sync_runs left join sync_run_counts on run_id = id";

/// The same where DB_A was installed by a version that kept no counts.
const WITHOUT_COUNTS: &str = ", null, null, null from sync_runs";

/// Lists cycles, the newest first, running and broken-off ones included; one more than the page holds, so that the caller sees
/// whether others follow.
///
/// # Errors
/// What the server or the link reports.
pub async fn newest(pool: &LocalPool, page: NewestPage) -> Result<Vec<Run>, DbError> {
    let (after, most) = (page.after.unwrap_or(u64::MAX), page.limit.with_one_more());
    let which = format!("where id < {after} order by id desc limit {most}");
    pool.with_conn(async |conn| read(conn, &which).await).await
}

/// Finds the newest cycle that ended.
pub(super) async fn last_finished<Q: Queryable>(connection: &mut Q) -> Result<Option<Run>, DbError> {
    let which = "where finished_at is not null order by id desc limit 1";
    Ok(read(connection, which).await?.into_iter().next())
}

/// Tells when the first of the newest cycles began that all ended with this outcome.
pub(super) async fn streak_began<Q: Queryable>(
    connection: &mut Q,
    outcome: &str,
) -> Result<Option<String>, DbError> {
    let sql = "select date_format(started_at, '%Y-%m-%dT%H:%i:%s.%fZ') from sync_runs
                where finished_at is not null and id > coalesce(
                      (select id from sync_runs where outcome <> ? and outcome <> 'busy' order by id desc limit 1), 0)
                order by id limit 1";
    rows(connection, sql, (outcome,)).await?.first().map(|row| row.text(0)).transpose()
}

async fn read<Q: Queryable>(connection: &mut Q, which: &str) -> Result<Vec<Run>, DbError> {
    let found = match rows(connection, &format!("{SELECT}{WITH_COUNTS} {which}"), ()).await {
        Err(error) if error.code() == Some(codes::NO_SUCH_TABLE) => {
            rows(connection, &format!("{SELECT}{WITHOUT_COUNTS} {which}"), ()).await?
        }
        found => found?,
    };
    found.iter().map(run).collect()
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
        pending_after: row.optional(11)?,
        failed_after: row.optional(12)?,
        held_after: row.optional(13)?,
    })
}
