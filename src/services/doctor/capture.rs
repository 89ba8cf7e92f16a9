//! The capture triggers: there, current, untouched, and on no other table.

use std::collections::BTreeMap;

use super::facts::{Facts, list, on};
use crate::db::mapping::Capturable;
use crate::db::sql::trigger::{CaptureTrigger, NAME_PREFIX, capture_triggers};
use crate::db::sql::{quoting, trigger_text};
use crate::db::survey::TriggerText;
use crate::models::diagnosis::{Code, Finding, Place};

/// What mends a capture, and finds what escaped meanwhile.
const INSTALL: &str = "run `backhaul install`, then `backhaul verify --repair`";

/// Checks the triggers of every table that can be captured, and of those from which foreign keys take its rows along.
pub(super) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut present: BTreeMap<&str, Vec<&TriggerText>> = BTreeMap::new();
    for trigger in capture_triggers_of(&facts.local.schema.triggers) {
        present.entry(&trigger.table).or_default().push(trigger);
    }
    let captured = Capturable::new(&facts.local.catalog, &facts.selected).tables;
    let mut found = Vec::new();
    for (table, expected) in capture_triggers(&facts.local.catalog, &captured) {
        let there = present.remove(table.as_str()).unwrap_or_default();
        found.extend(not_captured(&table, &expected, &there));
        found.extend(outdated(&table, &expected, &there));
        found.extend(expected.iter().filter_map(|trigger| altered(&table, trigger, &there)));
    }
    present.retain(|table, _| !facts.selected.contains(*table));
    found.extend(present.into_iter().map(|(table, triggers)| left_over(table, &triggers)));
    found
}

/// Picks the triggers that are Backhaul's.
pub(super) fn capture_triggers_of(triggers: &[TriggerText]) -> impl Iterator<Item = &TriggerText> {
    triggers.iter().filter(|trigger| trigger.name.starts_with(NAME_PREFIX))
}

/// Tells which tables' changes escape, since no trigger of any version fires then on `table`, and when that is.
fn not_captured(table: &str, expected: &[CaptureTrigger], there: &[&TriggerText]) -> Vec<Finding> {
    let mut escaping: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let is_missing = |trigger: &&CaptureTrigger| there.iter().all(|one| !fires_at(one, trigger.moment));
    for trigger in expected.iter().filter(is_missing) {
        for captured in &trigger.captures {
            escaping.entry(captured).or_default().push(trigger.moment);
        }
    }
    let finding = |(captured, moments): (&str, Vec<&str>)| {
        let moments = list(moments);
        let message = format!("changes to {captured} escape: {table} has no capture trigger {moments}");
        Finding::new(Code::NotCaptured, Place::Local, message, INSTALL).of_table(captured)
    };
    escaping.into_iter().map(finding).collect()
}

fn fires_at(trigger: &TriggerText, moment: &str) -> bool {
    format!("{} {}", trigger.timing, trigger.event).eq_ignore_ascii_case(moment)
}

/// Finds triggers of another version, or of tables that had other keys.
fn outdated(table: &str, expected: &[CaptureTrigger], there: &[&TriggerText]) -> Option<Finding> {
    let is_current = |trigger: &TriggerText| expected.iter().any(|current| current.name == trigger.name);
    let old: Vec<&str> =
        there.iter().filter(|trigger| !is_current(trigger)).map(|trigger| trigger.name.as_str()).collect();
    let message = format!(
        "{table} has capture triggers of an older version, or of former keys: {}",
        list(old.iter().copied())
    );
    (!old.is_empty())
        .then(|| Finding::new(Code::TriggerOutdated, Place::Local, message, INSTALL).of_table(table))
}

/// Finds a trigger with a text that is not its own.
fn altered(table: &str, expected: &CaptureTrigger, there: &[&TriggerText]) -> Option<Finding> {
    let present = there.iter().find(|trigger| trigger.name == expected.name)?;
    let (_, body) = expected.create.split_once("for each row\n")?;
    let message = format!("the capture trigger {} was altered by hand", present.name);
    let statement = on(Place::Local, format!("drop trigger {}", quoting::name(&present.name)));
    let remedy = format!("{statement}; then {INSTALL}");
    (!trigger_text::does_the_same(&present.statement, body))
        .then(|| Finding::new(Code::TriggerAltered, Place::Local, message, remedy).of_table(table))
}

fn left_over(table: &str, triggers: &[&TriggerText]) -> Finding {
    let message = format!(
        "{table} is captured and not in SYNC_TABLES: its entries wait for ever. Name it there, or drop what captures it"
    );
    let drops: Vec<String> =
        triggers.iter().map(|trigger| format!("drop trigger {}", quoting::name(&trigger.name))).collect();
    Finding::new(Code::TriggerLeftOver, Place::Local, message, on(Place::Local, drops.join("; ")))
        .of_table(table)
}
