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

/// Writes a moment as RFC 3339 in UTC with microseconds, as the API shows all moments.
#[must_use]
pub fn rfc3339(moment: Timestamp) -> String {
    format!("{moment:.6}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_with_six_decimals() {
        let moment: Timestamp = "2026-03-01T09:14:00Z".parse().unwrap();
        assert_eq!(rfc3339(moment), "2026-03-01T09:14:00.000000Z");
        let moment: Timestamp = "2026-03-01T09:14:00.123456789Z".parse().unwrap();
        assert_eq!(rfc3339(moment), "2026-03-01T09:14:00.123456Z");
    }
}
