//! Backhaul's own tables: all there, and as they were created.

use super::facts::on;
use crate::db::catalog::{Column, Table};
use crate::db::sql::quoting;
use crate::db::sql::schema::CreateTable;
use crate::db::survey::Survey;
use crate::models::diagnosis::{Code, Finding, Place};
use crate::models::own_tables::is_own;

/// Compares the tables of one side with the statements that create them.
pub(super) fn check(side: &Survey, place: Place, created: Vec<CreateTable>) -> Vec<Finding> {
    let own = created.into_iter().filter(|table| is_own(table.name));
    own.flat_map(|expected| match side.catalog.get(expected.name) {
        Some(table) => differences(table, &expected, place),
        None => vec![missing(expected.name, place)],
    })
    .collect()
}

fn missing(table: &str, place: Place) -> Finding {
    let message = format!("{table} is missing in {}", place.name());
    Finding::new(Code::OwnTableMissing, place, message, "run `backhaul install`").of_table(table)
}

fn differences(table: &Table, expected: &CreateTable, place: Place) -> Vec<Finding> {
    let columns = expected.columns();
    let mut found = Vec::new();
    if !table.engine.eq_ignore_ascii_case("innodb") {
        found.push(altered(table, place, &format!("is stored by {}", table.engine), "engine = InnoDB"));
    }
    for (name, definition) in &columns {
        let column = quoting::name(name);
        match table.column(name) {
            None => {
                let change = format!("add column {column} {definition}");
                found.push(altered(table, place, &format!("lacks column {name}"), &change));
            }
            Some(present) if !is_declared(present, definition) => {
                let what = format!("has column {name} as {}", present.column_type);
                found.push(altered(table, place, &what, &format!("modify column {column} {definition}")));
            }
            Some(_) => {}
        }
    }
    let is_known = |column: &&Column| columns.iter().any(|(name, _)| *name == column.name);
    // Another column would do no harm, were it not that nobody fills it.
    for other in
        table.columns.iter().filter(|column| !is_known(column) && !column.has_default && !column.generated)
    {
        let what = format!("has the column {}, which must be filled and is not Backhaul's", other.name);
        found.push(altered(table, place, &what, &format!("drop column {}", quoting::name(&other.name))));
    }
    found
}

/// Tells whether a column has the type of its definition, spaces and the like apart.
fn is_declared(column: &Column, definition: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().replace(' ', "");
    plain(definition).starts_with(&plain(&column.column_type))
}

fn altered(table: &Table, place: Place, what: &str, change: &str) -> Finding {
    let message = format!("{} {what}: it was altered", table.name);
    let statement = format!("alter table {} {change}", quoting::name(&table.name));
    Finding::new(Code::OwnTableAltered, place, message, on(place, statement)).of_table(&table.name)
}
