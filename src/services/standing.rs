//! Says in one sentence how things stand: in sync or not, and if not, since when and why.

use crate::models::cycle::Outcome;
use crate::models::status::{Run, SyncState};
use crate::utils::wording::{counted, stretch, thousands};

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

/// The answer to "are we in sync?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How much it should worry.
    pub tone: Tone,
    /// The answer; it begins with one or two words that say it all.
    pub sentence: String,
}

impl Standing {
    fn new(tone: Tone, sentence: impl Into<String>) -> Self {
        Self { tone, sentence: sentence.into() }
    }

    /// Judges a state; what needs a person comes before what passes by itself.
    #[must_use]
    pub fn of(state: &SyncState) -> Self {
        let waiting = waiting(state);
        if ended(state, Outcome::Stopped) {
            return Self::new(
                Tone::Bad,
                format!(
                    "Stopped: DB_A or DB_B is not the one it was, and nothing is written until a person decides; {waiting}."
                ),
            );
        }
        if let Some(why) = offline(state) {
            let tone = if state.counts.failed > 0 { Tone::Bad } else { Tone::Warning };
            return Self::new(tone, format!("Offline: {why}; {waiting}."));
        }
        if ended(state, Outcome::Error) {
            return Self::new(
                Tone::Bad,
                format!("Failing: the last cycle ended with an error of DB_A; {waiting}."),
            );
        }
        Self::online(state, &waiting)
    }

    /// Judges a state in which nothing stands between both sides but what single records are up to.
    fn online(state: &SyncState, waiting: &str) -> Self {
        let counts = state.counts;
        if counts.failed > 0 || counts.held > 0 {
            return Self::new(Tone::Bad, format!("Stuck: {}.", stuck(state)));
        }
        let was_partial = ended(state, Outcome::Partial);
        match (counts.pending, state.running, was_partial) {
            (0, true, _) => Self::new(Tone::Good, "In sync: nothing waits, and a cycle is running."),
            (0, false, true) => Self::new(
                Tone::Warning,
                "Not certain: nothing waits, but the last cycle ended early or found something that must be mended.",
            ),
            (0, false, false) => {
                Self::new(Tone::Good, "In sync: every change that was captured has arrived in DB_B.")
            }
            (_, true, _) => Self::new(Tone::Good, format!("At work: a cycle is running; {waiting}.")),
            (pending, false, was_partial) => {
                let entries = counted(pending, "entry", "entries");
                let why = if was_partial { "; the last cycle left some of them behind" } else { "" };
                Self::new(
                    Tone::Warning,
                    format!("Behind by {entries}, the oldest since {}{why}.", age(state)),
                )
            }
        }
    }
}

fn ended(state: &SyncState, outcome: Outcome) -> bool {
    state.last_run.as_ref().and_then(|run: &Run| run.outcome.as_deref()) == Some(outcome.as_str())
}

fn offline(state: &SyncState) -> Option<&'static str> {
    match (state.is_online, state.central_reachable, &state.central_checked_at) {
        (false, _, _) => Some("IS_ONLINE is not true"),
        (true, false, Some(_)) => Some("DB_B does not answer"),
        (true, false, None) => Some("DB_B was not asked yet"),
        (true, true, _) => None,
    }
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
        1 => format!("1 entry waits since {}{failed}", age(state)),
        pending => {
            format!("{} wait, the oldest since {}{failed}", counted(pending, "entry", "entries"), age(state))
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
    let oldest =
        if counts.pending > 0 { format!(", the oldest since {}", age(state)) } else { String::new() };
    let others = match counts.pending.saturating_sub(counts.held) {
        0 => String::new(),
        1 => "; 1 more waits its turn".to_owned(),
        others => format!("; {} more wait their turn", thousands(others)),
    };
    let both: Vec<String> = failed.into_iter().chain(held).collect();
    format!("{}{others}{oldest}", both.join(", "))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an age in whole seconds")]
fn age(state: &SyncState) -> String {
    stretch(state.oldest_pending_seconds.unwrap_or_default().max(0.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::status::{Counts, EntryLists, NextAfter};

    fn state(pending: u64, failed: u64, held: u64, outcome: &str) -> SyncState {
        SyncState {
            site_name: "shop 1".to_owned(),
            version: "0.1.0",
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

    fn told(state: &SyncState) -> String {
        let Standing { tone, sentence } = Standing::of(state);
        format!("{tone:?}: {sentence}")
    }

    #[test]
    fn each_state_has_its_sentence() {
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
        away.counts.failed = 2;
        away.central_checked_at = None;
        all.push(told(&away));
        away.is_online = false;
        all.push(told(&away));
        insta::assert_snapshot!(all.join("\n"), @r"
        Good: In sync: every change that was captured has arrived in DB_B.
        Good: In sync: every change that was captured has arrived in DB_B.
        Warning: Not certain: nothing waits, but the last cycle ended early or found something that must be mended.
        Warning: Behind by 1,204 entries, the oldest since 14 min 3 s.
        Warning: Behind by 1 entry, the oldest since 14 min 3 s; the last cycle left some of them behind.
        Bad: Stuck: 3 entries have FAILED and need a person, 2 entries are held by other records or by their tables; 1,202 more wait their turn, the oldest since 14 min 3 s.
        Bad: Stuck: 1 entry has FAILED and needs a person.
        Bad: Stuck: 1 entry is held by another record or by its table, the oldest since 14 min 3 s.
        Bad: Stopped: DB_A or DB_B is not the one it was, and nothing is written until a person decides; 5 entries wait, the oldest since 14 min 3 s, and 1 has FAILED.
        Bad: Failing: the last cycle ended with an error of DB_A; nothing waits.
        Good: At work: a cycle is running; 7 entries wait, the oldest since 14 min 3 s.
        Warning: Offline: DB_B does not answer; 1,204 entries wait, the oldest since 14 min 3 s.
        Bad: Offline: DB_B was not asked yet; 1,204 entries wait, the oldest since 14 min 3 s, and 2 entries have FAILED.
        Bad: Offline: IS_ONLINE is not true; 1,204 entries wait, the oldest since 14 min 3 s, and 2 entries have FAILED.
        ");
    }

    #[test]
    fn nothing_is_called_in_sync_that_is_not() {
        for outcome in ["", "drained", "partial", "offline", "unreachable", "busy", "stopped", "error"] {
            for (pending, failed, held) in [(1, 0, 0), (1, 0, 1), (0, 1, 0), (2, 1, 1)] {
                let state = state(pending, failed, held, outcome);
                assert!(!Standing::of(&state).sentence.starts_with("In sync"), "{state:?}");
            }
        }
    }
}
