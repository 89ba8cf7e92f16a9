//! `backhaul status`.

use std::fmt::Write as _;

use anyhow::Context as _;
use tokio_util::task::TaskTracker;

use super::context::Context;
use super::exit;
use crate::db::local_db::LocalPool;
use crate::models::status::{EntryPage, EntryView, SyncState};
use crate::services::reachability::Reachability;
use crate::services::status::Status;
use crate::services::sync::SyncService;
use crate::utils::schedule::Schedule;

/// Shows the state of synchronisation.
pub async fn run(context: &Context) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let (stop, _watch) = Context::watch_signals()?;
    let reachability = Reachability::default();
    let sync = SyncService::new(context.environment.clone(), settings.clone(), reachability.clone(), stop);
    if context.environment.online_switch().is_on() {
        sync.probe_central().await;
    }
    let schedule = Schedule::parse(&settings.cron).ok();
    let local = LocalPool::new(&settings);
    let environment = context.environment.clone();
    let status = Status::new(
        local.clone(),
        environment,
        reachability,
        schedule,
        &settings.site_name,
        TaskTracker::new(),
    );
    let state = status
        .read(EntryPage::default())
        .await
        .with_context(|| format!("DB_A ({}) does not answer; see LOCAL_DATABASE_URL", settings.local))?;
    local.close().await;
    context.print(&state, text)?;
    Ok(exit::DONE)
}

/// Writes the state for people.
fn text(state: &SyncState) -> String {
    let online = match &state.offline_reason {
        None => "online".to_owned(),
        Some(reason) => format!("offline: {reason}"),
    };
    let counts = state.counts;
    let mut text = format!(
        "{online}\npending {} (held {})   failed {}   synced {}",
        counts.pending, counts.held, counts.failed, counts.synced
    );
    // Writing to a String cannot fail.
    if let Some(seconds) = state.oldest_pending_seconds {
        let _ = write!(text, "\noldest pending: {seconds:.0} s");
    }
    if let Some(run) = &state.last_run {
        let _ = write!(
            text,
            "\nlast cycle: {} at {} ({}): {} entries synced",
            run.outcome.as_deref().unwrap_or("unfinished"),
            run.finished_at.as_deref().unwrap_or(&run.started_at),
            run.trigger,
            run.entries_synced
        );
        if let Some(message) = &run.message {
            let _ = write!(text, "\n    {message}");
        }
    }
    let next = state.next_run_at.as_deref().unwrap_or("never");
    let _ = write!(text, "\nnext cycle: {next}, if `backhaul serve` runs");
    for entry in state.records.failed.iter().chain(&state.records.pending) {
        append_error(&mut text, entry);
    }
    text
}

/// Appends why an entry is stuck, if it is.
fn append_error(text: &mut String, entry: &EntryView) {
    if let Some(error) = &entry.error {
        let _ = write!(
            text,
            "\n{} {} {}: {}\n    What to do: {}",
            entry.sync_status.as_sql(),
            entry.table_name,
            entry.record_id,
            error.message,
            error.remedy
        );
    }
}
