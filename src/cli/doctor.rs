//! `backhaul doctor`.

use std::fmt::Write as _;

use super::context::Context;
use super::{exit, paint};
use crate::models::diagnosis::{Checked, Diagnosis, Finding, Severity};
use crate::services::doctor;
use crate::services::standing::Tone;
use crate::utils::wording::{counted, harmless};

/// Looks at both sides and says what is wrong.
pub async fn run(context: &Context) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let report = doctor::run(&settings, &context.environment).await?;
    context.print(&report, text)?;
    Ok(if report.healthy { exit::DONE } else { exit::FINDINGS })
}

/// Writes the report for people: what was checked, as a list to tick off; what was found, each with its remedy on lines that
/// can be copied; what to know; and the sum of it last, where a terminal stands.
fn text(report: &Diagnosis) -> String {
    let mut text = String::new();
    for checked in &report.checked {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", of_checked(checked));
    }
    for finding in &report.findings {
        let _ = writeln!(text, "\n{}", of_finding(finding));
    }
    if !report.notes.is_empty() {
        text.push('\n');
    }
    for note in &report.notes {
        let _ = writeln!(text, "{}", paint::quiet(format_args!("Note: {}", harmless(note))));
    }
    let conclusion = match (report.errors, report.warnings) {
        (0, 0) => paint::headline(Tone::Good, "Nothing found."),
        (errors, warnings) => {
            let tone = if errors > 0 { Tone::Bad } else { Tone::Warning };
            let [errors, warnings] =
                [counted(errors as u64, "error", "errors"), counted(warnings as u64, "warning", "warnings")];
            paint::headline(tone, format_args!("Found: {errors}, {warnings}."))
        }
    };
    format!("{text}\n{conclusion}")
}

/// Writes one line of the list; a word says what the sign and the colour say.
fn of_checked(checked: &Checked) -> String {
    let (tone, word) = match (checked.findings, checked.worst) {
        (None, _) => {
            let reason = checked.reason.as_deref().map_or_else(String::new, |why| format!(" ({why})"));
            return paint::quiet(format_args!("- not checked   {}{reason}", checked.what));
        }
        (Some(_), None) => (Tone::Good, "ok".to_owned()),
        (Some(found), Some(Severity::Error)) => (Tone::Bad, format!("error ({found})")),
        (Some(found), Some(Severity::Warning)) => (Tone::Warning, format!("warning ({found})")),
    };
    let mark = paint::tone(tone, format_args!("{} {word:<13}", paint::sign(tone)));
    format!("{mark} {}", checked.what)
}

fn of_finding(finding: &Finding) -> String {
    let (tone, severity) = match finding.severity {
        Severity::Error => (Tone::Bad, "Error"),
        Severity::Warning => (Tone::Warning, "Warning"),
    };
    let headline =
        paint::headline(tone, format_args!("{} {severity} ({}):", paint::sign(tone), finding.code.name()));
    format!("{headline} {}.\n{}", harmless(&finding.message), paint::remedy(4, &harmless(&finding.remedy)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::diagnosis::{Code, Place};

    #[test]
    fn the_list_is_ticked_off_and_each_finding_has_its_remedy() {
        let mut report = Diagnosis::default();
        report.note("DB_A's server", Vec::new());
        let remedy = "on DB_A: drop trigger `x`; then `backhaul install`";
        report.note(
            "capture triggers",
            vec![Finding::new(
                Code::TriggerAltered,
                Place::Local,
                "trigger x has another text".to_owned(),
                remedy,
            )],
        );
        let message = "a row may be rejected".to_owned();
        report.note(
            "constraints",
            vec![Finding::new(Code::CheckInCentral, Place::Central, message, "drop it")],
        );
        report.skip("triggers in DB_B", "DB_B cannot be used");
        report.notes.push("TRUNCATE fires no triggers".to_owned());
        report.conclude();
        insta::assert_snapshot!(paint::bare(&text(&report)), @r"
        ✓ ok            DB_A's server
        ✗ error (1)     capture triggers
        ! warning (1)   constraints
        - not checked   triggers in DB_B (DB_B cannot be used)

        ✗ Error (trigger-altered): trigger x has another text.
            What to do: on DB_A:
                drop trigger `x`;
            then:
                backhaul install

        ! Warning (check-in-central): a row may be rejected.
            What to do: drop it

        Note: TRUNCATE fires no triggers

        Found: 1 error, 1 warning.
        ");
        let mut fine = Diagnosis::default();
        fine.note("DB_A's server", Vec::new());
        fine.conclude();
        insta::assert_snapshot!(paint::bare(&text(&fine)), @r"
        ✓ ok            DB_A's server

        Nothing found.
        ");
    }
}
