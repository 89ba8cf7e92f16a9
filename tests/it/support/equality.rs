//! Compares tables of both sides, row by row and byte by byte.

use super::pair::Pair;
use super::side::{BytesRow, Side};

/// Most differences that a failed comparison shows.
const SHOWN: usize = 5;

/// Panics unless `tables` hold the same rows on both sides; tells the first rows that differ.
#[track_caller]
pub fn assert_equal_on_both_sides(pair: &Pair, tables: &[&str]) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        for table in tables {
            let differences = differences_in(pair, table).await;
            assert!(differences.is_empty(), "{place}: {table} differs:\n{}", differences.join("\n"));
        }
    }
}

/// Tells the first rows of `table` that stand on one side only.
pub async fn differences_in(pair: &Pair, table: &str) -> Vec<String> {
    let (local, central) = tokio::join!(all(&pair.local, table), all(&pair.central, table));
    differences(&local, &central)
}

async fn all(side: &Side, table: &str) -> Vec<BytesRow> {
    let columns = side
        .column(&format!(
            "select column_name from information_schema.columns \
             where table_schema = database() and table_name = '{table}' order by column_name"
        ))
        .await;
    assert!(!columns.is_empty(), "{} has no table {table}", side.database);
    let list: Vec<String> = columns.iter().map(|name| format!("`{name}`")).collect();
    let mut rows = side.bytes(&format!("select {} from `{table}`", list.join(", "))).await;
    rows.sort();
    rows
}

/// Walks both sorted lists; a row on one side only is a difference.
pub fn differences(local: &[BytesRow], central: &[BytesRow]) -> Vec<String> {
    let (mut here, mut there) = (local.iter().peekable(), central.iter().peekable());
    let mut found = Vec::new();
    while found.len() < SHOWN {
        let (only, row) = match (here.peek(), there.peek()) {
            (None, None) => break,
            (Some(a), Some(b)) if a == b => {
                here.next();
                there.next();
                continue;
            }
            (Some(a), Some(b)) if a > b => ("centrally", there.next()),
            (Some(_), _) => ("locally", here.next()),
            (None, Some(_)) => ("centrally", there.next()),
        };
        found.push(format!("  only {only}: {}", shown(row.unwrap())));
    }
    found
}

fn shown(row: &BytesRow) -> String {
    let value = |value: &Option<Vec<u8>>| {
        value.as_ref().map_or_else(|| "NULL".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    row.iter().map(value).collect::<Vec<_>>().join(" | ")
}
