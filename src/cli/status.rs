//! `backhaul status`.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;
use tokio_util::task::TaskTracker;

use super::context::{Context, of_request};
use super::{causes, exit, paint};
use crate::db::local_db::LocalPool;
use crate::models::cycle::Outcome;
use crate::models::problems::ProblemGroups;
use crate::models::status::{EntryPage, Run, Situation, SyncState};
use crate::services::problems::Problems;
use crate::services::reachability::Reachability;
use crate::services::standing::{Standing, Tone};
use crate::services::status::Status;
use crate::services::sync::SyncService;
use crate::utils::clock;
use crate::utils::schedule::Schedule;
use crate::utils::wording::{away, counted, harmless, moment, stretch, thousands};

/// What people are told besides the state itself.
#[derive(Debug)]
struct Besides {
    /// What is stuck, or why that is not known.
    causes: Result<ProblemGroups, String>,
    /// Where DB_B is, without the password.
    central: String,
    /// Why DB_B did not answer; `None` when it did, or was not asked.
    unreachable: Option<String>,
    /// Whether cycles that were due did not run.
    is_overdue: bool,
    now: Timestamp,
}

/// What is printed as JSON.
#[derive(Debug, Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    state: &'a SyncState,
    /// What is stuck, grouped by cause; null if it could not be listed.
    problems: Option<&'a ProblemGroups>,
}

/// Shows the state of synchronisation.
pub async fn run(context: &Context) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let (stop, _watch) = Context::watch_signals()?;
    let reachability = Reachability::default();
    let sync = SyncService::new(context.environment.clone(), settings.clone(), reachability.clone(), stop);
    let mut unreachable = None;
    if context.environment.online_switch().is_on() {
        unreachable = sync.probe_central().await.err().map(|error| error.with_hint());
    }
    let schedule = Schedule::parse(&settings.cron).ok();
    let local = LocalPool::new(&settings);
    let environment = context.environment.clone();
    let status = Status::new(
        local.clone(),
        environment,
        reachability,
        schedule.clone(),
        settings.clone(),
        TaskTracker::new(),
    );
    let state = status.read(EntryPage::default()).await.map_err(|error| of_request(error, &settings))?;
    // Besides the state: if it takes too long, the answer is shown without it.
    let causes = Problems::new(local.clone(), status.capture_gaps()).read().await;
    let causes = causes.map_err(|error| format!("{:#}", of_request(error, &settings)));
    local.close().await;
    let now = clock::now();
    let is_overdue = schedule.is_some_and(|schedule| is_overdue(&state, &schedule, now));
    let central = settings.central.to_string();
    let besides = Besides { causes, central, unreachable, is_overdue, now };
    let report = Report { state: &state, problems: besides.causes.as_ref().ok() };
    context.print(&report, |_| text(&state, &besides))?;
    Ok(exit::DONE)
}

/// Tells whether the schedule has fired twice since a cycle ended last, although something waits.
fn is_overdue(state: &SyncState, schedule: &Schedule, now: Timestamp) -> bool {
    let last = state.last_run.as_ref().and_then(|run| run.finished_at.as_deref()?.parse().ok());
    let second = last.and_then(|last: Timestamp| schedule.next_after(schedule.next_after(last)?));
    state.counts.pending > 0 && !state.running && second.is_some_and(|second| second < now)
}

/// Writes the state for people: the answer, then the figures, then what is stuck.
fn text(state: &SyncState, besides: &Besides) -> String {
    let standing = Standing::of(state, besides.now);
    let mut text = paint::sentence(standing.tone, &standing.sentence);
    text.push('\n');
    for (name, value) in figures(state, besides) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {name:<11} {value}");
    }
    match &besides.causes {
        Ok(groups) => text.push_str(&causes::text(groups, besides.now)),
        Err(why) => {
            let why = format_args!("What is stuck could not be listed: {}", harmless(why));
            let _ = write!(text, "\n\n{}", paint::tone(Tone::Warning, why));
        }
    }
    text
}

/// Lists the figures, each with its name.
fn figures(state: &SyncState, besides: &Besides) -> Vec<(&'static str, String)> {
    let counts = state.counts;
    let held =
        if counts.held > 0 { format!(", {} of them held", thousands(counts.held)) } else { String::new() };
    let failed = thousands(counts.failed);
    let failed = if counts.failed > 0 { paint::tone(Tone::Bad, failed) } else { failed };
    let mut figures = vec![
        ("pending", format!("{}{held}", thousands(counts.pending))),
        ("failed", failed),
        ("synced", thousands(counts.synced)),
    ];
    if let Some(oldest) = oldest(state, besides.now) {
        figures.insert(1, ("oldest", oldest));
    }
    figures.push(("DB_B", central(state, besides)));
    figures.push(("last cycle", last_cycle(state.last_run.as_ref(), besides)));
    if let Some(message) = last_message(state, besides) {
        figures.push(("", harmless(message)));
    }
    let next = state.next_run_at.as_deref().map_or_else(
        || "never".to_owned(),
        |next| format!("{}, if `backhaul serve` runs", when(next, besides.now)),
    );
    figures.push(("next cycle", next));
    if besides.is_overdue {
        let overdue =
            "cycles that were due did not run: does `backhaul serve` run? To run one now: backhaul sync";
        figures.push(("", paint::tone(Tone::Warning, overdue)));
    }
    figures
}

fn oldest(state: &SyncState, now: Timestamp) -> Option<String> {
    let age = std::time::Duration::try_from_secs_f64(state.oldest_pending_seconds?.max(0.0)).ok()?;
    let since =
        now.checked_sub(age).map_or_else(|_| String::new(), |since| format!(", since {}", moment(since)));
    Some(format!("{}{since}", stretch(age.as_secs())))
}

fn central(state: &SyncState, besides: &Besides) -> String {
    let address = &besides.central;
    match (&besides.unreachable, state.is_online) {
        (_, false) => format!("not asked, since IS_ONLINE is not true: {address}"),
        (Some(why), true) => {
            let why = paint::tone(Tone::Bad, harmless(why));
            let how = if state.state == Situation::Refused { "refuses this site" } else { "does not answer" };
            format!("{address} {how}: {why}; see CENTRAL_DATABASE_URL")
        }
        (None, true) => format!("answers: {address}"),
    }
}

fn last_cycle(run: Option<&Run>, besides: &Besides) -> String {
    let Some(run) = run else { return "none yet; to run one now: backhaul sync".to_owned() };
    let outcome = run.outcome.as_deref().unwrap_or("unfinished");
    let tone = match outcome {
        word if word == Outcome::Drained.as_str() => Tone::Good,
        word if word == Outcome::Stopped.as_str() || word == Outcome::Error.as_str() => Tone::Bad,
        _ => Tone::Warning,
    };
    let at = when(run.finished_at.as_deref().unwrap_or(&run.started_at), besides.now);
    let synced = counted(run.entries_synced, "entry", "entries");
    format!("{}, {at}, started by {}: {synced} synced", paint::tone(tone, outcome), run.trigger)
}

/// Gives what the last cycle said, unless it is what DB_B's own line says already.
fn last_message<'a>(state: &'a SyncState, besides: &Besides) -> Option<&'a str> {
    let run = state.last_run.as_ref()?;
    let is_said =
        besides.unreachable.is_some() && run.outcome.as_deref() == Some(Outcome::Unreachable.as_str());
    run.message.as_deref().filter(|_| !is_said)
}

/// Writes a moment of the report as people read it: how long ago, and when exactly.
fn when(text: &str, now: Timestamp) -> String {
    text.parse().map_or_else(|_| text.to_owned(), |at| format!("{} ({})", away(at, now), moment(at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::status::{Counts, EntryLists, NextAfter};

    fn state() -> SyncState {
        SyncState {
            site_name: "shop 1".to_owned(),
            version: "0.1.0",
            state: Situation::InSync,
            since: None,
            uncaptured: Some(Vec::new()),
            online: true,
            offline_reason: None,
            is_online: true,
            central_reachable: true,
            central_checked_at: Some("2026-03-01T09:14:00.000000Z".to_owned()),
            counts: Counts { pending: 0, synced: 120_000, failed: 0, held: 0 },
            counted_at: "2026-03-01T09:14:00.000000Z".to_owned(),
            oldest_pending_seconds: None,
            running: false,
            last_run: Some(Run {
                id: 17,
                trigger: "cron".to_owned(),
                started_at: "2026-03-01T09:12:00.000000Z".to_owned(),
                finished_at: Some("2026-03-01T09:12:01.250000Z".to_owned()),
                outcome: Some("drained".to_owned()),
                entries_synced: 1,
                entries_failed: 0,
                entries_held: 0,
                pending_after: None,
                failed_after: None,
                held_after: None,
                batches: 1,
                duration_ms: 1_250,
                message: None,
            }),
            next_run_at: Some("2026-03-01T09:16:00.000000Z".to_owned()),
            records: EntryLists::default(),
            next_after: NextAfter::default(),
        }
    }

    fn besides() -> Besides {
        Besides {
            causes: Ok(ProblemGroups::default()),
            central: "site@centre.example:3306/shop".to_owned(),
            unreachable: None,
            is_overdue: false,
            now: "2026-03-01T09:14:13Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_site_in_sync_is_told_in_one_sentence_and_a_few_figures() {
        insta::assert_snapshot!(paint::bare(&text(&state(), &besides())), @r"
        In sync: every change that was captured has arrived in DB_B.

          pending     0
          failed      0
          synced      120,000
          DB_B        answers: site@centre.example:3306/shop
          last cycle  drained, 2 min 12 s ago (2026-03-01 09:12:01 UTC), started by cron: 1 entry synced
          next cycle  in 1 min 47 s (2026-03-01 09:16:00 UTC), if `backhaul serve` runs
        ");
    }

    #[test]
    fn a_site_without_central_says_since_when_why_and_where() {
        let (mut state, mut besides) = (state(), besides());
        (state.online, state.central_reachable, state.state) = (false, false, Situation::Offline);
        state.since = Some("2026-03-01T09:02:13.000000Z".to_owned());
        state.counts.pending = 1_204;
        state.oldest_pending_seconds = Some(843.2);
        besides.unreachable =
            Some("no working connection: Connection refused (nothing listens there)".to_owned());
        besides.is_overdue = true;
        let run = state.last_run.as_mut().unwrap();
        (run.outcome, run.message) = (Some("unreachable".to_owned()), Some("said above already".to_owned()));
        insta::assert_snapshot!(paint::bare(&text(&state, &besides)), @r"
        Offline for 12 min: DB_B does not answer; 1,204 entries wait, the oldest for 14 min 3 s.

          pending     1,204
          oldest      14 min 3 s, since 2026-03-01 09:00:09 UTC
          failed      0
          synced      120,000
          DB_B        site@centre.example:3306/shop does not answer: no working connection: Connection refused (nothing listens there); see CENTRAL_DATABASE_URL
          last cycle  unreachable, 2 min 12 s ago (2026-03-01 09:12:01 UTC), started by cron: 1 entry synced
          next cycle  in 1 min 47 s (2026-03-01 09:16:00 UTC), if `backhaul serve` runs
                      cycles that were due did not run: does `backhaul serve` run? To run one now: backhaul sync
        ");
    }
}
