//! Applies many single changes in one packet that does not stop at those that are rejected.

use super::CentralDb;
use super::unit::Unit;
use crate::db::error::DbError;
use crate::db::row::Row;
use crate::db::sql::each;

/// Most changes in one packet; each costs the server some kilobytes while it reads them all.
pub const MOST_AT_ONCE: usize = 500;

/// Most bytes of such a packet.
const PACKET_BYTES: usize = 1 << 20;

impl CentralDb {
    /// Tells how many of these units, from the first on, [`Self::try_each`] would take; 0 where DB_B cannot do it.
    #[must_use]
    pub fn can_try_each<'a>(&self, units: impl Iterator<Item = &'a Unit<'a>>) -> usize {
        if !self.can_go_on {
            return 0;
        }
        let mut bytes = 0;
        let fits = |unit: &&Unit<'_>| {
            bytes += unit.changes[0].bytes();
            // A guard that fails must keep the delete behind it from being carried out.
            unit.changes.len() == 1
                && !unit.has_guards()
                && bytes < PACKET_BYTES.min(self.max_statement_bytes() / 4)
        };
        units.take(MOST_AT_ONCE).take_while(fits).count()
    }

    /// Applies each unit within the open transaction, whatever becomes of the others; answers the positions of those that
    /// DB_B rejected, and why.
    ///
    /// # Errors
    /// That other transactions stood in the way, or that the link broke; then it is unknown which were applied.
    pub async fn try_each(&mut self, units: &[Unit<'_>]) -> Result<Vec<(usize, DbError)>, DbError> {
        let statements: Vec<String> = units.iter().map(Unit::statement).collect();
        let answers = self.session.script(&each::go_on_after_errors(&statements)).await.into_sets()?;
        answers.iter().flatten().map(read).collect()
    }
}

fn read(row: &Row) -> Result<(usize, DbError), DbError> {
    let error = DbError::Server { code: row.get(1)?, sqlstate: row.text(2)?, message: row.text(3)? };
    Ok((row.get(0)?, error))
}
