//! The capture triggers, written from the catalogue.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::{cascade, queue, quoting, record_id};
use crate::config::TableSelection;
use crate::db::catalog::{Catalog, Table};
use crate::db::mapping::cascade::{Cascades, Cause, Step};
use crate::db::mapping::{self, Capturable, TableProblem, key_columns};

/// One capture trigger: its name tells its body, so a trigger of an older body is known by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureTrigger {
    /// Its name.
    pub name: String,
    /// When it fires, as the statement says it: `after insert`.
    pub moment: &'static str,
    /// The statement that creates it.
    pub create: String,
    /// The tables whose changes escape without it.
    pub captures: BTreeSet<String>,
}

/// What the names of all capture triggers begin with.
pub const NAME_PREFIX: &str = "sync_capture_";

/// Most characters of the table's name within a trigger's name; names may have 64 in all.
const TABLE_NAME_CHARACTERS: usize = 34;

/// Writes the triggers that capture every change to the `captured` tables, by the table they belong to: three for each,
/// and two more for those from which foreign keys take along rows of captured tables, whether they are captured
/// themselves or not.
#[must_use]
pub fn capture_triggers(
    local: &Catalog,
    captured: &BTreeSet<String>,
) -> BTreeMap<String, Vec<CaptureTrigger>> {
    let mut all: BTreeMap<String, Vec<CaptureTrigger>> = BTreeMap::new();
    for table in captured.iter().filter_map(|name| local.get(name)) {
        all.entry(table.name.clone()).or_default().extend(own_triggers(table));
    }
    let cascades = Cascades::new(local);
    for root in cascades.roots() {
        let triggers = cascade_triggers(&cascades, root, captured);
        if !triggers.is_empty() {
            all.entry(root.name.clone()).or_default().extend(triggers);
        }
    }
    all
}

/// Finds the selected tables to which changes may escape, because DB_A lacks a trigger that they need as it is now.
/// A trigger of another body counts for nothing: it may name records by a key that the table no longer has.
#[must_use]
pub fn not_captured(local: &Catalog, selection: &TableSelection) -> BTreeMap<String, TableProblem> {
    let captured = Capturable::new(local, &mapping::selected_names(local, selection)).tables;
    let mut problems = BTreeMap::new();
    for (name, triggers) in capture_triggers(local, &captured) {
        let existing = local.get(&name).map(|table| table.triggers.as_slice()).unwrap_or_default();
        let is_missing = |trigger: &&CaptureTrigger| existing.iter().all(|one| one.name != trigger.name);
        for table in triggers.iter().filter(is_missing).flat_map(|trigger| &trigger.captures) {
            problems.insert(table.clone(), TableProblem::not_captured(table, &name));
        }
    }
    problems
}

/// Writes the three triggers that capture what is done to the rows of a table itself.
fn own_triggers(table: &Table) -> [CaptureTrigger; 3] {
    let key = key_columns(table);
    let entry = |operation: &str, row: &str| {
        queue::entry(&table.name, &record_id::expression(&key, Some(row)), operation)
    };
    let update = format!(
        "begin\n  if {} then\n    {};\n  else\n    {};\n    {};\n  end if;\nend",
        record_id::same_key(&key, "old", "new"),
        entry("UPDATE", "new"),
        entry("DELETE", "old"),
        entry("INSERT", "new")
    );
    let own = BTreeSet::from([table.name.clone()]);
    let trigger = |label, moment, body: &str| named(table, label, moment, body, own.clone());
    [
        trigger("insert", "after insert", &entry("INSERT", "new")),
        trigger("update", "after update", &update),
        trigger("delete", "after delete", &entry("DELETE", "old")),
    ]
}

/// Writes the triggers of a table that capture what its deletions and changes of key take along.
fn cascade_triggers(
    cascades: &Cascades<'_>,
    root: &Table,
    captured: &BTreeSet<String>,
) -> Vec<CaptureTrigger> {
    // Tables that no trigger could follow are not among the captured ones.
    let steps = |cause| cascades.follow(root, cause, captured).unwrap_or_default();
    let (deletion, update) = (steps(Cause::Delete), steps(Cause::Update));
    let mut triggers = Vec::new();
    if !deletion.is_empty() {
        let body = cascade::before_delete(&deletion);
        triggers.push(named(root, "fall", "before delete", &body, captured_among(&deletion)));
    }
    if !update.is_empty() {
        let body = cascade::before_update(root, &update);
        triggers.push(last_before_update(root, &body, &captured_among(&update)));
    }
    triggers
}

fn captured_among(steps: &[Step<'_>]) -> BTreeSet<String> {
    let mut tables = BTreeSet::new();
    for step in steps {
        step.collect_captured(&mut tables);
    }
    tables
}

/// Names the trigger that compares old and new keys before an update. Other triggers may still change the new key, so
/// it must be the last to fire. A new trigger becomes the last; so one that is not is replaced by one of another name.
fn last_before_update(root: &Table, body: &str, captures: &BTreeSet<String>) -> CaptureTrigger {
    let before: Vec<&str> = root
        .triggers
        .iter()
        .filter(|trigger| trigger.timing == "BEFORE" && trigger.event == "UPDATE")
        .map(|trigger| trigger.name.as_str())
        .collect();
    let place = |candidate: &CaptureTrigger| before.iter().position(|name| *name == candidate.name);
    let is_last = |place: usize| before[place..].iter().all(|name| name.starts_with(NAME_PREFIX));
    let candidate = |body: &str| named(root, "follow", "before update", body, captures.clone());
    let (first, second) = (candidate(body), candidate(&format!("{body} ")));
    match (place(&first).map(is_last), place(&second).map(is_last)) {
        (Some(true), _) => first,
        (_, Some(true)) | (Some(false), _) => second,
        (None, _) => first,
    }
}

fn named(
    table: &Table,
    label: &str,
    moment: &'static str,
    body: &str,
    captures: BTreeSet<String>,
) -> CaptureTrigger {
    let digest = Sha256::digest(format!("{}\n{label}\n{body}", table.name));
    let short: String = table.name.chars().take(TABLE_NAME_CHARACTERS).collect();
    let hash = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    let name = format!("{NAME_PREFIX}{short}_{label}_{hash:08x}");
    let create = format!(
        "create trigger {} {moment} on {} for each row\n{body}",
        quoting::name(&name),
        quoting::name(&table.name)
    );
    CaptureTrigger { name, moment, create, captures }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::catalog::Column;

    fn key_column(name: &str, data_type: &str) -> Column {
        Column {
            name: name.to_owned(),
            data_type: data_type.to_owned(),
            column_type: data_type.to_owned(),
            nullable: false,
            generated: false,
            has_default: true,
            default_value: None,
            charset: Some("utf8mb4".to_owned()),
            collation: None,
            max_characters: Some(20),
            max_bytes: Some(80),
            precision: None,
            scale: None,
            second_digits: Some(3),
        }
    }

    fn table(name: &str, key: &[&str]) -> Table {
        Table {
            name: name.to_owned(),
            columns: key.iter().map(|&column| key_column(column, "bigint")).collect(),
            primary_key: key.iter().map(|&column| column.to_owned()).collect(),
            ..Table::default()
        }
    }

    #[test]
    fn a_changed_key_is_a_delete_and_an_insert() {
        let [_, update, _] = own_triggers(&table("orders", &["id"]));
        insta::assert_snapshot!(update.create, @r"
        create trigger `sync_capture_orders_update_419ff106` after update on `orders` for each row
        begin
          if old.`id` <=> new.`id` then
            insert into sync_queue (table_name, record_id, operation, last_updated_at) values ('orders', new.`id`, 'UPDATE', utc_timestamp(6));
          else
            insert into sync_queue (table_name, record_id, operation, last_updated_at) values ('orders', old.`id`, 'DELETE', utc_timestamp(6));
            insert into sync_queue (table_name, record_id, operation, last_updated_at) values ('orders', new.`id`, 'INSERT', utc_timestamp(6));
          end if;
        end
        ");
    }

    #[test]
    fn a_composite_key_is_printed_as_an_array() {
        let [insert, _, _] = own_triggers(&table("o'dd", &["a", "b"]));
        assert!(
            insert.create.contains("('o''dd', concat('[', new.`a`, ',', new.`b`, ']'), 'INSERT'"),
            "{}",
            insert.create
        );
    }

    #[test]
    fn a_key_is_printed_the_same_in_every_session() {
        let mut events = table("events", &["at", "name", "code"]);
        for (column, data_type) in events.columns.iter_mut().zip(["timestamp", "varchar", "varbinary"]) {
            *column = key_column(&column.name, data_type);
        }
        let [insert, update, _] = own_triggers(&events);
        insta::assert_snapshot!(insert.create, @r"
        create trigger `sync_capture_events_insert_7f648d4a` after insert on `events` for each row
        insert into sync_queue (table_name, record_id, operation, last_updated_at) values ('events', concat('[', json_quote(if(coalesce(unix_timestamp(new.`at`), 0) = 0, '0000-00-00 00:00:00.000', cast(cast('1970-01-01' as datetime(3)) + interval unix_timestamp(new.`at`) second as char))), ',', json_quote(convert(new.`name` using utf8mb4)), ',', json_quote(concat('0x', lower(hex(new.`code`)))), ']'), 'INSERT', utc_timestamp(6))
        ");
        insta::assert_snapshot!(update.create.lines().nth(2).unwrap(), @"  if unix_timestamp(old.`at`) <=> unix_timestamp(new.`at`) and cast(old.`name` as binary) <=> cast(new.`name` as binary) and old.`code` <=> new.`code` then");
    }

    #[test]
    fn the_longest_names_still_fit() {
        for trigger in own_triggers(&table(&"x".repeat(64), &["id"])) {
            assert!(trigger.name.chars().count() <= 64, "{}", trigger.name);
        }
    }
}
