//! What a cycle says in the log.

use super::settle::Settled;
use crate::models::cycle::{CycleReport, Outcome, Trigger};
use crate::utils::wording::counted;

/// Tells what settling found out.
pub(super) fn settled(settled: Settled) {
    let Settled { entries_synced, entries_reopened } = settled;
    if entries_synced > 0 {
        tracing::info!(
            entries_synced,
            "settled: {} had been applied although no answer came",
            counted(entries_synced, "entry", "entries")
        );
    }
    if entries_reopened > 0 {
        tracing::warn!(
            entries_reopened,
            "DB_B had lost batches; PENDING again and on their way anew: {}",
            counted(entries_reopened, "entry", "entries")
        );
    }
}

/// Tells how a cycle ended.
pub(super) fn cycle(trigger: Trigger, report: &CycleReport) {
    let CycleReport { entries_synced, entries_failed, entries_held, batches, duration_ms, .. } = *report;
    let (outcome, at_prompt, trigger) = (report.outcome.as_str(), trigger == Trigger::Cli, trigger.as_sql());
    if at_prompt {
        // The command prints the whole report.
        tracing::debug!(outcome, trigger, entries_synced, batches, duration_ms, "cycle {outcome}");
        return;
    }
    match (report.outcome, &report.message) {
        (Outcome::Drained, _) => tracing::info!(
            outcome,
            trigger,
            entries_synced,
            batches,
            duration_ms,
            "cycle drained: {} in {}, {duration_ms} ms",
            counted(entries_synced, "entry", "entries"),
            counted(batches, "batch", "batches")
        ),
        (Outcome::Offline | Outcome::Busy, message) => {
            tracing::info!(outcome, trigger, "cycle {outcome}: {}", message.as_deref().unwrap_or_default());
        }
        (_, message) => tracing::warn!(
            outcome,
            trigger,
            entries_synced,
            entries_failed,
            entries_held,
            batches,
            duration_ms,
            "cycle {outcome}: {} synced, {entries_failed} failed, {entries_held} held; {}",
            counted(entries_synced, "entry", "entries"),
            message.as_deref().unwrap_or_default()
        ),
    }
}
