//! Writes what is stuck for people: each cause once, with its remedy.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::paint;
use crate::models::problems::{ProblemGroup, ProblemGroups, ProblemState};
use crate::services::standing::Tone;
use crate::utils::wording::{away, counted, harmless, moment, name, thousands};

/// Most causes that are shown: as many as fit a screen.
const MOST_CAUSES: usize = 10;

/// Writes the causes below a heading; nothing when nothing is stuck.
pub(super) fn text(all: &ProblemGroups, now: Timestamp) -> String {
    let mut text = String::new();
    if all.groups.is_empty() {
        return text;
    }
    // Writing to a String cannot fail.
    let _ = write!(text, "\n\n{}", paint::strong("What is stuck, and why"));
    for group in all.groups.iter().take(MOST_CAUSES) {
        let _ = write!(text, "\n{}", of_group(group, now));
    }
    let others = all.groups.len().saturating_sub(MOST_CAUSES);
    if others > 0 || all.more {
        let least = if all.more { "at least " } else { "" };
        let others = counted(others.max(1) as u64, "more cause", "more causes");
        let _ = write!(text, "\n  {least}{others}; mend the ones above first");
    }
    text
}

fn of_group(group: &ProblemGroup, now: Timestamp) -> String {
    let needs_someone = group.state == ProblemState::Failed || is_table(group);
    let tone = if needs_someone { Tone::Bad } else { Tone::Warning };
    let since = group.oldest_at.parse().map_or_else(
        |_| group.oldest_at.clone(),
        |at: Timestamp| format!("{} ({})", moment(at), away(at, now)),
    );
    format!(
        "{} {} since {since}{}\n      {}\n{}",
        paint::tone(tone, format_args!("  {}", paint::sign(tone))),
        subject(group, tone),
        next_attempt(group),
        harmless(&group.message),
        paint::remedy(6, &harmless(&group.remedy))
    )
}

/// Tells whether a whole table waits, not single records of it.
const fn is_table(group: &ProblemGroup) -> bool {
    matches!(group.state, ProblemState::Held) && group.waits_for.is_none()
}

/// Names what is stuck, and how.
fn subject(group: &ProblemGroup, tone: Tone) -> String {
    let table = paint::strong(name(group.table_name.as_deref().unwrap_or("?")));
    if is_table(group) {
        let entries = counted(group.entries, "entry waits", "entries wait");
        let least = if group.at_least { "at least " } else { "" };
        return format!("table {table} is held, {least}{entries},");
    }
    let names: Vec<String> = group.examples.iter().map(|record| name(&record.record_id)).collect();
    let more = match group.records.saturating_sub(names.len() as u64) {
        0 => String::new(),
        more => format!(" and {} more", thousands(more)),
    };
    let state = match group.state {
        ProblemState::Failed => "FAILED",
        ProblemState::Waiting => "WAITING",
        ProblemState::Held => "HELD",
    };
    format!("{table} {}{more}: {}", names.join(", "), paint::tone(tone, state))
}

fn next_attempt(group: &ProblemGroup) -> String {
    match (group.state, group.next_attempt_at.as_deref()) {
        (ProblemState::Waiting, Some(at)) => {
            let at = at.parse().map_or_else(|_| at.to_owned(), moment);
            format!("; tried again at the first cycle after {at}")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::problems::NamedRecord;

    fn group(table: &str, state: ProblemState, records: &[&str]) -> ProblemGroup {
        let named = |id: &&str| NamedRecord { table_name: table.to_owned(), record_id: (*id).to_owned() };
        ProblemGroup {
            id: "1".to_owned(),
            state,
            table_name: Some(table.to_owned()),
            class: "data".to_owned(),
            code: None,
            message: "Duplicate entry '\u{1b}[31mada' for key 'email'".to_owned(),
            remedy: "give one of the two records another value".to_owned(),
            waits_for: None,
            records: 14,
            entries: 15,
            at_least: false,
            oldest_at: "2026-02-27T09:14:13.000000Z".to_owned(),
            next_attempt_at: None,
            examples: records.iter().map(named).collect(),
        }
    }

    fn told(groups: Vec<ProblemGroup>, more: bool) -> String {
        text(&ProblemGroups { groups, more }, "2026-03-01T09:14:13Z".parse().unwrap())
    }

    #[test]
    fn each_cause_has_its_remedy_and_can_do_nothing_to_a_terminal() {
        let mut held = group("notes", ProblemState::Held, &["1"]);
        held.message = "column notes.text is missing in DB_B".to_owned();
        held.remedy = "on DB_B: alter table `notes` add column `text` varchar(20) null".to_owned();
        let mut waiting = group("users", ProblemState::Waiting, &["4"]);
        (waiting.records, waiting.next_attempt_at) = (1, Some("2026-03-01T09:15:00.000000Z".to_owned()));
        let failed = group("users", ProblemState::Failed, &["3", "7, 8", "9\u{1b}[2J"]);
        let text = told(vec![failed, held, waiting], false);
        insta::assert_snapshot!(paint::bare(&text), @r#"
        What is stuck, and why
          ✗ users 3, "7, 8", 9\u{1b}[2J and 11 more: FAILED since 2026-02-27 09:14:13 UTC (2 d ago)
              Duplicate entry '\u{1b}[31mada' for key 'email'
              What to do: give one of the two records another value
          ✗ table notes is held, 15 entries wait, since 2026-02-27 09:14:13 UTC (2 d ago)
              column notes.text is missing in DB_B
              What to do: on DB_B:
                  alter table `notes` add column `text` varchar(20) null;
          ! users 4: WAITING since 2026-02-27 09:14:13 UTC (2 d ago); tried again at the first cycle after 2026-03-01 09:15:00 UTC
              Duplicate entry '\u{1b}[31mada' for key 'email'
              What to do: give one of the two records another value
        "#);
        assert!(!text.contains("\u{1b}[2J") && !text.contains("\u{1b}[31mada"), "{text:?}");
    }

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let many = |count| vec![group("users", ProblemState::Failed, &["1"]); count];
        assert_eq!(told(Vec::new(), false), "");
        assert!(!told(many(10), false).contains("more cause"));
        assert!(told(many(12), false).ends_with("\n  2 more causes; mend the ones above first"));
        assert!(told(many(50), true).ends_with("\n  at least 40 more causes; mend the ones above first"));
    }
}
