//! Colour: the one place that knows it.
//!
//! Texts carry it always; [`super::output`] takes it out again behind a pipe, with `NO_COLOR`, and on a dumb terminal, and
//! leaves it in with `CLICOLOR_FORCE=1`. So nothing may rest on colour alone: a word or a sign says the same.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

use crate::services::standing::Tone;

const GOOD: Style = AnsiColor::Green.on_default();
const WARNING: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();

/// What begins a step that a person should take.
const WHAT_TO_DO: &str = "What to do:";

/// Paints a text by how much it should worry its reader.
pub fn tone(tone: Tone, text: impl Display) -> String {
    let style = style(tone);
    format!("{style}{text}{style:#}")
}

/// The same, and bold: the words that say it all.
pub fn headline(tone: Tone, text: impl Display) -> String {
    let style = style(tone).bold();
    format!("{style}{text}{style:#}")
}

/// Makes a text stand out: what can be copied and run.
pub fn strong(text: impl Display) -> String {
    let style = Style::new().bold();
    format!("{style}{text}{style:#}")
}

/// Puts a text into the background.
pub fn quiet(text: impl Display) -> String {
    let style = Style::new().dimmed();
    format!("{style}{text}{style:#}")
}

/// Gives the sign of a line in a list of checks.
pub const fn sign(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "✓",
        Tone::Warning => "!",
        Tone::Bad => "✗",
    }
}

/// Paints a sentence of the form "In sync: …": what stands before the colon says it all.
pub fn sentence(tone: Tone, text: &str) -> String {
    match text.split_once(':') {
        Some((first, rest)) => format!("{}{rest}", headline(tone, format_args!("{first}:"))),
        None => headline(tone, text),
    }
}

/// Writes a remedy below what it mends, `margin` blanks to the right: a statement on a line of its own below the side on
/// which to run it, a command on a line of its own, all without anything that would have to be taken out after copying.
pub fn remedy(margin: usize, text: &str) -> String {
    let margin = " ".repeat(margin);
    let mut lines = Vec::new();
    for part in text.split("; then ") {
        let then = if lines.is_empty() { WHAT_TO_DO } else { "then:" };
        let side = ["DB_A", "DB_B"].into_iter().find_map(|side| {
            let rest = part.strip_prefix("on ")?.strip_prefix(side)?.strip_prefix(": ")?;
            Some((side, rest.trim_end_matches(';')))
        });
        let command = part.strip_prefix("run ").unwrap_or(part);
        let command = command.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        match (side, command.filter(|command| !command.contains('`'))) {
            (Some((side, statement)), _) => {
                lines.push(format!("{margin}{then} on {side}:"));
                lines.push(format!("{margin}    {}", strong(format_args!("{statement};"))));
            }
            (None, Some(command)) => {
                lines.push(format!("{margin}{then}"));
                lines.push(format!("{margin}    {}", strong(command)));
            }
            (None, None) => lines.push(format!("{margin}{then} {part}")),
        }
    }
    lines.join("\n")
}

const fn style(tone: Tone) -> Style {
    match tone {
        Tone::Good => GOOD,
        Tone::Warning => WARNING,
        Tone::Bad => BAD,
    }
}

/// Takes the colour out again.
#[cfg(test)]
pub fn bare(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_stands_on_lines_that_can_be_copied() {
        let all = [
            "on DB_A: drop trigger `a`; drop trigger `b`; then run `backhaul install`",
            "`backhaul install`",
            "run `backhaul doctor`, since a trigger may write; else change it",
            "on DB_B: set global read_only = 0",
        ];
        let text: Vec<String> = all.iter().map(|text| bare(&remedy(4, text))).collect();
        insta::assert_snapshot!(text.join("\n--\n"), @r"
            What to do: on DB_A:
                drop trigger `a`; drop trigger `b`;
            then:
                backhaul install
        --
            What to do:
                backhaul install
        --
            What to do: run `backhaul doctor`, since a trigger may write; else change it
        --
            What to do: on DB_B:
                set global read_only = 0;
        ");
    }

    #[test]
    fn a_sentence_is_painted_up_to_its_colon() {
        let painted = sentence(Tone::Good, "In sync: all is well: really.");
        assert_eq!(painted, "\u{1b}[1m\u{1b}[32mIn sync:\u{1b}[0m all is well: really.");
        assert_eq!(bare(&painted), "In sync: all is well: really.");
    }
}
