//! `backhaul sync`.

use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::exit;
use crate::app::serve::STOP_TIMEOUT;
use crate::models::cycle::{CycleReport, Outcome, Trigger};
use crate::services::reachability::Reachability;
use crate::services::sync::SyncService;

/// Runs one cycle; a signal ends it between two batches.
pub async fn run(context: &Context) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let (stop, _watch) = Context::watch_signals()?;
    let service =
        SyncService::new(context.environment.clone(), settings, Reachability::default(), stop.clone());
    let report = tokio::select! {
        report = service.run(Trigger::Cli) => report,
        () = patience_ends(&stop) => abandoned(),
    };
    context.print(&report, text)?;
    Ok(exit::of_cycle(report.outcome))
}

/// Waits until a signal came and the batch under way had its time to end.
async fn patience_ends(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(STOP_TIMEOUT).await;
}

fn abandoned() -> CycleReport {
    let mut report = CycleReport::new(Outcome::Partial);
    report.message =
        Some("left without waiting for the batch under way; the next cycle settles it".to_owned());
    report
}

fn text(report: &CycleReport) -> String {
    let seconds = std::time::Duration::from_millis(report.duration_ms).as_secs_f64();
    let done = format!(
        "{}: {} entries synced, {} failed, {} held; {} records written, {} deleted in {} batches; {seconds:.3} s",
        report.outcome.as_str(),
        report.entries_synced,
        report.entries_failed,
        report.entries_held,
        report.records_upserted,
        report.records_deleted,
        report.batches,
    );
    match &report.message {
        Some(message) => format!("{done}\n{message}"),
        None => done,
    }
}
