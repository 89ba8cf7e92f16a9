//! The bars of commands that take their time.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use tokio::sync::watch;

use crate::app::bars;
use crate::config::Settings;
use crate::db::local_db::{LocalPool, status};
use crate::services::verify::Progress;
use crate::utils::wording::{stretch, thousands};

/// How often a bar is drawn anew while nothing moves, so that the time left goes on.
const TICK: Duration = Duration::from_millis(200);

/// A bar on standard error; nothing at all if that is no terminal. It is gone once the value is dropped.
#[derive(Debug)]
pub struct Bar(ProgressBar);

impl Bar {
    /// Prepares the bar of a command that compares rows.
    pub fn of_rows() -> Self {
        Self::new("rows")
    }

    /// Prepares the bar of a command that carries entries.
    pub fn of_entries() -> Self {
        Self::new("entries")
    }

    fn new(what: &str) -> Self {
        let bar = ProgressBar::new(0);
        let form = format!(
            "{{bar:30.green}} {{human_pos}} of about {{human_len}} {what}, {{rate}} a second{{left}}  {{msg}}"
        );
        if let Ok(style) = ProgressStyle::with_template(&form) {
            bar.set_style(style.with_key("rate", rate).with_key("left", left));
        }
        bars::drawn(Some(bar.clone()));
        Self(bar)
    }

    /// Moves the bar of a comparison.
    pub fn advance(&self, progress: Progress<'_>) {
        match progress {
            Progress::Begins(rows) => self.begin(rows),
            Progress::Compared(table, rows) => {
                self.reach(self.0.position() + rows);
                self.0.set_message(table.to_owned());
            }
        }
    }

    /// Counts the entries that wait, and then follows `done` until nobody asks for more. It costs a count and no more than
    /// that, and nothing at all without a terminal.
    pub async fn follow(&self, settings: &Settings, mut done: watch::Receiver<u64>) -> Infallible {
        if self.0.is_hidden() {
            return pending().await;
        }
        let local = LocalPool::new(settings);
        // If they cannot be counted, the cycle says why.
        let counted = status::count(&local).await;
        local.close().await;
        let Some(counts) = counted.ok().filter(|counts| counts.pending > 0) else { return pending().await };
        self.begin(counts.pending);
        while done.changed().await.is_ok() {
            self.reach(*done.borrow_and_update());
        }
        pending().await
    }

    /// Takes the bar away, before something else is printed.
    pub fn clear(&self) {
        self.0.disable_steady_tick();
        self.0.finish_and_clear();
    }

    /// Begins anew, for a second stage of the same command.
    pub fn reset(&self) {
        self.0.reset();
    }

    fn begin(&self, length: u64) {
        self.0.set_length(length);
        self.0.enable_steady_tick(TICK);
    }

    fn reach(&self, position: u64) {
        // The length was an estimate.
        if self.0.length().is_some_and(|length| length < position) {
            self.0.set_length(position);
        }
        self.0.set_position(position);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        bars::drawn(None);
        self.clear();
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number of things a second"
)]
fn rate(state: &ProgressState, text: &mut dyn std::fmt::Write) {
    let _ = text.write_str(&thousands(state.per_sec().max(0.0) as u64));
}

/// Says nothing until something has moved: before, any time would be a guess.
fn left(state: &ProgressState, text: &mut dyn std::fmt::Write) {
    if state.pos() > 0 {
        let _ = write!(text, ", {} left", stretch(state.eta().as_secs()));
    }
}
