//! What must hold once the weather is good again. Each check has tests that plant what it is to find.

pub mod audit;
pub mod chain;
pub mod leaks;
pub mod status;
pub mod synced;

use std::fmt::Write;
use std::time::Duration;

use backhaul::utils::clock::monotonic;

use crate::sql::{self, Patience, try_rows};
use crate::stage::Stage;
use crate::support::equality::differences_in;
use crate::tables::TABLES;
use crate::world::comes_to_hold;

/// How long everything may take to arrive once nothing is in the way. DB_B may first have to end sessions that a fault left.
const DRAIN: Duration = Duration::from_secs(100);

/// Waits until nothing is pending and no intent is open; gives how long that took, or what is left.
///
/// # Errors
/// What is left after a time in which all of it should have arrived.
pub async fn drained(stage: &Stage) -> Result<Duration, String> {
    let local = &stage.pair.local.url;
    let left = "select (select count(*) from sync_queue where sync_status = 'PENDING'), \
                (select count(*) from sync_intents where state = 'OPEN')";
    let started = monotonic();
    let empty = comes_to_hold(DRAIN, async || {
        try_rows(local, left, Patience::Long).await.is_ok_and(|rows| rows[0] == ["0", "0"])
    });
    if empty.await {
        return Ok(started.elapsed());
    }
    let mut told = format!("drain: entries pending and intents open: {:?}", sql::rows(local, left).await);
    for why in [
        "select id, table_name, record_id, operation, retry_count from sync_queue where sync_status = 'PENDING' limit 5",
        "select table_name, record_id, state, code, message, waits_for_table, waits_for_record from sync_failures limit 5",
        "select id, run_trigger, started_at, finished_at, outcome, message from sync_runs order by id desc limit 3",
    ] {
        let _ = write!(told, "\n  {:?}", sql::rows(local, why).await);
    }
    Err(told)
}

/// Compares every table row by row.
pub async fn equal(stage: &Stage) -> Vec<String> {
    let mut findings = Vec::new();
    for table in TABLES {
        let differences = differences_in(&stage.pair, table.name).await;
        if !differences.is_empty() {
            findings.push(format!("equality: {} differs:\n{}", table.name, differences.join("\n")));
        }
    }
    findings
}
