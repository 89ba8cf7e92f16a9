//! Exit statuses.

use std::process::ExitCode;

use super::{output, paint};
use crate::db::DbError;
use crate::models::cycle::Outcome;
use crate::services::standing::Tone;

/// Everything went as asked.
pub const DONE: u8 = 0;

/// The two sides differ.
pub const DIFFERENT: u8 = 3;

/// Something was found that needs a person.
pub const FINDINGS: u8 = 3;

/// DB_B is not to be asked, or cannot be.
pub const WITHOUT_CENTRAL: u8 = 4;

/// Another cycle is running.
pub const BUSY: u8 = 5;

/// Anything that has no status of its own.
pub const ERROR: u8 = 1;

/// Gives the exit status of `sync` for the way its cycle ended; 2 is left to usage errors.
#[must_use]
pub const fn of_cycle(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Drained => DONE,
        Outcome::Error => ERROR,
        Outcome::Partial => 3,
        Outcome::Offline | Outcome::Unreachable => 4,
        Outcome::Busy => BUSY,
        Outcome::Stopped => 6,
    }
}

/// Prints why DB_B was not asked, and gives the exit status.
pub fn without_central(error: impl Into<anyhow::Error>) -> u8 {
    output::say(told(&error.into()));
    WITHOUT_CENTRAL
}

/// Prints an error once, with its causes, and gives the exit status.
pub fn report(ended: anyhow::Result<u8>) -> ExitCode {
    match ended {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            output::say(told(&error));
            ExitCode::from(ERROR)
        }
    }
}

/// Writes an error with its causes, and below it what is likely behind it, if that is known.
fn told(error: &anyhow::Error) -> String {
    let text = format!("{} {error:#}", paint::headline(Tone::Bad, "backhaul:"));
    let hint = error.chain().find_map(|cause| cause.downcast_ref::<DbError>()?.hint());
    hint.map_or_else(|| text.clone(), |hint| format!("{text}\n    Likely why: {hint}"))
}
