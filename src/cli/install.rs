//! `backhaul install`.

use std::fmt::Write as _;

use super::context::Context;
use super::{exit, paint};
use crate::services::install::{self, ExistingRows, InstallReport};
use crate::services::standing::Tone;
use crate::utils::wording::{counted, harmless, name};

/// Installs on both sides and says what was found.
pub async fn run(context: &Context) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let report = install::run(&settings).await?;
    context.print(&report, text)?;
    Ok(if report.refused.is_empty() { exit::DONE } else { exit::ERROR })
}

/// Writes the report for people.
pub fn text(report: &InstallReport) -> String {
    let mut text = format!(
        "{} Changes are captured on: {} ({} created).",
        paint::headline(Tone::Good, "Installed."),
        list(&report.captured),
        counted(report.triggers_created as u64, "trigger", "triggers")
    );
    for existing in &report.existing_rows {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n{}. To send what is missing in DB_B:\n    {}",
            already_there(existing),
            paint::strong(&existing.remedy)
        );
    }
    for refused in &report.refused {
        let _ = write!(
            text,
            "\n{} {}: {}.\n{}",
            paint::headline(Tone::Bad, "Not carried:"),
            name(&refused.table),
            harmless(&refused.message),
            paint::remedy(4, &harmless(&refused.remedy))
        );
    }
    text
}

/// Tells of rows that were there before their table was captured.
fn already_there(existing: &ExistingRows) -> String {
    let rows = counted(existing.rows, "row", "rows");
    let (was, travels) = if existing.rows == 1 {
        ("was", "does not travel by itself")
    } else {
        ("were", "do not travel by themselves")
    };
    format!("{rows} of {} {was} there before and {travels}", name(&existing.table))
}

fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|one| name(one)).collect();
    if names.is_empty() { "no table".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_is_not_many() {
        let rows = |rows| ExistingRows { table: "users".to_owned(), rows, remedy: String::new() };
        assert_eq!(already_there(&rows(1)), "1 row of users was there before and does not travel by itself");
        assert_eq!(
            already_there(&rows(2)),
            "2 rows of users were there before and do not travel by themselves"
        );
    }
}
