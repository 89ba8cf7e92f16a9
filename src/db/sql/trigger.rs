//! The capture triggers, written from the catalogue.

use sha2::{Digest, Sha256};

use super::quoting;
use crate::db::catalog::Table;

/// One capture trigger: its name tells its body, so a trigger of an older body is known by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureTrigger {
    /// Its name.
    pub name: String,
    /// The statement that creates it.
    pub create: String,
}

/// What the names of all capture triggers begin with.
pub const NAME_PREFIX: &str = "sync_capture_";

/// Most characters of the table's name within a trigger's name; names may have 64 in all.
const TABLE_NAME_CHARACTERS: usize = 34;

/// Writes the three capture triggers of a table.
#[must_use]
pub fn capture_triggers(table: &Table) -> [CaptureTrigger; 3] {
    let queue = |operation: &str, row: &str| {
        format!(
            "insert into sync_queue (table_name, record_id, operation, last_updated_at) \
             values ({}, {}, '{operation}', utc_timestamp(6))",
            quoting::text(&table.name),
            record_id(table, row)
        )
    };
    let key_stays: Vec<String> =
        table.primary_key.iter().map(|key| format!("old.{0} <=> new.{0}", quoting::name(key))).collect();
    let update = format!(
        "begin\n  if {} then\n    {};\n  else\n    {};\n    {};\n  end if;\nend",
        key_stays.join(" and "),
        queue("UPDATE", "new"),
        queue("DELETE", "old"),
        queue("INSERT", "new")
    );
    [
        capture_trigger(table, "insert", &queue("INSERT", "new")),
        capture_trigger(table, "update", &update),
        capture_trigger(table, "delete", &queue("DELETE", "old")),
    ]
}

fn capture_trigger(table: &Table, event: &str, body: &str) -> CaptureTrigger {
    let digest = Sha256::digest(format!("{}\n{event}\n{body}", table.name));
    let short: String = table.name.chars().take(TABLE_NAME_CHARACTERS).collect();
    let hash = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    let name = format!("{NAME_PREFIX}{short}_{event}_{hash:08x}");
    let create = format!(
        "create trigger {} after {event} on {} for each row\n{body}",
        quoting::name(&name),
        quoting::name(&table.name)
    );
    CaptureTrigger { name, create }
}

/// Writes the expression that prints a row's primary key: a number, or an array of numbers.
fn record_id(table: &Table, row: &str) -> String {
    let parts: Vec<String> =
        table.primary_key.iter().map(|key| format!("{row}.{}", quoting::name(key))).collect();
    match parts.as_slice() {
        [only] => only.clone(),
        several => format!("concat('[', {}, ']')", several.join(", ',', ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, key: &[&str]) -> Table {
        Table {
            name: name.to_owned(),
            primary_key: key.iter().map(|&column| column.to_owned()).collect(),
            ..Table::default()
        }
    }

    #[test]
    fn a_changed_key_is_a_delete_and_an_insert() {
        let [_, update, _] = capture_triggers(&table("orders", &["id"]));
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
        let [insert, _, _] = capture_triggers(&table("o'dd", &["a", "b"]));
        assert!(
            insert.create.contains("('o''dd', concat('[', new.`a`, ',', new.`b`, ']'), 'INSERT'"),
            "{}",
            insert.create
        );
    }

    #[test]
    fn the_longest_names_still_fit() {
        for trigger in capture_triggers(&table(&"x".repeat(64), &["id"])) {
            assert!(trigger.name.chars().count() <= 64, "{}", trigger.name);
        }
    }
}
