//! Reads the clocks: the one file of the project that may.

use std::time::Instant;

use jiff::Timestamp;

/// Reads the wall clock, for showing and scheduling; durations are measured with [`monotonic`].
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Reads the monotonic clock, which no clock step moves.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads the monotonic clock")]
pub fn monotonic() -> Instant {
    Instant::now()
}
