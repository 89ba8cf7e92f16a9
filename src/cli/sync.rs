//! `backhaul sync`.

use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::progress::Bar;
use super::{exit, paint};
use crate::app::serve::STOP_TIMEOUT;
use crate::models::cycle::{CycleReport, Outcome, Trigger};
use crate::services::reachability::Reachability;
use crate::services::standing::Tone;
use crate::services::sync::SyncService;
use crate::utils::wording::{counted, harmless, thousands};

/// Runs one cycle and shows how far it has come; a signal ends it between two batches.
pub async fn run(context: &Context) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    context.warn_of_doubts()?;
    let (stop, _watch) = Context::watch_signals()?;
    let environment = context.environment.clone();
    let service = SyncService::new(environment, settings.clone(), Reachability::default(), stop.clone());
    let bar = Bar::of_entries();
    let report = tokio::select! {
        report = service.run(Trigger::Cli) => report,
        () = patience_ends(&stop) => abandoned(),
        never = bar.follow(&settings, service.done()) => match never {},
    };
    drop(bar);
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
    let tone = match report.outcome {
        Outcome::Drained => Tone::Good,
        Outcome::Partial | Outcome::Offline | Outcome::Unreachable | Outcome::Busy => Tone::Warning,
        Outcome::Stopped | Outcome::Error => Tone::Bad,
    };
    let done = format!(
        "{} {} synced, {} failed, {} held; {} written, {} deleted in {}; {seconds:.3} s",
        paint::headline(tone, format_args!("{}:", report.outcome.as_str())),
        counted(report.entries_synced, "entry", "entries"),
        thousands(report.entries_failed),
        thousands(report.entries_held),
        counted(report.records_upserted, "record", "records"),
        thousands(report.records_deleted),
        counted(report.batches, "batch", "batches"),
    );
    let why = report.message.as_deref().map(|message| format!("\n{}", harmless(message)));
    let next = match report.outcome {
        Outcome::Partial => "\nWhich ones, why, and what to do: backhaul status",
        _ => "",
    };
    format!("{done}{}{next}", why.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_says_what_was_done_and_where_to_look() {
        let mut report = CycleReport::new(Outcome::Drained);
        (report.entries_synced, report.records_upserted, report.batches) = (200_000, 1, 20);
        report.duration_ms = 1_234;
        let drained = text(&report);
        report = CycleReport::new(Outcome::Partial);
        report.message = Some("some records failed".to_owned());
        insta::assert_snapshot!(paint::bare(&format!("{drained}\n--\n{}", text(&report))), @r"
        drained: 200,000 entries synced, 0 failed, 0 held; 1 record written, 0 deleted in 20 batches; 1.234 s
        --
        partial: 0 entries synced, 0 failed, 0 held; 0 records written, 0 deleted in 0 batches; 0.000 s
        some records failed
        Which ones, why, and what to do: backhaul status
        ");
    }
}
