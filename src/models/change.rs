//! The net effect on one record, as it is sent to DB_B.

use super::entry::{EntryId, RecordName};
use super::literals::Literals;

/// What DB_B must do about one record so that it equals DB_A.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The record.
    pub record: RecordName,
    /// The newest entry that named it; changes of one table are applied in this order.
    pub last_entry: EntryId,
    /// What to do.
    pub effect: Effect,
}

/// What to do about a record; values are SQL literals, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Make the record's row equal to these values, one for each column of the mapping.
    Upsert(Literals),
    /// Delete the row with this key, one value for each column of the primary key.
    Delete(Vec<String>),
}

impl Change {
    /// Tells about how many bytes of SQL it needs.
    #[must_use]
    pub fn bytes(&self) -> usize {
        3 + match &self.effect {
            Effect::Upsert(row) => row.as_list().len(),
            Effect::Delete(key) => key.iter().map(|value| value.len() + 1).sum(),
        }
    }
}
