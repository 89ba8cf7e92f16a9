//! What to do about a record, in plain words.

use crate::db::local_db::Story;
use crate::db::mapping::TableProblem;
use crate::models::entry::{RecordName, SyncStatus};
use crate::models::explanation::{FailureStory, HoldingRecord, Sameness};
use crate::utils::wording::{name, shell_word};

/// Lists the steps; none when there is nothing to do.
pub(super) fn steps(
    record: &RecordName,
    verdict: Sameness,
    story: &Story,
    problem: Option<&TableProblem>,
) -> Vec<String> {
    if let Some(problem) = problem {
        return vec![
            format!("{}.", sentence(&problem.message)),
            format!("To mend it: {}", problem.remedy),
            "Its entries wait and go by themselves at the next cycle.".to_owned(),
        ];
    }
    if let Some(held) = &story.table_held {
        return vec![
            format!("The whole table is held: {}.", held.message),
            format!("To mend it: {}", held.remedy),
        ];
    }
    let is_open = story.entries.iter().any(|entry| entry.sync_status != SyncStatus::Synced);
    match &story.failure {
        Some(failure) if is_open => after_failure(record, failure),
        Some(_) | None if is_open => {
            vec!["It is queued and goes with the next cycle; to run one now: backhaul sync".to_owned()]
        }
        Some(_) | None => mend(record, verdict),
    }
}

/// Says what to do about a record that DB_B rejected, or that another one holds.
fn after_failure(record: &RecordName, failure: &FailureStory) -> Vec<String> {
    let mend = format!("To mend it: {}", failure.remedy);
    if let Some(holder) = &failure.waits_for {
        return waiting_for(holder, failure, mend);
    }
    let mut steps = vec![mend];
    if failure.state == "FAILED" {
        steps.push(format!(
            "Then: backhaul retry --table {} --record {}",
            shell_word(&record.table),
            shell_word(&record.record_id)
        ));
    } else if let Some(at) = &failure.next_attempt_at {
        steps.push(format!("It is tried again at the first cycle after {at}."));
    }
    steps
}

/// Says what to do about a record that waits for another, or for that one's table.
fn waiting_for(holder: &HoldingRecord, failure: &FailureStory, mend: String) -> Vec<String> {
    let HoldingRecord { table_name, record_id } = holder;
    let goes = format!(
        "It goes by itself once {} {} has arrived; what becomes of that one: backhaul explain {} {}",
        name(table_name),
        name(record_id),
        shell_word(table_name),
        shell_word(record_id)
    );
    // Where it waits for nothing but that record, its remedy says the same.
    if failure.remedy.starts_with("nothing") { vec![goes] } else { vec![mend, goes] }
}

/// Says how to mend a difference of which the queue knows nothing.
fn mend(record: &RecordName, verdict: Sameness) -> Vec<String> {
    match verdict {
        Sameness::Same | Sameness::Unknown => Vec::new(),
        Sameness::Nowhere => {
            vec![format!("Neither side has {} {}; look whether the key is spelt as the queue prints it.", name(&record.table), name(&record.record_id))]
        }
        Sameness::Different | Sameness::OnlyLocal => vec![
            "No entry waits for it, so it does not travel by itself: it was there before its table was captured, \
             or DB_B was changed by someone else."
                .to_owned(),
            "To queue all that differs: backhaul verify --repair".to_owned(),
        ],
        Sameness::OnlyCentral => vec![
            "DB_A has no such record and never deletes unasked what only DB_B has.".to_owned(),
            "To delete in DB_B all that only DB_B has: backhaul verify --repair --delete-extra".to_owned(),
        ],
    }
}

/// Begins a message with a capital letter.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_begins_with_a_capital_letter() {
        assert_eq!(sentence("table x is missing"), "Table x is missing");
    }
}
