//! `backhaul status`.

use std::fmt::Write as _;

use jiff::Timestamp;
use tokio_util::task::TaskTracker;

use super::context::{Context, of_request};
use super::{exit, paint};
use crate::db::local_db::LocalPool;
use crate::models::cycle::Outcome;
use crate::models::status::{EntryPage, Run, SyncState};
use crate::models::stuck::{Stuck, StuckRecords, StuckTable};
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
    stuck: Stuck,
    /// Why it is not known what is stuck.
    not_listed: Option<String>,
    /// Where DB_B is, without the password.
    central: String,
    /// Why DB_B did not answer; `None` when it did, or was not asked.
    unreachable: Option<String>,
    /// Whether cycles that were due did not run.
    is_overdue: bool,
    now: Timestamp,
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
        &settings.site_name,
        TaskTracker::new(),
    );
    let state = status.read(EntryPage::default()).await.map_err(|error| of_request(error, &settings))?;
    // Besides the state: if it takes too long, the answer is shown without it.
    let stuck = if context.wants_json() { Ok(Stuck::default()) } else { status.stuck().await };
    let (stuck, not_listed) = match stuck {
        Ok(stuck) => (stuck, None),
        Err(error) => (Stuck::default(), Some(format!("{:#}", of_request(error, &settings)))),
    };
    local.close().await;
    let now = clock::now();
    let is_overdue = schedule.is_some_and(|schedule| is_overdue(&state, &schedule, now));
    let central = settings.central.to_string();
    let besides = Besides { stuck, not_listed, central, unreachable, is_overdue, now };
    context.print(&state, |state| text(state, &besides))?;
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
    let standing = Standing::of(state);
    let mut text = paint::sentence(standing.tone, &standing.sentence);
    text.push('\n');
    for (name, value) in figures(state, besides) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {name:<11} {value}");
    }
    let stuck = &besides.stuck;
    if !stuck.tables.is_empty() || !stuck.records.is_empty() {
        let _ = write!(text, "\n\n{}", paint::strong("What is stuck, and why"));
    }
    for table in &stuck.tables {
        let _ = write!(text, "\n{}", of_table(table, besides.now));
    }
    for records in &stuck.records {
        let _ = write!(text, "\n{}", of_records(records, besides.now));
    }
    if let Some(why) = &besides.not_listed {
        let why = format_args!("What is stuck could not be listed: {}", harmless(why));
        let _ = write!(text, "\n\n{}", paint::tone(Tone::Warning, why));
    }
    if stuck.more_records > 0 {
        let more = counted(stuck.more_records, "more record is", "more records are");
        let _ = write!(text, "\n  {more} stuck for other reasons; mend the ones above first");
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
            format!("{address} does not answer: {why}; see CENTRAL_DATABASE_URL")
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

fn of_table(table: &StuckTable, now: Timestamp) -> String {
    format!(
        "{} table {} is held since {}\n      {}\n{}",
        paint::tone(Tone::Bad, format_args!("  {}", paint::sign(Tone::Bad))),
        paint::strong(&table.table),
        since(&table.since, now),
        harmless(&table.message),
        paint::remedy(6, &harmless(&table.remedy))
    )
}

fn of_records(records: &StuckRecords, now: Timestamp) -> String {
    let tone = if records.state == "FAILED" { Tone::Bad } else { Tone::Warning };
    let more = match records.count.saturating_sub(records.first.len() as u64) {
        0 => String::new(),
        more => format!(" and {} more", thousands(more)),
    };
    let names: Vec<String> = records.first.iter().map(|name| harmless(name)).collect();
    let next = match (records.state.as_str(), &records.next_attempt_at) {
        ("WAITING", Some(at)) => format!("; tried again at the first cycle after {}", at_moment(at)),
        (_, _) => String::new(),
    };
    format!(
        "{} {} {}{more}: {} since {}{next}\n      {}\n{}",
        paint::tone(tone, format_args!("  {}", paint::sign(tone))),
        paint::strong(&records.table),
        names.join(", "),
        paint::tone(tone, &records.state),
        since(&records.since, now),
        harmless(&records.message),
        paint::remedy(6, &harmless(&records.remedy))
    )
}

/// Writes a moment of the report as people read it: how long ago, and when exactly.
fn when(text: &str, now: Timestamp) -> String {
    text.parse().map_or_else(|_| text.to_owned(), |at| format!("{} ({})", away(at, now), moment(at)))
}

fn since(text: &str, now: Timestamp) -> String {
    text.parse().map_or_else(|_| text.to_owned(), |at| format!("{} ({})", moment(at), away(at, now)))
}

fn at_moment(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), moment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::status::{Counts, EntryLists, NextAfter};

    fn state() -> SyncState {
        SyncState {
            site_name: "shop 1".to_owned(),
            version: "0.1.0",
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
            stuck: Stuck::default(),
            not_listed: None,
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
        (state.online, state.central_reachable) = (false, false);
        state.counts.pending = 1_204;
        state.oldest_pending_seconds = Some(843.2);
        besides.unreachable =
            Some("no working connection: Connection refused (nothing listens there)".to_owned());
        besides.is_overdue = true;
        let run = state.last_run.as_mut().unwrap();
        (run.outcome, run.message) = (Some("unreachable".to_owned()), Some("said above already".to_owned()));
        insta::assert_snapshot!(paint::bare(&text(&state, &besides)), @r"
        Offline: DB_B does not answer; 1,204 entries wait, the oldest since 14 min 3 s.

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

    #[test]
    fn what_is_stuck_is_grouped_with_its_remedy_and_can_do_nothing_to_a_terminal() {
        let (mut state, mut besides) = (state(), besides());
        state.counts = Counts { pending: 5, synced: 10, failed: 14, held: 3 };
        state.oldest_pending_seconds = Some(60.0);
        let run = state.last_run.as_mut().unwrap();
        (run.outcome, run.message) = (Some("partial".to_owned()), Some("some records failed".to_owned()));
        besides.stuck = Stuck {
            tables: vec![StuckTable {
                table: "notes".to_owned(),
                message: "column notes.text is missing in DB_B".to_owned(),
                remedy: "on DB_B: alter table `notes` add column `text` varchar(20) null".to_owned(),
                since: "2026-03-01T08:00:00.000000Z".to_owned(),
            }],
            records: vec![StuckRecords {
                table: "users".to_owned(),
                state: "FAILED".to_owned(),
                count: 14,
                first: vec!["3".to_owned(), "7".to_owned(), "9\u{1b}[2J".to_owned()],
                message: "Duplicate entry '\u{1b}[31mada' for key 'email'".to_owned(),
                remedy: "give one of the two records another value".to_owned(),
                since: "2026-02-27T09:14:13.000000Z".to_owned(),
                next_attempt_at: None,
            }],
            more_records: 2,
        };
        let text = text(&state, &besides);
        insta::assert_snapshot!(paint::bare(&text), @r"
        Stuck: 14 entries have FAILED and need a person, 3 entries are held by other records or by their tables; 2 more wait their turn, the oldest since 1 min.

          pending     5, 3 of them held
          oldest      1 min, since 2026-03-01 09:13:13 UTC
          failed      14
          synced      10
          DB_B        answers: site@centre.example:3306/shop
          last cycle  partial, 2 min 12 s ago (2026-03-01 09:12:01 UTC), started by cron: 1 entry synced
                      some records failed
          next cycle  in 1 min 47 s (2026-03-01 09:16:00 UTC), if `backhaul serve` runs

        What is stuck, and why
          ✗ table notes is held since 2026-03-01 08:00:00 UTC (1 h 14 min ago)
              column notes.text is missing in DB_B
              What to do: on DB_B:
                  alter table `notes` add column `text` varchar(20) null;
          ✗ users 3, 7, 9\u{1b}[2J and 11 more: FAILED since 2026-02-27 09:14:13 UTC (2 d ago)
              Duplicate entry '\u{1b}[31mada' for key 'email'
              What to do: give one of the two records another value
          2 more records are stuck for other reasons; mend the ones above first
        ");
        assert!(!text.contains("\u{1b}[2J") && !text.contains("\u{1b}[31mada"), "{text:?}");
    }
}
