//! Triggers of DB_B on carried tables: what they do besides, DB_A knows nothing of.

use std::collections::BTreeSet;

use super::refusal::TableProblem;
use crate::db::catalog::{Catalog, Table, TriggerInfo};
use crate::db::sql::trigger_text::{self, Write};

/// Checks that no trigger of a table would make DB_B differ; `carried` are the tables that come from DB_A.
///
/// No error would tell, so the table waits, whatever the conditions are under which such a trigger acts.
///
/// # Errors
/// Says what such triggers do, and how to get rid of them.
pub(super) fn check(
    a: &Table,
    b: &Table,
    local: &Catalog,
    carried: &BTreeSet<String>,
) -> Result<(), TableProblem> {
    let does = |trigger: &TriggerInfo| {
        if let Some(column) = rewritten(a, trigger) {
            return Some(format!("sets column {column} of each row before it is written"));
        }
        written(trigger, local, carried).map(|other| format!("writes to {other}, whose rows come from DB_A"))
    };
    let mut harmful: Vec<(&str, String)> =
        b.triggers.iter().filter_map(|trigger| Some((trigger.name.as_str(), does(trigger)?))).collect();
    harmful.sort_unstable();
    if harmful.is_empty() { Ok(()) } else { Err(TableProblem::harmful_triggers(&b.name, &harmful)) }
}

/// Finds a carried column that a trigger sets before a row is written: the row would not arrive as it is.
fn rewritten<'a>(a: &'a Table, trigger: &TriggerInfo) -> Option<&'a str> {
    let assigned = trigger_text::assigned_columns(trigger.statement.as_deref()?);
    carried_columns(a).find(|name| assigned.contains(&name.to_lowercase()))
}

/// Finds a carried table to which a trigger writes: its rows come by themselves, as they are in DB_A, and what the trigger
/// adds, takes away or counts would come on top, or in their way.
fn written<'a>(trigger: &TriggerInfo, local: &Catalog, carried: &'a BTreeSet<String>) -> Option<&'a str> {
    let writes = trigger_text::writes(trigger.statement.as_deref()?);
    let is_harmed = |name: &&String, write: &Write| {
        let sets = |columns: &BTreeSet<String>| {
            let table = local.get(*name);
            table.is_some_and(|table| {
                carried_columns(table).any(|column| columns.contains(&column.to_lowercase()))
            })
        };
        name.to_lowercase() == write.table && write.columns.as_ref().is_none_or(sets)
    };
    carried.iter().find(|name| writes.iter().any(|write| is_harmed(name, write))).map(String::as_str)
}

fn carried_columns(a: &Table) -> impl Iterator<Item = &str> {
    a.columns.iter().filter(|column| !column.generated).map(|column| column.name.as_str())
}
