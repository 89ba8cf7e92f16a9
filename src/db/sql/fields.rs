//! Reads one record for people: each value in its first bytes, with its length and digest.

use super::{canonical, quoting, rows};
use crate::db::catalog::Table;
use crate::db::mapping::{TableMapping, ValueForm};

/// Most bytes of a value that are shown.
pub const MOST_BYTES_SHOWN: u64 = 1000;

/// How many columns of the answer describe one value.
pub const PARTS: usize = 4;

/// Writes the statement, whose text is the same for both sides.
#[must_use]
pub fn select(table: &TableMapping, local: &Table, central: &Table, key: &[String]) -> String {
    let sides = |name: &str| Some((local.column(name)?, central.column(name)?));
    let columns = table.columns.iter().filter_map(|column| Some((column.form, sides(&column.name)?)));
    let parts: Vec<String> = columns
        .map(|(form, (a, b))| {
            let bytes = canonical::bytes(a, b);
            let unreadable = unreadable(form, &quoting::name(&a.name));
            format!("left({bytes}, {MOST_BYTES_SHOWN}), length({bytes}), sha2({bytes}, 256), {unreadable}")
        })
        .collect();
    format!(
        "select {} from {} where {}",
        parts.join(", "),
        quoting::name(&table.name),
        rows::key_condition(table, &[key.to_vec()])
    )
}

/// Writes the expression for the first bytes of a text as they are stored, where one of them has no character; else NULL. The
/// server puts a question mark for those, so there is one too many.
fn unreadable(form: ValueForm, name: &str) -> String {
    if !matches!(form, ValueForm::Encoded(_)) {
        return "null".to_owned();
    }
    let others = |text: &str| format!("char_length(replace({text}, '?', ''))");
    let (stored, read) = (others(name), others(&format!("convert({name} using utf8mb4)")));
    format!("if({stored} = {read}, null, left(cast({name} as binary), {MOST_BYTES_SHOWN}))")
}
