//! SYNCED is true: a record whose entries are all SYNCED is in DB_B as it is in DB_A, also while others wait.

use std::collections::BTreeMap;

use crate::sql;
use crate::stage::Stage;
use crate::tables::{TABLES, Table};

/// Most findings told of one table.
const SHOWN: usize = 3;

/// Checks while writers are at rest and faults are over; cycles may run. DB_A is read first: what is SYNCED then, DB_B has.
pub async fn check(stage: &Stage) -> Vec<String> {
    let mut findings = Vec::new();
    for table in TABLES {
        findings.extend(check_table(stage, table).await);
    }
    findings
}

async fn check_table(stage: &Stage, table: &Table) -> Vec<String> {
    let name = table.name;
    // One statement, so one snapshot: the records with entries of which none is open.
    let queued = match table.key {
        [_] => "lower(q.record_id)".to_owned(),
        // A key of several columns is an array.
        _ => "lower(replace(trim(both ']' from trim(both '[' from q.record_id)), ',', '/'))".to_owned(),
    };
    let closed = format!(
        "select s.record, {} from (select {queued} as record from sync_queue q where q.table_name = '{name}' \
         group by 1 having min(q.sync_status = 'SYNCED') = 1) s left join {name} t on {} = s.record",
        versions(table),
        table.record("t")
    );
    let synced = by_record(sql::rows(&stage.pair.local.url, &closed).await);
    let there = format!("select {}, {} from {name} t", table.record("t"), versions(table));
    let there = by_record(sql::rows(&stage.pair.central.url, &there).await);
    differing(name, &synced, &there)
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

fn by_record(rows: Vec<Vec<String>>) -> BTreeMap<String, String> {
    rows.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect()
}

/// Tells which records are called SYNCED and are otherwise in DB_B; no row is the empty text.
pub fn differing(
    table: &str,
    synced: &BTreeMap<String, String>,
    there: &BTreeMap<String, String>,
) -> Vec<String> {
    let differs = |(record, here): (&String, &String)| {
        let central = there.get(record).map_or("", String::as_str);
        (here != central)
            .then(|| format!("synced: {table} {record} is SYNCED as [{here}], and DB_B has [{central}]"))
    };
    synced.iter().filter_map(differs).take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_synced_and_not_there_is_told() {
        let map = |rows: &[(&str, &str)]| {
            by_record(rows.iter().map(|(a, b)| vec![(*a).to_owned(), (*b).to_owned()]).collect())
        };
        let there = map(&[("1", "v1"), ("2", "v2"), ("3", "v3")]);
        assert_eq!(differing("t", &map(&[("1", "v1"), ("4", "")]), &there), Vec::<String>::new());
        for wrong in [("1", "v0"), ("4", "v4"), ("2", "")] {
            assert_eq!(differing("t", &map(&[wrong]), &there).len(), 1, "{wrong:?}");
        }
    }
}
