//! Reads one record for people: each value in its first bytes, with its length and digest.

use super::{canonical, quoting, rows};
use crate::db::catalog::Table;
use crate::db::mapping::TableMapping;

/// Most bytes of a value that are shown.
pub const MOST_BYTES_SHOWN: u64 = 1000;

/// How many columns of the answer describe one value.
pub const PARTS: usize = 3;

/// Writes the statement, whose text is the same for both sides.
#[must_use]
pub fn select(table: &TableMapping, local: &Table, central: &Table, key: &[String]) -> String {
    let names = table.columns.iter().map(|column| column.name.as_str());
    let parts: Vec<String> = canonical::pair(names, local, central)
        .into_iter()
        .map(|(a, b)| {
            let bytes = canonical::bytes(a, b);
            format!("left({bytes}, {MOST_BYTES_SHOWN}), length({bytes}), sha2({bytes}, 256)")
        })
        .collect();
    format!(
        "select {} from {} where {}",
        parts.join(", "),
        quoting::name(&table.name),
        rows::key_condition(table, &[key.to_vec()])
    )
}
