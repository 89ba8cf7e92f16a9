//! `backhaul doctor`.

use std::fmt::Write as _;

use super::context::Context;
use super::exit;
use crate::models::diagnosis::{Checked, Diagnosis, Finding, Severity};
use crate::services::doctor;

/// Looks at both sides and says what is wrong.
pub async fn run(context: &Context) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let report = doctor::run(&settings, &context.environment).await?;
    context.print(&report, text)?;
    Ok(if report.healthy { exit::DONE } else { exit::FINDINGS })
}

/// Writes the report for people: what was checked, then what was found, then what to know.
fn text(report: &Diagnosis) -> String {
    let mut text = String::new();
    for checked in &report.checked {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<14}{}", state(checked), checked.what);
    }
    for finding in &report.findings {
        let _ = write!(text, "\n{}", of_finding(finding));
    }
    if !report.notes.is_empty() {
        text.push('\n');
    }
    for note in &report.notes {
        let _ = writeln!(text, "Note: {note}");
    }
    let conclusion = match (report.errors, report.warnings) {
        (0, 0) => "Nothing found.".to_owned(),
        (errors, warnings) => format!("Found: {errors} errors, {warnings} warnings."),
    };
    format!("{text}\n{conclusion}")
}

fn state(checked: &Checked) -> String {
    match (&checked.reason, checked.findings) {
        (_, Some(0)) => "fine".to_owned(),
        (_, Some(found)) => format!("{found} found"),
        (_, None) => "not checked".to_owned(),
    }
}

fn of_finding(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    };
    format!(
        "{severity} ({}): {}.\n    What to do: {}\n",
        finding.code.name(),
        finding.message,
        finding.remedy
    )
}
