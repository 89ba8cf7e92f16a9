//! `backhaul explain`.

use std::fmt::Write as _;
use std::io::{IsTerminal, stdout};

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};

use super::context::Context;
use super::exit;
use crate::models::entry::RecordName;
use crate::models::explanation::{Explanation, FailureStory, FieldPair, Sameness};
use crate::services::explain::Explain;

/// The arguments of `explain`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The record's table
    table: String,
    /// Its primary key, as `status` shows it
    #[arg(allow_hyphen_values = true)]
    record: String,
}

/// Tells the story of one record.
pub async fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let record =
        RecordName { table: arguments.table.as_str().into(), record_id: arguments.record.as_str().into() };
    let explanation = Explain::new(settings, context.environment.clone()).run(&record).await?;
    context.print(&explanation, text)?;
    Ok(match explanation.verdict {
        Sameness::Same | Sameness::Nowhere => exit::DONE,
        Sameness::Different | Sameness::OnlyLocal | Sameness::OnlyCentral => exit::DIFFERENT,
        // A table that cannot be compared is a difference between the tables themselves.
        Sameness::Unknown if explanation.table_refused => exit::DIFFERENT,
        Sameness::Unknown => exit::WITHOUT_CENTRAL,
    })
}

/// Writes the story for people.
fn text(explanation: &Explanation) -> String {
    let record = format!("{} {}", explanation.table_name, explanation.record_id);
    let verdict = match explanation.verdict {
        Sameness::Same => "is the same on both sides.",
        Sameness::Different => "differs between DB_A and DB_B.",
        Sameness::OnlyLocal => "is in DB_A and not in DB_B.",
        Sameness::OnlyCentral => "is in DB_B and not in DB_A.",
        Sameness::Nowhere => "is on neither side.",
        Sameness::Unknown => "cannot be compared.",
    };
    let mut text = format!("{record} {verdict}");
    // Writing to a String cannot fail.
    if let Some(note) = &explanation.note {
        let _ = write!(text, "\nNote: {note}.");
    }
    if !explanation.columns.is_empty() {
        let _ = write!(text, "\n\n{}", fields(&explanation.columns, explanation.verdict));
    }
    let _ = write!(text, "\n\n{}", entries(explanation));
    if let Some(failure) = &explanation.failure {
        let _ = write!(text, "\n\n{}", failure_text(failure));
    }
    if let Some(held) = &explanation.table_held {
        let _ = write!(text, "\n\nThe table is held since {}: {}", held.held_since, held.message);
    }
    if explanation.what_to_do.is_empty() {
        text.push_str("\n\nThere is nothing to do.");
    } else {
        let _ = write!(text, "\n\nWhat to do:\n    {}", explanation.what_to_do.join("\n    "));
    }
    text
}

/// Puts both sides beside each other; a side without the row shows no values, rather than NULL everywhere.
fn fields(columns: &[FieldPair], verdict: Sameness) -> String {
    let value =
        |shown: String, absent: &[Sameness]| if absent.contains(&verdict) { "-".to_owned() } else { shown };
    let mut table = table();
    table.set_header(["column", "DB_A", "DB_B", ""]);
    for field in columns {
        let mark = match field.same {
            Some(true) => "same",
            Some(false) => "DIFFERS",
            None => "",
        };
        table.add_row([
            field.column.clone(),
            value(shown(field.local.as_ref()), &[Sameness::OnlyCentral]),
            value(shown(field.central.as_ref()), &[Sameness::OnlyLocal, Sameness::Unknown]),
            mark.to_owned(),
        ]);
    }
    lines(&table)
}

fn entries(explanation: &Explanation) -> String {
    if explanation.entries.is_empty() {
        return "The queue holds no entry of it.".to_owned();
    }
    let mut table = table();
    table.set_header(["entry", "operation", "when", "status", "retries", "batch"]);
    for entry in &explanation.entries {
        let batch = entry.batch.as_ref().map_or_else(String::new, |batch| {
            let settled = batch.settled_at.as_deref().unwrap_or("in doubt");
            format!("{} ({settled})", batch.number)
        });
        table.add_row([
            entry.id.to_string(),
            entry.operation.as_sql().to_owned(),
            entry.last_updated_at.clone(),
            entry.sync_status.as_sql().to_owned(),
            entry.retry_count.to_string(),
            batch,
        ]);
    }
    let more = if explanation.more_entries { "\n… and older ones" } else { "" };
    format!("{}{more}", lines(&table))
}

fn failure_text(failure: &FailureStory) -> String {
    let code = failure.code.map_or_else(String::new, |code| format!(", error {code}"));
    let held = failure
        .waits_for
        .as_ref()
        .map_or_else(String::new, |holder| format!(" by {} {}", holder.table_name, holder.record_id));
    format!(
        "{}{held} ({}{code}) after {} judged attempts, first {}, last {}:\n    {}",
        failure.state,
        failure.class,
        failure.attempts,
        failure.first_failed_at,
        failure.last_failed_at,
        failure.message
    )
}

/// Draws lines on a terminal, and nothing but columns elsewhere.
fn table() -> Table {
    let mut table = Table::new();
    if stdout().is_terminal() {
        table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    } else {
        table.load_style(presets::NOTHING);
    }
    table
}

fn lines(table: &Table) -> String {
    table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Writes a value so that it can do nothing to a terminal.
fn shown(value: Option<&String>) -> String {
    let Some(value) = value else { return "NULL".to_owned() };
    let escape = |letter: char| {
        if letter.is_control() { letter.escape_default().to_string() } else { letter.to_string() }
    };
    value.chars().map(escape).collect()
}
