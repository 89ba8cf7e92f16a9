//! How a row of DB_B becomes a row of DB_A, after a person declared that DB_B is right.

use super::table_mapping::TableMapping;
use crate::db::catalog::Table;

impl TableMapping {
    /// Gives the mapping by which rows of DB_B are written into `local`: with the constraints of DB_A.
    ///
    /// Values keep the forms of the way up: text travels as its bytes only where both sides have the same character
    /// set. DB_B may hold values that DB_A cannot; whoever writes them must look at what has arrived.
    #[must_use]
    pub fn downwards(&self, local: &Table) -> Self {
        let mut down = self.clone();
        down.unique_keys.clone_from(&local.unique_keys);
        down.foreign_keys.clone_from(&local.foreign_keys);
        down
    }
}
