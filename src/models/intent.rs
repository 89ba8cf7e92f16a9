//! What DB_A notes before a batch is applied, and what DB_B notes of it.

use std::str::FromStr;

use super::entry::UnknownWord;
use super::entry_ids::EntryIds;

/// What has become of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentState {
    /// Its batch may or may not have been applied.
    Open,
    /// Its batch was applied and its entries are SYNCED.
    Acknowledged,
    /// Its batch was not applied, and never will be.
    Dropped,
}

impl FromStr for IntentState {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "OPEN" => Ok(Self::Open),
            "ACKNOWLEDGED" => Ok(Self::Acknowledged),
            "DROPPED" => Ok(Self::Dropped),
            other => Err(UnknownWord(other.to_owned())),
        }
    }
}

/// A batch as DB_A noted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Grows with each intent; for people and for order, never for proof.
    pub number: u64,
    /// Drawn at random; an equal token in the ledger is the only proof that the batch was applied.
    pub token: String,
    /// The token the ledger showed before; none for the first.
    pub previous_token: Option<String>,
    /// What has become of it.
    pub state: IntentState,
    /// Exactly the entries of the batch; none once pruned.
    pub entries: Option<EntryIds>,
    /// A digest over id, table, record and time of each entry, so that a queue begun anew is noticed.
    pub digest: u64,
    /// The connection to DB_B over which it was sent.
    pub sent_by: Option<CentralConnection>,
}

impl Intent {
    /// Tells how many entries it names; none once pruned.
    #[must_use]
    pub fn entry_count(&self) -> u64 {
        self.entries.as_ref().map_or(0, EntryIds::count)
    }
}

/// One connection to DB_B, told apart from one with the same id after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CentralConnection {
    /// The server's id of the connection.
    pub id: u64,
    /// When the server started, in seconds since 1970, give or take a few.
    pub server_started_at: i64,
}

/// This site's row of the ledger in DB_B.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// The epoch in which it was written.
    pub epoch: String,
    /// The token of the last batch that was applied.
    pub last_token: String,
}

/// Who this site is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Drawn at random at the first install.
    pub id: String,
    /// Changes when a person declares that the two databases begin anew.
    pub epoch: String,
}
