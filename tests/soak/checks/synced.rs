//! SYNCED is true: a record whose entries are all SYNCED is in DB_B as it is in DB_A, also while others wait.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::sql::{Patience, try_rows};
use crate::stage::Stage;
use crate::tables::{TABLES, Table};
use crate::world::World;

/// Most findings told of one table.
const SHOWN: usize = 3;

/// Between two looks while the storm is on.
const EVERY: Duration = Duration::from_millis(1500);

/// Records whose entries are all SYNCED: the newest entry, and the row, empty where there is none.
type Synced = BTreeMap<String, (String, String)>;

/// Looks while writers write and faults strike, until told to stop; gives what was untrue, and how many looks there were.
pub async fn watch(world: Arc<World>, stop: CancellationToken) -> (Vec<String>, u64) {
    let (mut findings, mut looks) = (Vec::new(), 0);
    while !stop.is_cancelled() {
        for table in TABLES {
            // A server may be away.
            if let Ok(untrue) = look(&world.stage, table, Patience::Short).await {
                looks += 1;
                findings.extend(untrue);
            }
        }
        tokio::time::sleep(EVERY).await;
    }
    findings.truncate(SHOWN);
    (findings, looks)
}

/// Looks once, at servers that are well.
pub async fn check(stage: &Stage) -> Vec<String> {
    let mut findings = Vec::new();
    for table in TABLES {
        findings.extend(look(stage, table, Patience::Long).await.unwrap_or_else(|error| panic!("{error}")));
    }
    findings
}

/// Reads DB_A, DB_B, and DB_A again. A record that was SYNCED and the same both times was so in between: DB_B has it.
async fn look(stage: &Stage, table: &Table, patience: Patience) -> Result<Vec<String>, String> {
    let (name, local) = (table.name, &stage.pair.local.url);
    let queued = match table.key {
        [_] => "lower(q.record_id)".to_owned(),
        // A key of several columns is an array.
        _ => "lower(replace(trim(both ']' from trim(both '[' from q.record_id)), ',', '/'))".to_owned(),
    };
    // One statement, so one snapshot: the records with entries of which none is open.
    let closed = format!(
        "select s.record, s.newest, {} from (select {queued} as record, max(q.id) as newest from sync_queue q \
         where q.table_name = '{name}' group by 1 having min(q.sync_status = 'SYNCED') = 1) s \
         left join {name} t on {} = s.record",
        versions(table),
        table.record("t")
    );
    let there = format!("select {}, {} from {name} t", table.record("t"), versions(table));
    let before = by_record(try_rows(local, &closed, patience).await?);
    let there = try_rows(&stage.pair.central.url, &there, patience).await?;
    let after = by_record(try_rows(local, &closed, patience).await?);
    let there = there.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    Ok(differing(name, &before, &there, &after))
}

/// Lists all columns of a table, so that a value that is missing shows.
fn versions(table: &Table) -> String {
    let rest = match table.name {
        "shops" => "t.name",
        "people" => {
            "concat_ws('|', t.email, ifnull(t.nick, '-'), ifnull(t.badge, '-'), ifnull(t.shop, '-'), ifnull(t.boss, '-'))"
        }
        "sales" => "concat_ws('|', t.person, t.amount, t.note)",
        "sale_lines" => "t.article",
        "tree" => "concat_ws('|', ifnull(t.parent, '-'), ifnull(t.place, '-'))",
        _ => "t.text",
    };
    format!("if(t.version is null, '', concat_ws('|', t.version, {rest}))")
}

fn by_record(rows: Vec<Vec<String>>) -> Synced {
    rows.into_iter().map(|row| (row[0].clone(), (row[1].clone(), row[2].clone()))).collect()
}

/// Tells which records are called SYNCED and are otherwise in DB_B; no row is the empty text.
pub fn differing(
    table: &str,
    before: &Synced,
    there: &BTreeMap<String, String>,
    after: &Synced,
) -> Vec<String> {
    let unchanged = before.iter().filter(|(record, here)| after.get(*record) == Some(here));
    let differs = |(record, (_, here)): (&String, &(String, String))| {
        let central = there.get(record).map_or("", String::as_str);
        (here != central)
            .then(|| format!("synced: {table} {record} is SYNCED as [{here}], and DB_B has [{central}]"))
    };
    unchanged.filter_map(differs).take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn synced(record: &str, newest: &str, row: &str) -> Synced {
        by_record(vec![vec![record.to_owned(), newest.to_owned(), row.to_owned()]])
    }

    #[test]
    fn whatever_is_synced_and_not_there_is_told() {
        let there = [("1", "v1"), ("2", "v2")].map(|(one, other)| (one.to_owned(), other.to_owned())).into();
        for right in [synced("1", "7", "v1"), synced("4", "7", "")] {
            assert_eq!(differing("t", &right, &there, &right), Vec::<String>::new());
        }
        for wrong in [synced("1", "7", "v0"), synced("4", "7", "v4"), synced("2", "7", "")] {
            assert_eq!(differing("t", &wrong, &there, &wrong).len(), 1, "{wrong:?}");
        }
    }

    #[test]
    fn whatever_changes_meanwhile_is_passed_over() {
        let there = [("1".to_owned(), "v1".to_owned())].into();
        let before = synced("1", "7", "v0");
        for after in [synced("1", "8", "v0"), synced("1", "7", "v1"), Synced::new()] {
            assert_eq!(differing("t", &before, &there, &after), Vec::<String>::new());
        }
    }
}
