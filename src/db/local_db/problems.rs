//! Reads what is not arriving, grouped by cause.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use mysql_async::{Params, Transaction};

use super::super::error::DbError;
use super::super::row::Row;
use super::super::sql::quoting;
use super::super::sql::template::fill;
use super::pool::LocalPool;
use super::request::{one_row, rows};
use super::status::in_snapshot;
use crate::models::problems::{Holder, NamedRecord, ProblemGroup, ProblemGroups, ProblemState};

/// Most groups that are listed.
pub const MOST_GROUPS: usize = 50;

/// Records up to which the entries behind each group are counted one by one; ten times more would take seconds.
const MOST_COUNTED_RECORDS: u64 = 20_000;

/// PENDING entries among which those of held tables are counted.
const MOST_COUNTED_ENTRIES: u64 = 100_000;

/// Rows of a table's failures that are grouped; those of more records are a sample. Ten times more would take too long.
const MOST_GROUPED_ROWS: u64 = 50_000;

/// Names a row `h` of `sync_held_tables` as a group.
pub(super) const HELD_TABLE_KEY: &str = "left(sha2(concat_ws('|', 'TABLE', h.table_name), 256), 32)";

/// Tells which rule a row `f` of `sync_failures` breaks.
const CAUSE_RULE: &str = include_str!("sql/cause_rule.sql");

/// Gives the SQL expression that names the cause of a row `f` of `sync_failures`.
pub(super) fn cause_key() -> String {
    fill(include_str!("sql/cause_key.sql"), &[("rule", CAUSE_RULE)])
}

/// Reads the worst groups, and those of the records they wait for that did not arrive themselves.
///
/// # Errors
/// What the server or the link reports; 1146 when DB_A is not installed.
pub async fn groups(pool: &LocalPool) -> Result<(ProblemGroups, Vec<Holder>), DbError> {
    in_snapshot(pool, async |snapshot| {
        let mut groups = held_tables(snapshot).await?;
        groups.extend(causes(snapshot).await?);
        groups.sort_by_key(|group| (group.rank(), Reverse(group.entries)));
        let more = groups.len() > MOST_GROUPS;
        groups.truncate(MOST_GROUPS);
        let holders = holders(snapshot, &groups).await?;
        Ok((ProblemGroups { groups, more }, holders))
    })
    .await
}

/// Finds those of the records that groups wait for which did not arrive themselves: each by its key.
async fn holders(snapshot: &mut Transaction<'_>, groups: &[ProblemGroup]) -> Result<Vec<Holder>, DbError> {
    let named: Vec<&NamedRecord> = groups.iter().filter_map(|group| group.waits_for.as_ref()).collect();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let places = vec!["(?, unhex(sha2(?, 256)))"; named.len()].join(", ");
    let sql = format!(
        "select f.table_name, f.record_id, {}, f.state from sync_failures f where (f.table_name, f.record_hash) in ({places})",
        cause_key()
    );
    let words = named.iter().flat_map(|record| [&record.table_name, &record.record_id]);
    let parameters = Params::Positional(words.map(|word| word.as_str().into()).collect());
    let found = rows(snapshot, &sql, parameters).await?;
    let holder = |row: &Row| {
        let record = NamedRecord { table_name: row.text(0)?, record_id: row.text(1)? };
        Ok(Holder { record, group: row.text(2)?, state: state(row.str(3)?) })
    };
    found.iter().map(holder).collect()
}

fn state(word: &str) -> ProblemState {
    match word {
        "FAILED" => ProblemState::Failed,
        "HELD" => ProblemState::Held,
        _ => ProblemState::Waiting,
    }
}

async fn held_tables(snapshot: &mut Transaction<'_>) -> Result<Vec<ProblemGroup>, DbError> {
    let (limit, most) = (MOST_COUNTED_ENTRIES.to_string(), (MOST_GROUPS + 1).to_string());
    let values = [("key", HELD_TABLE_KEY), ("limit", &limit), ("most", &most)];
    let sql = fill(include_str!("sql/held_table_entries.sql"), &values);
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
    let entries = count_entries(snapshot).await?;
    let mut groups = Vec::new();
    for table in rows(snapshot, "select distinct table_name from sync_failures", ()).await? {
        groups.extend(causes_of_table(snapshot, table.text(0)?, entries.as_ref()).await?);
    }
    Ok(groups)
}

async fn causes_of_table(
    snapshot: &mut Transaction<'_>,
    table: String,
    entries: Option<&BTreeMap<String, u64>>,
) -> Result<Vec<ProblemGroup>, DbError> {
    let name = quoting::text(&table);
    let beyond = format!(
        "select exists (select 1 from sync_failures where table_name = {name} limit {MOST_GROUPED_ROWS}, 1)"
    );
    let is_sample = one_row(snapshot, &beyond, ()).await?.get::<u8>(0)? == 1;
    let sql = fill(
        include_str!("sql/causes.sql"),
        &[
            ("cause", &cause_key()),
            ("rule", CAUSE_RULE),
            ("table", &name),
            ("rows", &MOST_GROUPED_ROWS.to_string()),
            ("limit", &(MOST_GROUPS + 1).to_string()),
        ],
    );
    let causes = rows(snapshot, &sql, ()).await?;
    causes.iter().map(|cause| group(cause, &table, entries, is_sample)).collect()
}

/// Counts the entries behind each cause; `None` when there are too many records for that.
async fn count_entries(snapshot: &mut Transaction<'_>) -> Result<Option<BTreeMap<String, u64>>, DbError> {
    let beyond = format!("select exists (select 1 from sync_failures limit {MOST_COUNTED_RECORDS}, 1)");
    if one_row(snapshot, &beyond, ()).await?.get::<u8>(0)? == 1 {
        return Ok(None);
    }
    let sql = fill(include_str!("sql/cause_entries.sql"), &[("cause", &cause_key())]);
    let counts = rows(snapshot, &sql, ()).await?;
    counts.iter().map(|row| Ok((row.text(0)?, row.get(1)?))).collect::<Result<_, _>>().map(Some)
}

/// Puts a group together from a row of `causes.sql`.
fn group(
    cause: &Row,
    table: &str,
    entries: Option<&BTreeMap<String, u64>>,
    is_sample: bool,
) -> Result<ProblemGroup, DbError> {
    let (id, records) = (cause.text(0)?, cause.get(2)?);
    let mut examples: Vec<NamedRecord> = Vec::new();
    for column in 11..14 {
        let named = NamedRecord { table_name: table.to_owned(), record_id: cause.text(column)? };
        if !examples.contains(&named) {
            examples.push(named);
        }
    }
    let waits_for = cause.optional_text(9)?.zip(cause.optional_text(10)?);
    let counted = entries.map(|entries| entries.get(&id).copied().unwrap_or_default());
    Ok(ProblemGroup {
        id,
        state: state(cause.str(1)?),
        table_name: Some(table.to_owned()),
        class: cause.text(5)?,
        code: cause.optional(6)?,
        message: cause.text(7)?,
        remedy: cause.text(8)?,
        waits_for: waits_for.map(|(table_name, record_id)| NamedRecord { table_name, record_id }),
        records,
        entries: counted.unwrap_or(records),
        at_least: is_sample || counted.is_none(),
        oldest_at: cause.text(3)?,
        next_attempt_at: cause.optional_text(4)?,
        examples,
    })
}
