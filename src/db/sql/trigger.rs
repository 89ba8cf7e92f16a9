//! The capture triggers, written from the catalogue.

use sha2::{Digest, Sha256};

use super::{quoting, record_id};
use crate::db::catalog::Table;
use crate::db::mapping::key_columns;

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
    let key = key_columns(table);
    let queue = |operation: &str, row: &str| {
        format!(
            "insert into sync_queue (table_name, record_id, operation, last_updated_at) \
             values ({}, {}, '{operation}', utc_timestamp(6))",
            quoting::text(&table.name),
            record_id::expression(&key, Some(row))
        )
    };
    let update = format!(
        "begin\n  if {} then\n    {};\n  else\n    {};\n    {};\n  end if;\nend",
        record_id::same_key(&key, "old", "new"),
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
    fn a_key_is_printed_the_same_in_every_session() {
        let mut events = table("events", &["at", "name", "code"]);
        for (column, data_type) in events.columns.iter_mut().zip(["timestamp", "varchar", "varbinary"]) {
            *column = key_column(&column.name, data_type);
        }
        let [insert, update, _] = capture_triggers(&events);
        insta::assert_snapshot!(insert.create, @r"
        create trigger `sync_capture_events_insert_7f648d4a` after insert on `events` for each row
        insert into sync_queue (table_name, record_id, operation, last_updated_at) values ('events', concat('[', json_quote(if(coalesce(unix_timestamp(new.`at`), 0) = 0, '0000-00-00 00:00:00.000', cast(cast('1970-01-01' as datetime(3)) + interval unix_timestamp(new.`at`) second as char))), ',', json_quote(convert(new.`name` using utf8mb4)), ',', json_quote(concat('0x', lower(hex(new.`code`)))), ']'), 'INSERT', utc_timestamp(6))
        ");
        insta::assert_snapshot!(update.create.lines().nth(2).unwrap(), @"  if unix_timestamp(old.`at`) <=> unix_timestamp(new.`at`) and cast(old.`name` as binary) <=> cast(new.`name` as binary) and old.`code` <=> new.`code` then");
    }

    #[test]
    fn the_longest_names_still_fit() {
        for trigger in capture_triggers(&table(&"x".repeat(64), &["id"])) {
            assert!(trigger.name.chars().count() <= 64, "{}", trigger.name);
        }
    }
}
