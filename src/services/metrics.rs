//! The state of synchronisation as Prometheus reads it: the figures of the status, read when it asks.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::error::RequestError;
use super::status::Status;
use crate::db::local_db::{LocalPool, status};
use crate::models::cycle::Outcome;
use crate::models::entry::SyncStatus;
use crate::models::page::Limit;
use crate::models::status::{EntryPage, SyncState};
use crate::utils::clock;
use crate::utils::schedule::Schedule;

/// Writes the figures.
#[derive(Debug, Clone)]
pub struct Metrics {
    status: Status,
    local: LocalPool,
    schedule: Schedule,
    started: Timestamp,
}

impl Metrics {
    /// Reads what `status` reads, and more of the given DB_A; the program's own cycles begin by `schedule`, from now on.
    #[must_use]
    pub fn new(status: Status, local: LocalPool, schedule: Schedule) -> Self {
        Self { status, local, schedule, started: clock::now() }
    }

    /// Writes all figures in Prometheus' text format, version 0.0.4.
    ///
    /// # Errors
    /// When DB_A cannot answer.
    pub async fn text(&self) -> Result<String, RequestError> {
        // Of the lists nothing is shown; the shortest costs least.
        let no_list = EntryPage { only: Some(SyncStatus::Failed), after: None, limit: Limit::FEWEST };
        let state = self.status.read(no_list).await?;
        let held_tables = status::count_held_tables(&self.local).await?;
        let ended = state.last_run.as_ref().and_then(|run| run.finished_at.as_deref()?.parse().ok());
        let since = ended.map_or(self.started, |ended: Timestamp| ended.max(self.started));
        let overdue = overdue_seconds(&self.schedule, since, state.running, clock::now());
        Ok(written(&state, held_tables, overdue))
    }
}

/// Tells for how long `schedule` has fired without a cycle, in seconds; `since` then none was due. It is 0 while one runs,
/// however long that takes.
fn overdue_seconds(schedule: &Schedule, since: Timestamp, is_running: bool, now: Timestamp) -> f64 {
    match schedule.next_after(since) {
        Some(missed) if !is_running => now.duration_since(missed).as_secs_f64().max(0.0),
        _ => 0.0,
    }
}

fn written(state: &SyncState, held_tables: u64, overdue_seconds: f64) -> String {
    let mut text = Text::default();
    text.gauge("build_info", "The version that answers; always 1.");
    text.value(&format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION")), 1);
    text.gauge("entries", "Entries of the queue by state; those held are among the pending.");
    let counts = state.counts;
    for (name, count) in [
        ("pending", counts.pending),
        ("synced", counts.synced),
        ("failed", counts.failed),
        ("held", counts.held),
    ] {
        text.value(&format!("{{state=\"{name}\"}}"), count);
    }
    text.gauge("oldest_pending_seconds", "Age of the oldest pending entry; 0 when none is pending.");
    text.value("", state.oldest_pending_seconds.unwrap_or_default());
    text.gauge(
        "held_tables",
        "Tables that cannot be carried at present, those without their triggers among them.",
    );
    text.value("", held_tables);
    if let Some(uncaptured) = &state.uncaptured {
        text.gauge(
            "uncaptured_tables",
            "Selected tables whose changes may escape, since a capture trigger is missing or not as it must be, or the table itself.",
        );
        text.value("", uncaptured.len());
    }
    text.gauge("switched_online", "Whether IS_ONLINE is true.");
    text.value("", u8::from(state.is_online));
    text.gauge("central_reachable", "Whether DB_B answered when it was last asked.");
    text.value("", u8::from(state.central_reachable));
    text.gauge("cycle_running", "Whether a cycle runs at this moment, in whatever process.");
    text.value("", u8::from(state.running));
    if let Some(run) = &state.last_run {
        text.gauge(
            "last_cycle_outcome",
            "How the newest finished cycle ended: 1 for that outcome, 0 for all others.",
        );
        for outcome in Outcome::ALL {
            let is_it = run.outcome.as_deref() == Some(outcome.as_str());
            text.value(&format!("{{outcome=\"{}\"}}", outcome.as_str()), u8::from(is_it));
        }
        text.gauge("last_cycle_duration_seconds", "How long it took.");
        text.value("", std::time::Duration::from_millis(run.duration_ms).as_secs_f64());
        text.moment("last_cycle_finished_timestamp_seconds", "When it ended.", run.finished_at.as_deref());
    }
    text.gauge(
        "cycle_overdue_seconds",
        "For how long the schedule has fired without a cycle; 0 while one runs.",
    );
    text.value("", overdue_seconds);
    let next = state.next_run_at.as_deref();
    text.moment("next_cycle_timestamp_seconds", "When the schedule fires next.", next);
    text.0
}

/// Figures as they are written, one family after the other.
#[derive(Default)]
struct Text(String, String);

impl Text {
    /// Begins a family of gauges.
    fn gauge(&mut self, name: &str, help: &str) {
        self.1 = format!("backhaul_{name}");
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "# HELP {0} {help}\n# TYPE {0} gauge", self.1);
    }

    /// Writes a figure of the family; labels come in braces.
    fn value(&mut self, labels: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{}{labels} {value}", self.1);
    }

    /// Writes a family of one moment, in seconds since 1970; nothing where it is not known.
    fn moment(&mut self, name: &str, help: &str, moment: Option<&str>) {
        if let Some(moment) = moment.and_then(|moment| moment.parse::<Timestamp>().ok()) {
            self.gauge(name, help);
            self.value("", moment.as_second());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_is_overdue_from_the_tick_that_began_none() {
        let schedule = Schedule::parse("*/2 * * * *").unwrap();
        let moment = |text: &str| format!("2026-03-01T{text}Z").parse().unwrap();
        let overdue =
            |since, is_running, now| overdue_seconds(&schedule, moment(since), is_running, moment(now));
        assert!(overdue("09:00:05", false, "09:01:59") < 0.5);
        assert!((overdue("09:00:05", false, "09:17:00") - 900.0).abs() < 0.5);
        assert!(overdue("09:00:05", true, "11:00:00") < 0.5, "it takes long, and runs");
        let yearly = Schedule::parse("0 0 1 1 *").unwrap();
        assert!(overdue_seconds(&yearly, moment("09:00:05"), false, moment("23:00:00")) < 0.5);
    }
}
