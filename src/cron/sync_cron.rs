//! Runs a cycle whenever the schedule says so.

use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::models::cycle::{CycleReport, Outcome, Trigger};
use crate::services::sync::SyncService;
use crate::utils::clock;
use crate::utils::pulse::Pulse;
use crate::utils::schedule::Schedule;

/// The longest sleep: a sleeping timer does not see the clock being set or the machine waking up,
/// so the wall clock is read again at least this often.
const LONGEST_SLEEP: Duration = Duration::from_secs(15);

/// Runs cycles until `stop` is cancelled, and then until the running one has ended; shows a sign of life at each turn.
pub async fn run(schedule: Schedule, sync: SyncService, pulse: Pulse, stop: CancellationToken) {
    let mut ticks = Ticks::new(schedule, clock::now());
    let mut cycles = JoinSet::new();
    while !stop.is_cancelled() {
        pulse.next_within(LONGEST_SLEEP);
        match ticks.at(clock::now()) {
            Tick::Due => begin(&mut cycles, &sync),
            Tick::Wait(time) => {
                tokio::select! {
                    () = tokio::time::sleep(time) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
    }
    while let Some(ended) = cycles.join_next().await {
        report(ended);
    }
}

/// Begins a cycle, unless the one before is still running.
fn begin(cycles: &mut JoinSet<CycleReport>, sync: &SyncService) {
    while let Some(ended) = cycles.try_join_next() {
        report(ended);
    }
    if !cycles.is_empty() {
        tracing::warn!("skipped a tick of SYNC_CRON: the cycle of an earlier tick is still running");
        return;
    }
    let sync = sync.clone();
    cycles.spawn(async move { sync.run(Trigger::Cron).await });
}

/// Says what the cycle itself cannot say: that it had to stand back, or that it panicked.
fn report(ended: Result<CycleReport, tokio::task::JoinError>) {
    match ended {
        Ok(report) if report.outcome == Outcome::Busy => {
            tracing::warn!("skipped a tick of SYNC_CRON: a cycle started elsewhere was running");
        }
        Ok(_) => {}
        Err(error) => {
            tracing::error!(%error, "a cycle ended without a report; the next tick settles what it left");
        }
    }
}

/// What to do at a moment.
#[derive(Debug, PartialEq, Eq)]
enum Tick {
    /// The schedule fires.
    Due,
    /// Look at the clock again after this time.
    Wait(Duration),
}

/// The moments at which the schedule fires, seen from a clock that may jump.
#[derive(Debug)]
struct Ticks {
    schedule: Schedule,
    next: Option<Timestamp>,
}

impl Ticks {
    fn new(schedule: Schedule, now: Timestamp) -> Self {
        let next = schedule.next_after(now);
        Self { schedule, next }
    }

    /// Decides what to do now. Ticks missed while the machine slept count as one; when the clock was set back,
    /// the schedule is followed from where the clock now stands.
    fn at(&mut self, now: Timestamp) -> Tick {
        let upcoming = self.schedule.next_after(now);
        if self.next.is_some_and(|next| next <= now) {
            self.next = upcoming;
            return Tick::Due;
        }
        self.next = [self.next, upcoming].into_iter().flatten().min();
        let until = self.next.and_then(|next| Duration::try_from(next.duration_since(now)).ok());
        Tick::Wait(until.map_or(LONGEST_SLEEP, |until| until.min(LONGEST_SLEEP)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::config::{Environment, Settings};
    use crate::services::reachability::Reachability;
    use crate::utils::pulse::MARGIN;

    #[tokio::test]
    async fn the_loop_owes_a_sign_of_life_at_each_turn() {
        let urls = ["LOCAL", "CENTRAL"]
            .map(|side| (format!("{side}_DATABASE_URL"), format!("mysql://a:b@127.0.0.1:1/no_{side}")));
        let settings = Arc::new(Settings::from_values(&BTreeMap::from(urls)).unwrap());
        let (stop, pulse) = (CancellationToken::new(), Pulse::default());
        let environment = Arc::new(Environment::new(None, []));
        let sync = SyncService::new(environment, settings, Reachability::default(), stop.clone());
        let mut turning = JoinSet::new();
        let yearly = Schedule::parse("0 0 1 1 *").unwrap();
        turning.spawn(run(yearly, sync, pulse.clone(), stop));
        let later = clock::monotonic() + LONGEST_SLEEP + MARGIN + Duration::from_secs(30);
        let turned = tokio::time::timeout(Duration::from_secs(10), async {
            while !pulse.is_overdue(later) {
                tokio::task::yield_now().await;
            }
        });
        turned.await.expect("no sign is owed");
        assert!(!pulse.is_overdue(clock::monotonic() + LONGEST_SLEEP), "as long as it may sleep");
    }

    fn moment(text: &str) -> Timestamp {
        format!("2026-03-01T{text}Z").parse().unwrap()
    }

    fn ticks(now: &str) -> Ticks {
        Ticks::new(Schedule::parse("*/2 * * * *").unwrap(), moment(now))
    }

    #[test]
    fn it_sleeps_until_the_tick_but_never_long() {
        let mut ticks = ticks("09:00:00");
        assert_eq!(ticks.at(moment("09:00:00.5")), Tick::Wait(LONGEST_SLEEP));
        assert_eq!(ticks.at(moment("09:01:59")), Tick::Wait(Duration::from_secs(1)));
        assert_eq!(ticks.at(moment("09:02:00")), Tick::Due);
        assert_eq!(ticks.at(moment("09:02:00")), Tick::Wait(LONGEST_SLEEP));
    }

    #[test]
    fn ticks_missed_while_the_machine_slept_count_as_one() {
        let mut ticks = ticks("09:00:00");
        assert_eq!(ticks.at(moment("10:31:07")), Tick::Due);
        assert_eq!(ticks.at(moment("10:31:50")), Tick::Wait(Duration::from_secs(10)));
    }

    #[test]
    fn a_clock_set_back_does_not_silence_the_schedule() {
        let mut ticks = ticks("09:00:00");
        assert_eq!(ticks.at(moment("07:00:00")), Tick::Wait(LONGEST_SLEEP));
        assert_eq!(ticks.at(moment("07:02:00")), Tick::Due);
    }
}
