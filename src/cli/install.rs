//! `backhaul install`.

use std::fmt::Write as _;

use super::context::Context;
use super::exit;
use crate::services::install::{self, InstallReport};

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
        "Installed. Changes are captured on: {} ({} triggers created).",
        list(&report.captured),
        report.triggers_created
    );
    for existing in &report.existing_rows {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n{} rows of {} were there before and do not travel by themselves. To send them:\n    {}",
            existing.rows, existing.table, existing.remedy
        );
    }
    for refused in &report.refused {
        let _ = write!(
            text,
            "\nNot carried: {}: {}.\n    What to do: {}",
            refused.table, refused.message, refused.remedy
        );
    }
    text
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "no table".to_owned() } else { names.join(", ") }
}
