//! Tables that cannot be captured or carried, and what can happen to those that can.

use super::facts::{BothFacts, Facts, list, on};
use crate::db::catalog::Catalog;
use crate::db::mapping::{Capturable, TableProblem};
use crate::db::sql::{quoting, schema};
use crate::db::survey::Survey;
use crate::models::diagnosis::{Code, Finding, Place};

/// Checks what DB_A alone decides. Before `install`, the sample tables that it will create are not missed.
pub(super) fn local(facts: &Facts<'_>, is_installed: bool) -> Vec<Finding> {
    let mut found = Vec::new();
    let comes = |name: &str| {
        !is_installed
            && !facts.local.catalog.contains_key(name)
            && schema::local().iter().any(|table| table.name == name)
    };
    let problems = Capturable::new(&facts.local.catalog, &facts.selected).problems;
    for (name, problem) in problems.into_iter().filter(|(name, _)| !comes(name)) {
        let other = other_spelling(&facts.local.catalog, &name);
        found
            .push(other.map_or_else(|| of_problem(&name, problem), |other| selected_otherwise(&name, other)));
    }
    let partitioned = facts.local.schema.partitioned.iter().filter(|name| facts.selected.contains(*name));
    found.extend(partitioned.map(|name| is_partitioned(name)));
    found
}

/// Checks what both sides together decide, but for what [`local`] has said already.
pub(super) fn central(facts: &BothFacts<'_>) -> Vec<Finding> {
    let captured = Capturable::new(&facts.here.local.catalog, &facts.here.selected).tables;
    let of_both = facts.mapping.problems.iter().filter(|(name, _)| captured.contains(*name));
    of_both
        .map(|(name, problem)| match other_spelling(&facts.central.catalog, name) {
            Some(other) => spelled_otherwise(name, other, facts.central),
            None => of_problem(name, problem.clone()),
        })
        .collect()
}

/// Turns tables that a cycle has noted as held into findings, when only a person can set them free, and else into notes:
/// the next cycle looks for itself.
pub(super) fn held(
    facts: &Facts<'_>,
    held: Vec<(String, TableProblem)>,
    known: &[Finding],
) -> (Vec<Finding>, Vec<String>) {
    let (mut found, mut notes) = (Vec::new(), Vec::new());
    for (name, problem) in held {
        if !facts.selected.contains(&name) {
            found.push(Finding { code: Code::TableHeld, ..of_problem(&name, problem) });
        } else if known.iter().all(|finding| finding.table.as_ref() != Some(&name)) {
            notes.push(format!("The last cycle held {name}: {}. The next one looks again.", problem.message));
        }
    }
    (found, notes)
}

/// Names the tables of DB_A that do not travel.
pub(super) fn note(facts: &Facts<'_>) -> Option<String> {
    let others: Vec<&str> = facts.not_selected().collect();
    (!others.is_empty())
        .then(|| format!("Not in SYNC_TABLES, so they stay in DB_A: {}.", list(others.iter().copied())))
}

fn of_problem(table: &str, problem: TableProblem) -> Finding {
    let (code, side) = match problem.class {
        "local" => (Code::CannotBeCaptured, Place::Local),
        _ => (Code::CannotBeCarried, Place::Central),
    };
    Finding::new(code, side, problem.message, problem.remedy).of_table(table)
}

/// Finds a table whose name differs in capitals only.
fn other_spelling<'c>(catalog: &'c Catalog, name: &str) -> Option<&'c str> {
    let differs = |other: &&String| *other != name && other.to_lowercase() == name.to_lowercase();
    let is_missing = !catalog.contains_key(name);
    is_missing.then(|| catalog.keys().find(differs).map(String::as_str))?
}

fn selected_otherwise(name: &str, other: &str) -> Finding {
    let message = format!("SYNC_TABLES names {name}, and the table of DB_A is called {other}");
    Finding::new(Code::NameCase, Place::Local, message, format!("write {other} in SYNC_TABLES"))
        .of_table(name)
}

fn spelled_otherwise(name: &str, other: &str, central: &Survey) -> Finding {
    let message = format!("the table is called {name} in DB_A and {other} in DB_B");
    let rename = |from, to| format!("rename table {} to {}", quoting::name(from), quoting::name(to));
    // A server that writes all names in lower case cannot be told otherwise.
    let remedy = if central.server.setting("lower_case_table_names") == "0" {
        on(Place::Central, rename(other, name))
    } else {
        format!(
            "{}; write {other} in SYNC_TABLES; then run `backhaul install`",
            on(Place::Local, rename(name, other))
        )
    };
    Finding::new(Code::NameCase, Place::Central, message, remedy).of_table(name)
}

fn is_partitioned(name: &str) -> Finding {
    let message = format!(
        "{name} is partitioned: dropping, truncating or exchanging a partition fires no triggers. Run \
         `backhaul verify --repair --delete-extra` after such a statement, or rule it out"
    );
    let statement = on(Place::Local, format!("alter table {} remove partitioning", quoting::name(name)));
    Finding::new(Code::Partitioned, Place::Local, message, statement).of_table(name)
}
