//! Triggers in DB_B. One that would make DB_B differ holds its table, and is found by the mapping.

use super::facts::{BothFacts, on};
use crate::db::sql::trigger::NAME_PREFIX;
use crate::db::sql::{quoting, trigger_text};
use crate::db::survey::TriggerText;
use crate::models::diagnosis::{Code, Finding, Place};

/// Checks the triggers of carried tables.
pub(super) fn check(facts: &BothFacts<'_>) -> Vec<Finding> {
    let triggers =
        facts.central.schema.triggers.iter().filter(|trigger| facts.here.selected.contains(&trigger.table));
    triggers
        .filter_map(|trigger| {
            if trigger.name.starts_with(NAME_PREFIX) {
                Some(copied(trigger))
            } else {
                rejects(facts, trigger)
            }
        })
        .collect()
}

fn copied(trigger: &TriggerText) -> Finding {
    let message = format!(
        "DB_B has the capture trigger {}, copied with the table from DB_A: there it queues what no one sends on, or fails",
        trigger.name
    );
    let statement = format!("drop trigger {}", quoting::name(&trigger.name));
    finding(Code::CaptureInCentral, trigger, message, on(Place::Central, statement))
}

/// A trigger that DB_A has as well has had its say there.
fn rejects(facts: &BothFacts<'_>, trigger: &TriggerText) -> Option<Finding> {
    let is_same = |other: &TriggerText| {
        (&other.table, &other.event) == (&trigger.table, &trigger.event)
            && trigger_text::does_the_same(&other.statement, &trigger.statement)
    };
    let is_in_local = facts.here.local.schema.triggers.iter().any(is_same);
    let message = format!(
        "trigger {} of {} in DB_B may raise an error: rows that DB_A takes may be rejected there",
        trigger.name, trigger.table
    );
    // It may be headquarters' rule, and nothing that is run without a thought should take that away.
    let remedy = format!(
        "nothing, if DB_B is meant to refuse such rows: `backhaul status` shows those that it refuses; or give DB_A the same \
         trigger, so that the row is refused where it is made; only if nobody wants the rule, drop the trigger {} in DB_B",
        quoting::name(&trigger.name)
    );
    (!is_in_local && trigger_text::may_raise(&trigger.statement))
        .then(|| finding(Code::TriggerRejects, trigger, message, remedy))
}

fn finding(code: Code, trigger: &TriggerText, message: String, remedy: String) -> Finding {
    Finding::new(code, Place::Central, message, remedy).of_table(&trigger.table)
}
