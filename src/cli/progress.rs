//! The bar of commands that compare both sides.

use indicatif::{ProgressBar, ProgressStyle};

use crate::services::verify::Progress;

/// Draws to standard error, and nothing at all if that is no terminal.
pub fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let form = "{bar:30} {human_pos} of about {human_len} rows, {per_sec}, {eta} left  {msg}";
    if let Ok(style) = ProgressStyle::with_template(form) {
        bar.set_style(style);
    }
    bar
}

/// Moves the bar.
pub fn advance(bar: &ProgressBar, progress: Progress<'_>) {
    match progress {
        Progress::Begins(rows) => bar.set_length(rows),
        Progress::Compared(table, rows) => {
            bar.inc(rows);
            // The length was an estimate of the server's.
            bar.set_length(bar.length().unwrap_or_default().max(bar.position()));
            bar.set_message(table.to_owned());
        }
    }
}
