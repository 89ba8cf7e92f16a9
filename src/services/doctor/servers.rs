//! Settings and clocks of the servers.

use jiff::SignedDuration;

use super::facts::{BothFacts, Facts, list, on};
use super::own_settings;
use crate::db::catalog::{Column, ForeignKey, Table};
use crate::db::survey::{ServerFacts, Survey};
use crate::models::diagnosis::{Code, Finding, Place};

/// How far clocks may differ unsaid. Nothing depends on less; ten times more would confuse whoever reads logs of both.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// The largest packet that a server takes, whatever is asked for: 1 GiB.
const LARGEST_PACKET: u64 = 1 << 30;

/// Checks DB_A's server.
pub(super) fn local(facts: &Facts<'_>) -> Vec<Finding> {
    let server = &facts.local.server;
    let found = [
        statement_log(server),
        log_not_flushed(server),
        binlog_not_flushed(server),
        read_only(server, Place::Local),
        replica(server),
        cascades_fall_short(facts),
        clock_differs(server, Place::Local),
        triggers_need_super(facts.local),
    ];
    found.into_iter().flatten().collect()
}

/// Checks DB_B's server.
pub(super) fn central(facts: &BothFacts<'_>) -> Vec<Finding> {
    let server = &facts.central.server;
    let found = [
        read_only(server, Place::Central),
        clock_differs(server, Place::Central),
        packet_below_batch(server, facts.here.settings.batch_bytes as u64),
        packet_below_row(facts),
        own_settings::not_encrypted(facts.here.settings),
    ];
    found.into_iter().flatten().collect()
}

fn statement_log(server: &ServerFacts) -> Option<Finding> {
    let is_kept =
        server.is_on("log_bin") && server.setting("binlog_format").eq_ignore_ascii_case("statement");
    let message = "the binary log is kept as statements, under which no entry can be acknowledged; set binlog_format \
                   in the server's configuration as well, or a restart brings it back";
    is_kept.then(|| set_global(Code::StatementLog, Place::Local, message, "binlog_format = 'ROW'"))
}

fn log_not_flushed(server: &ServerFacts) -> Option<Finding> {
    let value = server.setting("innodb_flush_log_at_trx_commit");
    let message = format!(
        "innodb_flush_log_at_trx_commit is {value}: a power cut loses commits of DB_A that DB_B may have got, and then the \
         site stops (exit 6); set it in the server's configuration as well"
    );
    (value != "1")
        .then(|| set_global(Code::LogNotFlushed, Place::Local, message, "innodb_flush_log_at_trx_commit = 1"))
}

fn binlog_not_flushed(server: &ServerFacts) -> Option<Finding> {
    let value = server.setting("sync_binlog");
    let message = format!(
        "sync_binlog is {value} while a binary log is kept: after a power cut commits may be missing in DB_A that DB_B has \
         got; set it in the server's configuration as well"
    );
    (server.is_on("log_bin") && value != "1")
        .then(|| set_global(Code::BinlogNotFlushed, Place::Local, message, "sync_binlog = 1"))
}

fn read_only(server: &ServerFacts, side: Place) -> Option<Finding> {
    let is_set = |name| !matches!(server.setting(name).to_uppercase().as_str(), "" | "OFF" | "0");
    let message =
        "the server is read-only: it takes writes from privileged accounts only, or from none (error 1290)";
    (is_set("read_only") || is_set("super_read_only"))
        .then(|| set_global(Code::ReadOnly, side, message, "read_only = 0"))
}

fn replica(server: &ServerFacts) -> Option<Finding> {
    let fires =
        !matches!(server.setting("slave_run_triggers_for_rbr").to_uppercase().as_str(), "" | "NO" | "OFF");
    if !server.is_replica || fires {
        return None;
    }
    let message = "DB_A is a replica of another server; what it takes over from there as rows fires no triggers, so it \
                   is not captured";
    Some(if server.is_mariadb() {
        set_global(Code::Replica, Place::Local, message, "slave_run_triggers_for_rbr = 'YES'")
    } else {
        let statement = on(Place::Local, "stop replica; reset replica all");
        Finding::new(Code::Replica, Place::Local, message.to_owned(), statement)
    })
}

/// MySQL from 9.6 on carries out foreign keys in a new way, which forgets the children of all children but the first.
fn cascades_fall_short(facts: &Facts<'_>) -> Option<Finding> {
    let acting = |name: &&String| {
        let table = facts.local.catalog.get(*name);
        table.is_some_and(|table| table.foreign_keys.iter().any(ForeignKey::acts_by_itself))
    };
    let tables: Vec<&str> = facts.selected.iter().filter(acting).map(String::as_str).collect();
    let message = format!(
        "foreign keys of {} act by themselves, and this server carries them out in a way that leaves rows without a parent",
        list(tables.iter().copied())
    );
    let remedy = on(Place::Local, "set persist_only innodb_native_foreign_keys = ON, and restart the server");
    let is_new_way = facts.local.server.setting("innodb_native_foreign_keys").eq_ignore_ascii_case("off");
    (is_new_way && !tables.is_empty())
        .then(|| Finding::new(Code::CascadesFallShort, Place::Local, message, remedy))
}

fn clock_differs(server: &ServerFacts, side: Place) -> Option<Finding> {
    let ahead = server.clock_ahead;
    let way = if ahead.is_negative() { "behind" } else { "ahead of" };
    let message = format!(
        "the clock of {}'s server is {} s {way} this machine's: times of entries and of next attempts mislead",
        side.name(),
        ahead.abs().as_secs()
    );
    (ahead.abs() > CLOCK_TOLERANCE).then(|| {
        Finding::new(
            Code::ClockDiffers,
            side,
            message,
            "let both machines follow a time server (chrony, for example)",
        )
    })
}

/// Asks only of an account that installs; one for every day need not be able to.
fn triggers_need_super(local: &Survey) -> Option<Finding> {
    let server = &local.server;
    let is_privileged = ["SUPER", "BINLOG ADMIN"].iter().any(|name| local.grants.allow_everywhere(name));
    let installs = local.grants.allow_on_database("TRIGGER", &local.database);
    let message = "a binary log is kept and the account has no SUPER, so `backhaul install` could not create triggers \
                   (error 1419), for instance after a change of a table";
    (installs
        && !is_privileged
        && server.is_on("log_bin")
        && !server.is_on("log_bin_trust_function_creators"))
    .then(|| {
        set_global(Code::TriggersNeedSuper, Place::Local, message, "log_bin_trust_function_creators = 1")
    })
}

fn packet_below_batch(server: &ServerFacts, batch_bytes: u64) -> Option<Finding> {
    let packet = server.number("max_allowed_packet")?;
    let wanted = (batch_bytes * 2).next_power_of_two().min(LARGEST_PACKET);
    let message = format!(
        "DB_B takes packets of {packet} bytes, and SYNC_BATCH_BYTES is {batch_bytes}: each batch costs several round trips"
    );
    (packet < batch_bytes).then(|| {
        let setting = format!("max_allowed_packet = {wanted}");
        set_global(Code::PacketBelowBatch, Place::Central, message, &setting)
    })
}

fn packet_below_row(facts: &BothFacts<'_>) -> Option<Finding> {
    let local = facts.here.local;
    let packet = facts.central.server.number("max_allowed_packet")?;
    let most_here = local.server.number("max_allowed_packet")?;
    let bound = |table: &Table| {
        let on_disk = local.schema.data_bytes.get(&table.name).copied().unwrap_or_default();
        largest_row(table, most_here.min(on_disk))
    };
    let large: Vec<(&str, u64)> = facts
        .carried()
        .map(|(table, _)| (table.name.as_str(), bound(table)))
        .filter(|(_, row)| *row > packet)
        .collect();
    let largest = large.iter().map(|(_, row)| *row).max()?;
    let message = format!(
        "DB_B takes packets of {packet} bytes, and a row of {} may need up to {largest}: such a record would fail",
        list(large.iter().map(|(name, _)| *name))
    );
    let setting = format!("max_allowed_packet = {}", largest.next_power_of_two().min(LARGEST_PACKET));
    Some(set_global(Code::PacketBelowRow, Place::Central, message, &setting))
}

/// Estimates the bytes of a table's largest row in a statement. Bytes without a character set are written as two
/// digits each. No row is larger than `most`: what DB_A takes in one packet, and what the whole table takes.
fn largest_row(table: &Table, most: u64) -> u64 {
    let written_as = |column: &Column| if column.charset.is_some() { 1 } else { 2 };
    let values = table.columns.iter().filter(|column| !column.generated);
    let bytes = |column: &Column| column.max_bytes.unwrap_or_default().min(most) * written_as(column);
    let widest = table.columns.iter().filter(|column| column.max_bytes.is_some()).map(written_as).max();
    values.map(bytes).sum::<u64>().min(most * widest.unwrap_or(1))
}

fn set_global(code: Code, side: Place, message: impl Into<String>, setting: &str) -> Finding {
    Finding::new(code, side, message.into(), on(side, format!("set global {setting}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_log_that_is_not_kept_loses_nothing() {
        assert_eq!(
            binlog_not_flushed(&ServerFacts::fixture(&[("log_bin", "OFF"), ("sync_binlog", "0")])),
            None
        );
        assert_eq!(
            statement_log(&ServerFacts::fixture(&[("log_bin", "OFF"), ("binlog_format", "STATEMENT")])),
            None
        );
    }

    #[test]
    fn a_replica_whose_triggers_fire_captures() {
        let mut server = ServerFacts::fixture(&[("slave_run_triggers_for_rbr", "YES")]);
        server.is_replica = true;
        assert_eq!(replica(&server), None);
    }

    #[test]
    fn the_packet_that_is_asked_for_holds_a_batch() {
        let server = ServerFacts::fixture(&[("max_allowed_packet", "1048576")]);
        let remedy = packet_below_batch(&server, 4 << 20).unwrap().remedy;
        assert_eq!(remedy, "on DB_B: set global max_allowed_packet = 8388608");
        assert_eq!(packet_below_batch(&server, 1 << 20), None);
    }
}
