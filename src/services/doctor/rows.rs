//! Tables whose rows never travelled: some in DB_A, none in DB_B, and no entry that would bring them.

use super::facts::BothFacts;
use super::ledger::Failed;
use crate::db::central_db::CentralDb;
use crate::db::local_db::LocalDb;
use crate::models::diagnosis::{Code, Finding, Place};

/// Asks both sides for the first row of each carried table; whether all rows are there, `verify` tells.
pub(super) async fn check(
    facts: &BothFacts<'_>,
    local: &mut LocalDb,
    central: &mut CentralDb,
) -> Result<Vec<Finding>, Failed> {
    let names: Vec<&str> = facts.mapping.tables.iter().map(|table| table.name.as_str()).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let here = local.tables_with_rows(&names).await.map_err(Failed::Local)?;
    let there = central.tables_with_rows(&names).await.map_err(Failed::Central)?;
    let mut suspects = Vec::new();
    for table in here.difference(&there) {
        if !local.has_open_entry_of(table).await.map_err(Failed::Local)? {
            suspects.push(table.as_str());
        }
    }
    if suspects.is_empty() {
        return Ok(Vec::new());
    }
    // Entries that a cycle carried meanwhile are no longer open, but their rows are there now.
    let there = central.tables_with_rows(&suspects).await.map_err(Failed::Central)?;
    Ok(suspects.into_iter().filter(|table| !there.contains(*table)).map(finding).collect())
}

fn finding(table: &str) -> Finding {
    let message = format!(
        "{table} has rows in DB_A, none in DB_B, and no entry waits: they were there before `install`"
    );
    Finding::new(
        Code::RowsNotBroughtIn,
        Place::Central,
        message,
        "run `backhaul verify --repair`, then `backhaul sync`",
    )
    .of_table(table)
}
