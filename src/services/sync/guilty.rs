//! Changes that DB_B rejected.

use crate::db::DbError;
use crate::db::central_db::Unit;
use crate::models::change::Change;

/// What the search found.
pub enum Search<'a> {
    /// These changes were rejected; all others are applied in the open transaction.
    Guilty(Vec<Guilty<'a>>),
    /// A whole table was refused; the transaction must be undone.
    TableRefused(String, DbError),
    /// Other transactions stood in the way; the transaction may be gone.
    Contention(DbError),
}

/// A change that DB_B rejected, and why.
pub struct Guilty<'a> {
    /// The change alone.
    pub unit: Unit<'a>,
    /// Why DB_B rejected it.
    pub error: DbError,
}

impl<'a> Guilty<'a> {
    /// Gives the change.
    #[must_use]
    pub fn change(&self) -> &'a Change {
        &self.unit.changes[0]
    }
}
