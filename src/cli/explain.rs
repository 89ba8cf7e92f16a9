//! `backhaul explain`.

use std::fmt::Write as _;
use std::io::{IsTerminal, stdout};

use clap::Args;
use comfy_table::{Attribute, Cell, Color, ContentArrangement, Row, Table, presets};

use super::context::Context;
use super::{exit, paint};
use crate::models::entry::{RecordName, SyncStatus};
use crate::models::explanation::{Explanation, FailureStory, FieldPair, Sameness};
use crate::services::explain::Explain;
use crate::services::standing::Tone;
use crate::utils::wording::{harmless, name, thousands};

/// Most lines of one value on a terminal; more of it would push the other fields off the screen.
const MOST_LINES: usize = 3;

/// Beginnings of two values that are the same for this many letters or more are cut, so that the difference is seen.
const LONG_BEGINNING: usize = 40;

/// How many letters before the difference are shown all the same.
const SHOWN_BEFORE: usize = 10;

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
    let place = if stdout().is_terminal() { Place::Terminal(None) } else { Place::Elsewhere };
    context.print(&explanation, |explanation| text(explanation, place))?;
    Ok(match explanation.verdict {
        Sameness::Same | Sameness::Nowhere => exit::DONE,
        Sameness::Different | Sameness::OnlyLocal | Sameness::OnlyCentral => exit::DIFFERENT,
        // A table that cannot be compared is a difference between the tables themselves.
        Sameness::Unknown if explanation.table_refused => exit::DIFFERENT,
        Sameness::Unknown => exit::WITHOUT_CENTRAL,
    })
}

/// Where the story is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Lines are drawn, and long values are cut so that both sides fit beside each other: the terminal is as wide as it says
    /// itself, or as given.
    Terminal(Option<u16>),
    /// Columns and nothing else, with whole values.
    Elsewhere,
}

/// Writes the story for people.
fn text(explanation: &Explanation, place: Place) -> String {
    let record = format!("{} {}", name(&explanation.table_name), name(&explanation.record_id));
    let (tone, verdict) = match explanation.verdict {
        Sameness::Same => (Tone::Good, "is the same on both sides."),
        Sameness::Different => (Tone::Bad, "differs between DB_A and DB_B."),
        Sameness::OnlyLocal => (Tone::Bad, "is in DB_A and not in DB_B."),
        Sameness::OnlyCentral => (Tone::Bad, "is in DB_B and not in DB_A."),
        Sameness::Nowhere => (Tone::Warning, "is on neither side."),
        Sameness::Unknown => (Tone::Warning, "cannot be compared."),
    };
    let mut text = paint::headline(tone, format_args!("{record} {verdict}"));
    // Writing to a String cannot fail.
    if let Some(note) = &explanation.note {
        let _ = write!(text, "\n{}", paint::tone(Tone::Warning, format_args!("Note: {}.", harmless(note))));
    }
    if !explanation.columns.is_empty() {
        let _ = write!(text, "\n\n{}", fields(&explanation.columns, explanation.verdict, place));
    }
    let _ = write!(text, "\n\n{}", entries(explanation, place));
    if let Some(failure) = &explanation.failure {
        let _ = write!(text, "\n\n{}", failure_text(failure));
    }
    if let Some(held) = &explanation.table_held {
        let _ = write!(text, "\n\nThe table is held since {}: {}", held.held_since, harmless(&held.message));
    }
    if explanation.what_to_do.is_empty() {
        text.push_str("\n\nThere is nothing to do.");
    } else {
        let steps: Vec<String> = explanation.what_to_do.iter().map(|step| self::step(step)).collect();
        let _ = write!(text, "\n\n{}\n    {}", paint::strong("What to do:"), steps.join("\n    "));
    }
    text
}

/// Makes the command at the end of a step stand out.
fn step(step: &str) -> String {
    match step.rsplit_once(": ").filter(|(_, last)| last.starts_with("backhaul ")) {
        Some((words, command)) => format!("{}: {}", harmless(words), paint::strong(harmless(command))),
        None => harmless(step),
    }
}

/// Puts both sides beside each other; a side without the row shows no values, rather than NULL everywhere.
fn fields(columns: &[FieldPair], verdict: Sameness, place: Place) -> String {
    let value =
        |shown: String, absent: &[Sameness]| if absent.contains(&verdict) { "-".to_owned() } else { shown };
    let mut table = table(place);
    table.set_header(["column", "DB_A", "DB_B", ""]);
    for field in columns {
        let (mut here, mut there) = (shown(field.local.as_ref()), shown(field.central.as_ref()));
        if place != Place::Elsewhere && field.same == Some(false) {
            (here, there) = without_common_beginning(&here, &there);
        }
        let cells = [
            harmless(&field.column),
            value(here, &[Sameness::OnlyCentral]),
            value(there, &[Sameness::OnlyLocal, Sameness::Unknown]),
            mark(field.same, verdict).to_owned(),
        ];
        let paint = |cell: String| match field.same {
            Some(false) => Cell::new_owned(cell).fg(Color::Red).add_attribute(Attribute::Bold),
            Some(true) | None => Cell::new_owned(cell),
        };
        let mut row = Row::from(cells.map(paint).to_vec());
        if place != Place::Elsewhere {
            row.max_height(MOST_LINES);
        }
        table.add_row(row);
    }
    lines(&table)
}

/// Says by a word what colour says as well.
const fn mark(same: Option<bool>, verdict: Sameness) -> &'static str {
    match (same, verdict) {
        (Some(true), _) => "same",
        (Some(false), Sameness::OnlyLocal | Sameness::OnlyCentral) => "✗ missing",
        (Some(false), _) => "≠ DIFFERS",
        (None, _) => "",
    }
}

/// Cuts what two long values begin with in common.
fn without_common_beginning(here: &str, there: &str) -> (String, String) {
    let same = here.chars().zip(there.chars()).take_while(|(a, b)| a == b).count();
    if same < LONG_BEGINNING {
        return (here.to_owned(), there.to_owned());
    }
    let cut = |value: &str| value.chars().skip(same - SHOWN_BEFORE).collect::<String>();
    (format!("…{}", cut(here)), format!("…{}", cut(there)))
}

fn entries(explanation: &Explanation, place: Place) -> String {
    if explanation.entries.is_empty() {
        return "The queue holds no entry of it.".to_owned();
    }
    let mut table = table(place);
    table.set_header(["entry", "operation", "when", "status", "batch"]);
    for entry in &explanation.entries {
        let batch = entry.batch.as_ref().map_or_else(String::new, |batch| {
            let settled = batch.settled_at.as_deref().unwrap_or("in doubt");
            format!("{} ({settled})", batch.number)
        });
        let colour = match entry.sync_status {
            SyncStatus::Synced => Color::Green,
            SyncStatus::Pending => Color::Yellow,
            SyncStatus::Failed => Color::Red,
        };
        table.add_row([
            Cell::new(entry.id),
            Cell::new(entry.operation.as_sql()),
            Cell::new(&entry.last_updated_at),
            Cell::new(entry.sync_status.as_sql()).fg(colour),
            Cell::new_owned(batch),
        ]);
    }
    let more = if explanation.more_entries { "\n… and older ones" } else { "" };
    format!("{}{more}", lines(&table))
}

fn failure_text(failure: &FailureStory) -> String {
    let code = failure.code.map_or_else(String::new, |code| format!(", error {code}"));
    let held = failure.waits_for.as_ref().map_or_else(String::new, |holder| {
        format!(" by {} {}", name(&holder.table_name), name(&holder.record_id))
    });
    let tone = if failure.state == "FAILED" { Tone::Bad } else { Tone::Warning };
    format!(
        "{} ({}{code}), {}:\n    {}",
        paint::tone(tone, format_args!("{}{held}", harmless(&failure.state))),
        failure.class,
        judged(failure),
        harmless(&failure.message)
    )
}

/// Tells how often DB_B refused it, and when; what waits for another record was looked at and not judged.
fn judged(failure: &FailureStory) -> String {
    let FailureStory { first_failed_at: first, last_failed_at: last, .. } = failure;
    match (failure.state.as_str(), failure.attempts) {
        ("HELD", _) => format!("last looked at {last}"),
        (_, 0) => format!("not refused since it was last retried, not in DB_B since {first}"),
        (_, 1) => format!("refused once, at {last}, not in DB_B since {first}"),
        (_, times) => {
            format!(
                "refused {} times, the last time at {last}, not in DB_B since {first}",
                thousands(times.into())
            )
        }
    }
}

/// Draws lines on a terminal, and nothing but columns elsewhere. Colour is taken out where the text is printed.
fn table(place: Place) -> Table {
    let mut table = Table::new();
    match place {
        Place::Terminal(width) => {
            table
                .load_style(presets::UTF8_FULL_CONDENSED)
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_truncation_indicator("…");
            if let Some(width) = width {
                table.set_width(width);
            }
        }
        Place::Elsewhere => {
            table.load_style(presets::NOTHING);
        }
    }
    table.enforce_styling().style_text_only();
    table
}

fn lines(table: &Table) -> String {
    table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Writes a value so that it can do nothing to a terminal.
fn shown(value: Option<&String>) -> String {
    value.map_or_else(|| "NULL".to_owned(), |value| harmless(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(column: &str, local: &str, central: &str) -> FieldPair {
        let (local, central) = (Some(local.to_owned()), Some(central.to_owned()));
        FieldPair { column: column.to_owned(), same: Some(local == central), local, central }
    }

    #[test]
    fn what_differs_is_marked_by_a_sign_as_well_as_by_colour() {
        let columns = [field("id", "1", "1"), field("name", "Ada Sample", "Ada Example")];
        let table = fields(&columns, Sameness::Different, Place::Elsewhere);
        insta::assert_snapshot!(paint::bare(&table), @r"
        column  DB_A        DB_B
        id      1           1            same
        name    Ada Sample  Ada Example  ≠ DIFFERS
        ");
        assert!(table.contains("\u{1b}["), "{table:?}");
    }

    #[test]
    fn there_is_one_number_of_refusals_and_none_of_what_was_not_judged() {
        let failure = |state: &str, attempts| FailureStory {
            state: state.to_owned(),
            class: "data".to_owned(),
            code: Some(4025),
            message: "CONSTRAINT `no_gifts` failed".to_owned(),
            remedy: String::new(),
            attempts,
            first_failed_at: "2026-03-01T09:14:00.000000Z".to_owned(),
            last_failed_at: "2026-03-01T09:16:00.000000Z".to_owned(),
            next_attempt_at: None,
            waits_for: None,
        };
        let told: Vec<String> = [("FAILED", 7), ("WAITING", 1), ("WAITING", 0), ("HELD", 0), ("HELD", 2)]
            .map(|(state, attempts)| judged(&failure(state, attempts)))
            .to_vec();
        insta::assert_snapshot!(told.join("\n"), @r"
        refused 7 times, the last time at 2026-03-01T09:16:00.000000Z, not in DB_B since 2026-03-01T09:14:00.000000Z
        refused once, at 2026-03-01T09:16:00.000000Z, not in DB_B since 2026-03-01T09:14:00.000000Z
        not refused since it was last retried, not in DB_B since 2026-03-01T09:14:00.000000Z
        last looked at 2026-03-01T09:16:00.000000Z
        last looked at 2026-03-01T09:16:00.000000Z
        ");
    }

    #[test]
    fn long_values_are_cut_around_their_difference() {
        let (a, b) = (format!("{}one", "x".repeat(60)), format!("{}two", "x".repeat(60)));
        assert_eq!(
            without_common_beginning(&a, &b),
            ("…xxxxxxxxxxone".to_owned(), "…xxxxxxxxxxtwo".to_owned())
        );
        assert_eq!(without_common_beginning("ab", "ac"), ("ab".to_owned(), "ac".to_owned()));
        let long = "ž".repeat(2_000);
        let mut drawn = fields(&[field("word", &long, &long)], Sameness::Same, Place::Terminal(Some(80)));
        drawn = paint::bare(&drawn);
        assert!(drawn.contains('…') && drawn.lines().count() == MOST_LINES + 4, "{drawn}");
        assert!(drawn.lines().all(|line| line.chars().count() <= 80), "{drawn}");
    }
}
