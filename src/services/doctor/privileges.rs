//! What the accounts in use may do.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{BothFacts, Facts, list, on};
use crate::db::sql::{quoting, schema};
use crate::db::survey::Survey;
use crate::models::diagnosis::{Code, Finding, Place};
use crate::models::own_tables::is_own;

/// What the daily work does to a table of Backhaul's own, and to a carried table in DB_B.
const ALL_ROWS: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE"];

/// Checks the account in DB_A: it reads what is carried, and keeps its own tables.
pub(super) fn local(facts: &Facts<'_>) -> Vec<Finding> {
    let carried = facts.selected.iter().map(|table| (table.as_str(), &["SELECT"][..]));
    let own = schema::local().into_iter().filter(|table| is_own(table.name));
    let mut found =
        missing(facts.local, Place::Local, carried.chain(own.map(|table| (table.name, ALL_ROWS))));
    if !sees_triggers(facts.local, &facts.selected) {
        let message = "the account may not see triggers, so nothing can be said of the capture; use the account that ran \
                       `backhaul install`, or let this one see them";
        found.push(grant(
            Code::TriggersNotVisible,
            facts.local,
            Place::Local,
            message.to_owned(),
            "trigger",
            None,
        ));
    }
    found
}

/// Checks the account in DB_B: it writes what is carried, and the ledger.
pub(super) fn central(facts: &BothFacts<'_>) -> Vec<Finding> {
    let carried = facts.here.selected.iter().map(|table| (table.as_str(), ALL_ROWS));
    let ledger = [
        ("sync_sites", &["SELECT", "UPDATE"][..]),
        ("sync_site_tables", &["SELECT"][..]),
        ("sync_site_status", &["SELECT", "INSERT", "UPDATE"][..]),
    ];
    let mut found = missing(facts.central, Place::Central, carried.chain(ledger));
    if !sees_triggers(facts.central, &facts.here.selected) {
        let message = "the account may not see triggers, so one that rewrites values in DB_B, or watches deletes, goes \
                       unnoticed";
        let code = Code::CentralTriggersNotVisible;
        found.push(grant(code, facts.central, Place::Central, message.to_owned(), "trigger", None));
    }
    found
}

/// Tells which commands the account in DB_A is not for; that is in order for an account for every day.
pub(super) fn note(facts: &Facts<'_>) -> Option<String> {
    let local = facts.local;
    let lacks = |names: &[&'static str]| -> Vec<&'static str> {
        names.iter().copied().filter(|name| !local.grants.allow_on_database(name, &local.database)).collect()
    };
    let missing = lacks(&["CREATE", "DROP", "REFERENCES", "TRIGGER"]);
    (!missing.is_empty()).then(|| {
        format!(
            "{} is an account for every day: `install` and `uninstall` would need {} as well.",
            local.server.account,
            missing.join(", ").to_lowercase()
        )
    })
}

/// Tells whether the triggers of all these tables are shown to the account.
pub(super) fn sees_triggers(side: &Survey, tables: &BTreeSet<String>) -> bool {
    tables.iter().all(|table| side.grants.allow("TRIGGER", &side.database, table))
}

/// Finds what the account lacks; tables that lack the same are one finding.
fn missing<'t>(
    side: &Survey,
    place: Place,
    needed: impl Iterator<Item = (&'t str, &'static [&'static str])>,
) -> Vec<Finding> {
    let mut lacking: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for (table, privileges) in needed {
        let lacks: Vec<&str> = privileges
            .iter()
            .copied()
            .filter(|name| !side.grants.allow(name, &side.database, table))
            .collect();
        if !lacks.is_empty() {
            lacking.entry(lacks).or_default().push(table);
        }
    }
    let finding = |(privileges, tables): (Vec<&str>, Vec<&str>)| {
        let privileges = privileges.join(", ").to_lowercase();
        let message = format!(
            "the account {} may not {privileges} on {}",
            side.server.account,
            list(tables.iter().copied())
        );
        let only = <[&str; 1]>::try_from(tables).ok().map(|[table]| table);
        grant(Code::PrivilegeMissing, side, place, message, &privileges, only)
    };
    lacking.into_iter().map(finding).collect()
}

fn grant(
    code: Code,
    side: &Survey,
    place: Place,
    message: String,
    privileges: &str,
    table: Option<&str>,
) -> Finding {
    let object = table.map_or_else(|| "*".to_owned(), quoting::name);
    let statement = format!(
        "grant {privileges} on {}.{object} to {}",
        quoting::name(&side.database),
        quoting::account(&side.server.account)
    );
    Finding::new(code, place, message, on(place, statement))
}
