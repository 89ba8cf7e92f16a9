//! `backhaul sync`.

use super::context::Context;
use super::exit;
use crate::models::cycle::{CycleReport, Trigger};
use crate::services::reachability::Reachability;
use crate::services::sync::SyncService;

/// Runs one cycle; a signal ends it between two batches.
pub async fn run(context: &Context) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let (stop, _watch) = Context::watch_signals()?;
    let service = SyncService::new(context.environment.clone(), settings, Reachability::default(), stop);
    let report = service.run(Trigger::Cli).await;
    context.print(&report, text)?;
    Ok(exit::of_cycle(report.outcome))
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
