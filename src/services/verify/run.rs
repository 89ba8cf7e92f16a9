//! Compares all synchronised tables.

use std::time::Duration;

use super::error::{Failed, VerifyError};
use super::judge::judge;
use super::sides::Sides;
use super::walk::walk;
use crate::config::{Environment, Settings};
use crate::db::central_db::CentralDb;
use crate::db::local_db::LocalDb;
use crate::db::mapping::Mapping;
use crate::db::same_database;
use crate::db::sql::compare::Comparison;
use crate::models::verification::{NotCompared, Repair, TableVerification, Verification};
use crate::utils::clock;

/// How far a comparison has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// It begins; about so many rows are ahead.
    Begins(u64),
    /// So many rows of a table were compared.
    Compared(&'a str, u64),
}

/// Compares all synchronised tables, and queues what differs as `repair` says.
///
/// # Errors
/// Which side failed, and what to do. What was queued until then stays; the next run goes on from there.
pub async fn run(
    settings: &Settings,
    environment: &Environment,
    repair: Repair,
    progress: &dyn Fn(Progress<'_>),
) -> Result<Verification, VerifyError> {
    let started = clock::monotonic();
    let failed = |failed: Failed| failed.at(settings);
    let mut local = LocalDb::connect(settings).await.map_err(|source| failed(Failed::Local(source)))?;
    if local.site().await.map_err(|source| failed(Failed::Local(source)))?.is_none() {
        return Err(VerifyError::NotInstalled);
    }
    if !environment.online_switch().is_on() {
        return Err(VerifyError::Offline);
    }
    let mut central = CentralDb::connect(settings).await.map_err(|source| failed(Failed::Central(source)))?;
    let are_two = same_database::refuse(&mut local, &mut central).await;
    are_two.map_err(|source| failed(Failed::Central(source)))?;
    let sides = Sides { local: &mut local, central: &mut central };
    let mut report = compare(settings, sides, repair, progress).await.map_err(failed)?;
    let traffic = central.traffic();
    report.central_round_trips = traffic.round_trips;
    report.central_bytes_sent = traffic.bytes_sent;
    report.central_bytes_received = traffic.bytes_received;
    report.duration_ms = millis(started.elapsed());
    central.close().await;
    local.close().await;
    Ok(report)
}

async fn compare(
    settings: &Settings,
    mut sides: Sides<'_>,
    repair: Repair,
    progress: &dyn Fn(Progress<'_>),
) -> Result<Verification, Failed> {
    let here = sides.local.catalog().await.map_err(Failed::Local)?;
    let there = sides.central.catalog().await.map_err(Failed::Central)?;
    let mapping = Mapping::new(&here, &there, &settings.tables);
    let names: Vec<&str> = mapping.tables.iter().map(|table| table.name.as_str()).collect();
    progress(Progress::Begins(sides.local.estimate_rows(&names).await.map_err(Failed::Local)?));
    let mut report = Verification::default();
    for table in &mapping.tables {
        let (Some(a), Some(b)) = (here.get(&table.name), there.get(&table.name)) else { continue };
        let comparison = Comparison::new(table, a, b);
        let step = |rows| progress(Progress::Compared(&table.name, rows));
        let mut table = TableVerification::new(&table.name);
        let walked = walk(&mut sides, &comparison, &step, async |sides: &mut Sides<'_>, found| {
            judge(sides, &comparison, found, repair, &mut table).await
        })
        .await?;
        table.compared = walked.rows;
        table.equal += walked.equal;
        report.tables.push(table);
    }
    report.not_compared = mapping
        .problems
        .into_iter()
        .map(|(table, problem)| NotCompared { table, message: problem.message, remedy: problem.remedy })
        .collect();
    report.stopped = sides.local.last_run_stopped().await.map_err(Failed::Local)?;
    let is_stuck =
        |table: &TableVerification| table.failed + table.held > 0 || report.stopped && table.pending > 0;
    let differs = report.tables.iter().any(|table| table.differs() || is_stuck(table));
    report.equal = report.not_compared.is_empty() && !differs;
    Ok(report)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
