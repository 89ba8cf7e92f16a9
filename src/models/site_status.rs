//! How far a site has come, as headquarters reads it in DB_B.

/// What the first look of a cycle showed of DB_A.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstLook {
    /// When it was, by DB_A's clock in UTC, as `YYYY-MM-DD hh:mm:ss.ffffff`: whatever was committed before is in it.
    pub at: String,
    /// The highest id of all PENDING entries; `None` when there were none.
    pub newest: Option<u64>,
    /// The lowest.
    pub oldest: Option<u64>,
}

impl FirstLook {
    /// Gives an upper bound of how many batches of so many entries there are, by the ids.
    #[must_use]
    pub fn batches_of(&self, entries: usize) -> usize {
        let (Some(newest), Some(oldest)) = (self.newest, self.oldest) else { return 0 };
        usize::try_from((newest - oldest) / entries.max(1) as u64 + 1).unwrap_or(usize::MAX)
    }
}

/// How far a site has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteStatus {
    /// The moment as of which DB_B is complete, written as in [`FirstLook::at`]; `None` when this cycle cannot tell.
    pub complete_as_of: Option<String>,
    /// PENDING entries.
    pub pending: u64,
    /// FAILED entries.
    pub failed: u64,
    /// Those PENDING entries that are held.
    pub held: u64,
}

impl SiteStatus {
    /// Gives the figures alone.
    #[must_use]
    pub const fn not_arrived(&self) -> NotArrived {
        NotArrived { pending: self.pending, failed: self.failed, held: self.held }
    }
}

/// How many entries have not arrived at the end of a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotArrived {
    /// Those that are PENDING.
    pub pending: u64,
    /// Those that are FAILED.
    pub failed: u64,
    /// Those of the pending that are held.
    pub held: u64,
}
