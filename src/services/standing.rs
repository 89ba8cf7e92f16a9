//! Judges how things stand, and says it in one sentence: in sync or not, and if not, since when and why.

use jiff::Timestamp;

use crate::models::cycle::Outcome;
use crate::models::status::{Counts, Situation, SyncState};
use crate::utils::wording::{counted, harmless, stretch, thousands};

/// How much a sentence should worry its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// It may pass by itself.
    Warning,
    /// A person must do something.
    Bad,
}

/// What the judgement rests on.
#[derive(Debug, Clone, Copy)]
pub struct Looks<'a> {
    /// What stands between both sides, if anything does.
    pub stands_between: Option<Situation>,
    /// Whether, as far as it can be seen, every change is captured.
    pub is_captured: bool,
    /// How the newest finished cycle ended.
    pub last_outcome: Option<&'a str>,
    /// How many entries are in which state.
    pub counts: Counts,
    /// Whether a cycle runs.
    pub running: bool,
}

impl Looks<'_> {
    /// Judges; what needs a person comes before what passes by itself.
    #[must_use]
    pub fn situation(&self) -> Situation {
        let ended = |outcome: Outcome| self.last_outcome == Some(outcome.as_str());
        let Counts { pending, failed, held, .. } = self.counts;
        match self.stands_between {
            _ if ended(Outcome::Stopped) => Situation::Stopped,
            _ if !self.is_captured => Situation::Escaping,
            Some(between) => between,
            None if ended(Outcome::Error) => Situation::Failing,
            None if failed > 0 || held > 0 => Situation::Stuck,
            None if pending > 0 && self.running => Situation::AtWork,
            None if pending > 0 => Situation::Behind,
            None if ended(Outcome::Partial) && !self.running => Situation::Uncertain,
            None => Situation::InSync,
        }
    }
}

/// The answer to "are we in sync?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How much it should worry.
    pub tone: Tone,
    /// The answer; it begins with one or two words that say it all, and since when.
    pub sentence: String,
}

impl Standing {
    /// Says a state in words.
    #[must_use]
    pub fn of(state: &SyncState, now: Timestamp) -> Self {
        let (waiting, failed) = (waiting(state), state.counts.failed);
        let (tone, word, rest) = match state.state {
            Situation::Stopped => (
                Tone::Bad,
                "Stopped",
                format!(
                    "DB_A or DB_B is not the one it was, and nothing is written until a person decides; {waiting}"
                ),
            ),
            Situation::Escaping => (Tone::Bad, "Changes escape", format!("{}; {waiting}", escaping(state))),
            Situation::Offline => {
                let tone = if failed > 0 { Tone::Bad } else { Tone::Warning };
                (tone, "Offline", format!("{}; {waiting}", offline(state)))
            }
            Situation::Refused => {
                (Tone::Bad, "Refused", format!("DB_B answers, and does not let this site in; {waiting}"))
            }
            Situation::Failing => {
                (Tone::Bad, "Failing", format!("the last cycle ended with an error of DB_A; {waiting}"))
            }
            Situation::Stuck => (Tone::Bad, "Stuck", stuck(state)),
            Situation::AtWork => (Tone::Good, "At work", format!("a cycle is running; {waiting}")),
            Situation::Behind => return Self { tone: Tone::Warning, sentence: behind(state) },
            Situation::Uncertain => (
                Tone::Warning,
                "Not certain",
                "nothing waits, but the last cycle ended early or found something that must be mended"
                    .to_owned(),
            ),
            Situation::InSync if state.running => {
                (Tone::Good, "In sync", "nothing waits, and a cycle is running".to_owned())
            }
            Situation::InSync => {
                (Tone::Good, "In sync", "every change that was captured has arrived in DB_B".to_owned())
            }
        };
        // How long something has waited is said behind.
        let says_age = matches!(state.state, Situation::AtWork | Situation::Uncertain);
        let since = state.since.as_deref().and_then(|since| since.parse().ok()).filter(|_| !says_age);
        let for_how_long =
            since.map_or_else(String::new, |since| format!(" for {}", time_between(since, now)));
        Self { tone, sentence: format!("{word}{for_how_long}: {rest}.") }
    }
}

fn time_between(since: Timestamp, now: Timestamp) -> String {
    stretch(u64::try_from(now.duration_since(since).as_secs()).unwrap_or_default())
}

fn escaping(state: &SyncState) -> String {
    let tables: Vec<String> =
        state.uncaptured.iter().flatten().map(|table| harmless(&table.message)).collect();
    match tables.len() {
        0..=2 => tables.join("; "),
        more => format!("{}; {} more tables are not captured", tables[0], more - 1),
    }
}

const fn offline(state: &SyncState) -> &'static str {
    match (state.is_online, &state.central_checked_at) {
        (false, _) => "IS_ONLINE is not true",
        (true, Some(_)) => "DB_B does not answer",
        (true, None) => "DB_B was not asked yet",
    }
}

fn behind(state: &SyncState) -> String {
    let entries = counted(state.counts.pending, "entry", "entries");
    let was_partial =
        state.last_run.as_ref().and_then(|run| run.outcome.as_deref()) == Some(Outcome::Partial.as_str());
    let why = if was_partial { "; the last cycle left some of them behind" } else { "" };
    format!("Behind by {entries}, the oldest for {}{why}.", age(state))
}

/// Says how much waits, as the second half of a sentence.
fn waiting(state: &SyncState) -> String {
    let failed = match state.counts.failed {
        0 => String::new(),
        1 => ", and 1 has FAILED".to_owned(),
        failed => format!(", and {} have FAILED", counted(failed, "entry", "entries")),
    };
    match state.counts.pending {
        0 => format!("nothing waits{failed}"),
        1 => format!("1 entry has waited for {}{failed}", age(state)),
        pending => {
            format!("{} wait, the oldest for {}{failed}", counted(pending, "entry", "entries"), age(state))
        }
    }
}

fn stuck(state: &SyncState) -> String {
    let counts = state.counts;
    let failed = match counts.failed {
        0 => None,
        1 => Some("1 entry has FAILED and needs a person".to_owned()),
        failed => Some(format!("{} have FAILED and need a person", counted(failed, "entry", "entries"))),
    };
    let held = match counts.held {
        0 => None,
        1 => Some("1 entry is held by another record or by its table".to_owned()),
        held => Some(format!(
            "{} are held by other records or by their tables",
            counted(held, "entry", "entries")
        )),
    };
    let others = match counts.pending.saturating_sub(counts.held) {
        0 => String::new(),
        1 => "; 1 more waits".to_owned(),
        others => format!("; {} more wait", thousands(others)),
    };
    let both: Vec<String> = failed.into_iter().chain(held).collect();
    format!("{}{others}", both.join(", "))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an age in whole seconds")]
fn age(state: &SyncState) -> String {
    stretch(state.oldest_pending_seconds.unwrap_or_default().max(0.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::status::{EntryLists, NextAfter, Run, Uncaptured};

    fn state(pending: u64, failed: u64, held: u64, outcome: &str) -> SyncState {
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
            counts: Counts { pending, synced: 120, failed, held },
            counted_at: "2026-03-01T09:14:00.000000Z".to_owned(),
            oldest_pending_seconds: (pending > 0).then_some(843.7),
            running: false,
            last_run: (!outcome.is_empty()).then(|| Run {
                id: 1,
                trigger: "cron".to_owned(),
                started_at: "2026-03-01T09:13:00.000000Z".to_owned(),
                finished_at: Some("2026-03-01T09:13:01.000000Z".to_owned()),
                outcome: Some(outcome.to_owned()),
                entries_synced: 0,
                entries_failed: 0,
                entries_held: 0,
                pending_after: None,
                failed_after: None,
                held_after: None,
                batches: 0,
                duration_ms: 1,
                message: None,
            }),
            next_run_at: None,
            records: EntryLists::default(),
            next_after: NextAfter::default(),
        }
    }

    /// Says the situation that the state shows.
    fn told(mut state: SyncState, since: &str) -> String {
        let stands_between =
            match (state.is_online && state.central_reachable, state.offline_reason.as_deref()) {
                (true, _) => None,
                (false, Some("refused")) => Some(Situation::Refused),
                (false, _) => Some(Situation::Offline),
            };
        let looks = Looks {
            stands_between,
            is_captured: state.uncaptured.as_ref().is_none_or(Vec::is_empty),
            last_outcome: state.last_run.as_ref().and_then(|run| run.outcome.as_deref()),
            counts: state.counts,
            running: state.running,
        };
        state.state = looks.situation();
        let is_known = !matches!(state.state, Situation::InSync | Situation::Escaping);
        state.since = is_known.then(|| since.to_owned());
        let Standing { tone, sentence } = Standing::of(&state, "2026-03-01T09:14:13Z".parse().unwrap());
        format!("{tone:?}: {sentence}")
    }

    #[test]
    fn each_state_has_its_sentence() {
        let told = |state: &SyncState| told(state.clone(), "2026-03-01T09:00:10Z");
        let mut all = vec![
            told(&state(0, 0, 0, "")),
            told(&state(0, 0, 0, "drained")),
            told(&state(0, 0, 0, "partial")),
            told(&state(1_204, 0, 0, "drained")),
            told(&state(1, 0, 0, "partial")),
            told(&state(1_204, 3, 2, "partial")),
            told(&state(0, 1, 0, "partial")),
            told(&state(1, 0, 1, "partial")),
            told(&state(5, 1, 0, "stopped")),
            told(&state(0, 0, 0, "error")),
        ];
        let mut running = state(7, 0, 0, "drained");
        running.running = true;
        all.push(told(&running));
        let mut away = state(1_204, 0, 0, "unreachable");
        away.central_reachable = false;
        all.push(told(&away));
        away.offline_reason = Some("refused".to_owned());
        all.push(told(&away));
        away.offline_reason = None;
        away.counts.failed = 2;
        away.central_checked_at = None;
        all.push(told(&away));
        away.is_online = false;
        all.push(told(&away));
        away.uncaptured = Some(vec![Uncaptured {
            table_name: "users".to_owned(),
            seen_at: String::new(),
            message: "changes of users escape".to_owned(),
            remedy: "run `backhaul install`".to_owned(),
        }]);
        all.push(told(&away));
        insta::assert_snapshot!(all.join("\n"), @r"
        Good: In sync: every change that was captured has arrived in DB_B.
        Good: In sync: every change that was captured has arrived in DB_B.
        Warning: Not certain: nothing waits, but the last cycle ended early or found something that must be mended.
        Warning: Behind by 1,204 entries, the oldest for 14 min 3 s.
        Warning: Behind by 1 entry, the oldest for 14 min 3 s; the last cycle left some of them behind.
        Bad: Stuck for 14 min 3 s: 3 entries have FAILED and need a person, 2 entries are held by other records or by their tables; 1,202 more wait.
        Bad: Stuck for 14 min 3 s: 1 entry has FAILED and needs a person.
        Bad: Stuck for 14 min 3 s: 1 entry is held by another record or by its table.
        Bad: Stopped for 14 min 3 s: DB_A or DB_B is not the one it was, and nothing is written until a person decides; 5 entries wait, the oldest for 14 min 3 s, and 1 has FAILED.
        Bad: Failing for 14 min 3 s: the last cycle ended with an error of DB_A; nothing waits.
        Good: At work: a cycle is running; 7 entries wait, the oldest for 14 min 3 s.
        Warning: Offline for 14 min 3 s: DB_B does not answer; 1,204 entries wait, the oldest for 14 min 3 s.
        Bad: Refused for 14 min 3 s: DB_B answers, and does not let this site in; 1,204 entries wait, the oldest for 14 min 3 s.
        Bad: Offline for 14 min 3 s: DB_B was not asked yet; 1,204 entries wait, the oldest for 14 min 3 s, and 2 entries have FAILED.
        Bad: Offline for 14 min 3 s: IS_ONLINE is not true; 1,204 entries wait, the oldest for 14 min 3 s, and 2 entries have FAILED.
        Bad: Changes escape: changes of users escape; 1,204 entries wait, the oldest for 14 min 3 s, and 2 entries have FAILED.
        ");
    }

    #[test]
    fn nothing_is_called_in_sync_that_is_not() {
        for outcome in ["", "drained", "partial", "offline", "unreachable", "busy", "stopped", "error"] {
            for (pending, failed, held) in [(1, 0, 0), (1, 0, 1), (0, 1, 0), (2, 1, 1)] {
                let state = state(pending, failed, held, outcome);
                assert!(!told(state.clone(), "").contains("In sync"), "{state:?}");
            }
        }
        let mut escaping = state(0, 0, 0, "drained");
        escaping.uncaptured = Some(vec![Uncaptured {
            table_name: "users".to_owned(),
            seen_at: String::new(),
            message: String::new(),
            remedy: String::new(),
        }]);
        assert!(told(escaping, "").starts_with("Bad: Changes escape"));
    }
}
