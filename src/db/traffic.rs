//! How much is asked of a server.

/// How much was asked of a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests that waited for an answer, and rows that a server asked for.
    pub round_trips: u64,
    /// Bytes of SQL and of rows sent.
    pub bytes_sent: u64,
    /// Bytes of values answered.
    pub bytes_received: u64,
}

impl Traffic {
    /// Adds what was asked elsewhere.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            round_trips: self.round_trips + other.round_trips,
            bytes_sent: self.bytes_sent + other.bytes_sent,
            bytes_received: self.bytes_received + other.bytes_received,
        }
    }
}
