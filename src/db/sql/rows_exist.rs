//! Asks many tables at once whether they have a row; no table is read beyond its first.

use std::collections::BTreeSet;

use super::quoting;
use crate::db::error::DbError;
use crate::db::row::Row;

/// Writes the question; there must be at least one table.
#[must_use]
pub fn question(tables: &[&str]) -> String {
    let one = |table: &&str| {
        format!(
            "select {} from dual where exists (select 1 from {})",
            quoting::text(table),
            quoting::name(table)
        )
    };
    tables.iter().map(one).collect::<Vec<_>>().join(" union all ")
}

/// Reads the names of the tables that have a row.
///
/// # Errors
/// When the answer cannot be understood.
pub fn answer(rows: &[Row]) -> Result<BTreeSet<String>, DbError> {
    rows.iter().map(|row| row.text(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_tables_are_asked_in_one_statement() {
        let expected = "select 'a' from dual where exists (select 1 from `a`) union all select 'o''b' from dual where exists (select 1 from `o'b`)";
        assert_eq!(question(&["a", "o'b"]), expected);
    }
}
