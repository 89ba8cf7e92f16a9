//! A table that is asked for and not synchronised.

use std::collections::BTreeSet;
use std::fmt;

use crate::utils::spelling;

/// Up to this many tables are all named, so that they fit a line or two.
const MOST_NAMED: usize = 12;

/// Says that a table is not synchronised, what may have been meant, and which ones are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTable {
    table: String,
    meant: Option<String>,
    known: Vec<String>,
}

impl UnknownTable {
    /// Compares what was asked for with the tables that are `known`.
    #[must_use]
    pub fn new(table: &str, known: &BTreeSet<String>) -> Self {
        let meant = spelling::nearest(table, known.iter().map(String::as_str)).map(str::to_owned);
        Self { table: table.to_owned(), meant, known: known.iter().cloned().collect() }
    }
}

impl std::error::Error for UnknownTable {}

impl fmt::Display for UnknownTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no table {} in SYNC_TABLES", self.table)?;
        if let Some(meant) = &self.meant {
            write!(f, "; did you mean {meant}?")?;
        }
        match self.known.len() {
            0 => Ok(()),
            1..=MOST_NAMED => write!(f, " (there are: {})", self.known.join(", ")),
            all => write!(f, " (there are {all} others)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_answered_with_the_table_that_was_meant_and_all_of_them() {
        let known: BTreeSet<String> = ["users", "orders"].map(str::to_owned).into();
        assert_eq!(
            UnknownTable::new("order", &known).to_string(),
            "there is no table order in SYNC_TABLES; did you mean orders? (there are: orders, users)"
        );
        let many: BTreeSet<String> = (0..=MOST_NAMED).map(|number| format!("t{number}")).collect();
        let text = UnknownTable::new("invoices", &many).to_string();
        assert_eq!(text, "there is no table invoices in SYNC_TABLES (there are 13 others)");
    }
}
