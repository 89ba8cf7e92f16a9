//! Reads what is not arriving, grouped by cause.

use std::collections::BTreeMap;

use mysql_async::{Transaction, Value};

use super::super::error::DbError;
use super::super::row::Row;
use super::super::sql::template::fill;
use super::pool::LocalPool;
use super::request::{one_row, rows};
use super::status::in_snapshot;
use crate::models::problems::{NamedRecord, ProblemGroup, ProblemGroups, ProblemState};

/// Most groups that are listed.
const MOST_GROUPS: usize = 50;

/// Records up to which the entries behind each group are counted one by one; ten times more would take seconds.
const MOST_COUNTED_RECORDS: u64 = 20_000;

/// PENDING entries among which those of held tables are counted.
const MOST_COUNTED_ENTRIES: u64 = 100_000;

/// Names the cause of a row `f` of `sync_failures`.
pub(super) const CAUSE_KEY: &str = include_str!("sql/cause_key.sql");

/// Reads the groups, the worst first.
///
/// # Errors
/// What the server or the link reports; 1146 when DB_A is not installed.
pub async fn groups(pool: &LocalPool) -> Result<ProblemGroups, DbError> {
    let mut groups = in_snapshot(pool, async |snapshot| {
        let mut groups = held_tables(snapshot).await?;
        groups.extend(causes(snapshot).await?);
        Ok(groups)
    })
    .await?;
    // Held tables came first; a stable order keeps them before held records.
    groups.sort_by_key(|group| (rank(group), std::cmp::Reverse(group.entries)));
    let more = groups.len() > MOST_GROUPS;
    groups.truncate(MOST_GROUPS);
    Ok(ProblemGroups { groups, more })
}

fn rank(group: &ProblemGroup) -> u8 {
    match (group.state, &group.waits_for) {
        (ProblemState::Failed, _) => 0,
        (ProblemState::Held, None) => 1,
        (ProblemState::Held, Some(_)) => 2,
        (ProblemState::Waiting, _) => 3,
    }
}

async fn held_tables(snapshot: &mut Transaction<'_>) -> Result<Vec<ProblemGroup>, DbError> {
    let (limit, most) = (MOST_COUNTED_ENTRIES.to_string(), (MOST_GROUPS + 1).to_string());
    let sql = fill(include_str!("sql/held_table_entries.sql"), &[("limit", &limit), ("most", &most)]);
    let tables = rows(snapshot, &sql, ()).await?;
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let beyond = format!(
        "select exists (select 1 from sync_queue force index (sync_queue_status) where sync_status = 'PENDING' \
         order by id limit {limit}, 1)"
    );
    let at_least = one_row(snapshot, &beyond, ()).await?.get::<u8>(0)? == 1;
    tables.iter().map(|row| held_table(row, at_least)).collect()
}

fn held_table(row: &Row, at_least: bool) -> Result<ProblemGroup, DbError> {
    let table_name = row.text(1)?;
    let mut examples: Vec<NamedRecord> = Vec::new();
    for column in [9, 10] {
        let record_id = row.optional_text(column)?;
        let named = record_id.map(|record_id| NamedRecord { table_name: table_name.clone(), record_id });
        examples.extend(named.filter(|named| !examples.contains(named)));
    }
    Ok(ProblemGroup {
        id: row.text(0)?,
        state: ProblemState::Held,
        table_name: Some(table_name),
        class: row.text(2)?,
        code: row.optional(3)?,
        message: row.text(4)?,
        remedy: row.text(5)?,
        waits_for: None,
        records: row.get(7)?,
        entries: row.get(8)?,
        at_least,
        oldest_at: row.text(6)?,
        next_attempt_at: None,
        examples,
    })
}

async fn causes(snapshot: &mut Transaction<'_>) -> Result<Vec<ProblemGroup>, DbError> {
    let limit = (MOST_GROUPS + 1).to_string();
    let sql = fill(include_str!("sql/causes.sql"), &[("cause", CAUSE_KEY), ("limit", &limit)]);
    let causes = rows(snapshot, &sql, ()).await?;
    let named = named_failures(snapshot, &causes).await?;
    let entries = count_entries(snapshot).await?;
    let groups = causes.iter().map(|cause| group(cause, &named, entries.as_ref()));
    groups.filter_map(Result::transpose).collect()
}

/// Reads the rows that the groups name, by table and hash.
async fn named_failures(
    snapshot: &mut Transaction<'_>,
    causes: &[Row],
) -> Result<BTreeMap<(String, String), Row>, DbError> {
    let mut keys = Vec::new();
    for cause in causes {
        for hash in hashes(cause)? {
            keys.push([Value::from(cause.text(2)?), Value::from(hash)]);
        }
    }
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let one = "(table_name = ? and record_hash = unhex(?))";
    let sql = format!(
        "select table_name, hex(record_hash), record_id, class, code, message, remedy, waits_for_table, \
         waits_for_record from sync_failures where {}",
        vec![one; keys.len()].join(" or ")
    );
    let found = rows(snapshot, &sql, keys.concat()).await?;
    found.into_iter().map(|row| Ok(((row.text(0)?, row.text(1)?), row))).collect()
}

/// Gives the rows that a group names: the newest, the oldest, and two others; one may be named twice.
fn hashes(cause: &Row) -> Result<Vec<String>, DbError> {
    let mut hashes = Vec::new();
    for column in 6..10 {
        let hash = cause.text(column)?;
        if !hashes.contains(&hash) {
            hashes.push(hash);
        }
    }
    Ok(hashes)
}

/// Counts the entries behind each cause; `None` when there are too many records for that.
async fn count_entries(snapshot: &mut Transaction<'_>) -> Result<Option<BTreeMap<String, u64>>, DbError> {
    let beyond = format!("select exists (select 1 from sync_failures limit {MOST_COUNTED_RECORDS}, 1)");
    if one_row(snapshot, &beyond, ()).await?.get::<u8>(0)? == 1 {
        return Ok(None);
    }
    let sql = fill(include_str!("sql/cause_entries.sql"), &[("cause", CAUSE_KEY)]);
    let counts = rows(snapshot, &sql, ()).await?;
    counts.iter().map(|row| Ok((row.text(0)?, row.get(1)?))).collect::<Result<_, _>>().map(Some)
}

/// Puts a group together.
fn group(
    cause: &Row,
    named: &BTreeMap<(String, String), Row>,
    entries: Option<&BTreeMap<String, u64>>,
) -> Result<Option<ProblemGroup>, DbError> {
    let (id, table_name, records) = (cause.text(0)?, cause.text(2)?, cause.get(3)?);
    let hashes = hashes(cause)?;
    let rows: Vec<&Row> =
        hashes.into_iter().filter_map(|hash| named.get(&(table_name.clone(), hash))).collect();
    // All is read in one snapshot: the newest is there.
    let Some(newest) = rows.first() else { return Ok(None) };
    let mut examples = Vec::new();
    for row in &rows {
        examples.push(NamedRecord { table_name: row.text(0)?, record_id: row.text(2)? });
    }
    let waits_for = newest.optional_text(7)?.zip(newest.optional_text(8)?);
    let counted = entries.map(|entries| entries.get(&id).copied().unwrap_or_default());
    Ok(Some(ProblemGroup {
        state: match cause.str(1)? {
            "FAILED" => ProblemState::Failed,
            "HELD" => ProblemState::Held,
            _ => ProblemState::Waiting,
        },
        table_name: Some(table_name),
        class: newest.text(3)?,
        code: newest.optional(4)?,
        message: newest.text(5)?,
        remedy: newest.text(6)?,
        waits_for: waits_for.map(|(table_name, record_id)| NamedRecord { table_name, record_id }),
        records,
        entries: counted.unwrap_or(records),
        at_least: counted.is_none(),
        oldest_at: cause.text(4)?,
        next_attempt_at: cause.optional_text(5)?,
        examples,
        id,
    }))
}
