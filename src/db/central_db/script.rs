//! The statements of a batch, written before it is its turn.

use super::unit::Unit;
use crate::db::sql::load;

/// What is kept free for the fence before the statements and the COMMIT behind them, in bytes; without it, putting them there
/// would copy the text.
const ROOM_BYTES: usize = 16 * 1024;

/// All statements that a batch makes of DB_B, but for its fence and the COMMIT.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    sql: String,
    /// Where each statement ends.
    ends: Vec<usize>,
    /// Rows that DB_B asks for by their position.
    uploads: Vec<Vec<u8>>,
    /// The statements that bring rows to DB_B as data, by their index; where one fails, nothing is wrong with the rows.
    loading: Vec<usize>,
}

impl Script {
    /// What stands between two statements.
    pub(super) const SEPARATOR: &str = ";\n";

    /// Writes the statements of all units; if `may_load`, wide rows are brought to DB_B as data.
    #[must_use]
    pub fn of(units: &[Unit<'_>], may_load: bool) -> Self {
        let is_loaded = |unit: &Unit<'_>| may_load && unit.is_wide();
        let bytes: usize = units.iter().filter(|unit| !is_loaded(unit)).map(Unit::bytes).sum();
        let mut script = Self { sql: String::with_capacity(bytes + ROOM_BYTES), ..Self::default() };
        for unit in units {
            for guard in unit.guards() {
                script.push(|sql| sql.push_str(&guard));
            }
            if is_loaded(unit) {
                script.push_loaded(unit);
            } else {
                script.push(|sql| unit.write(sql));
            }
        }
        script
    }

    fn push_loaded(&mut self, unit: &Unit<'_>) {
        for statement in load::fill(unit.table, self.uploads.len(), unit.changes.len()) {
            self.loading.push(self.ends.len());
            self.push(|sql| sql.push_str(&statement));
        }
        self.uploads.push(unit.data());
        for statement in [load::upsert(unit.table), load::remove()] {
            self.push(|sql| sql.push_str(&statement));
        }
    }

    /// Takes out the rows that DB_B will ask for.
    pub(super) fn take_uploads(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.uploads)
    }

    /// Tells whether the statement of this index brings rows to DB_B as data.
    pub(super) fn is_loading(&self, index: usize) -> bool {
        self.loading.contains(&index)
    }

    pub(super) fn push(&mut self, write: impl FnOnce(&mut String)) {
        if !self.ends.is_empty() {
            self.sql.push_str(Self::SEPARATOR);
        }
        write(&mut self.sql);
        self.ends.push(self.sql.len());
    }

    /// Gives the statements one by one.
    pub(super) fn statements(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|end| end + Self::SEPARATOR.len()));
        starts.zip(&self.ends).filter_map(|(start, &end)| self.sql.get(start..end))
    }

    /// Tells how many bytes of SQL it has.
    pub(super) const fn len(&self) -> usize {
        self.sql.len()
    }

    /// Gives the text with other statements before it, how many of its own there are, and which of them load rows.
    pub(super) fn behind(self, before: &str) -> (String, usize, Vec<usize>) {
        let Self { mut sql, ends, loading, .. } = self;
        // In one go: each moves the whole text.
        let separator = if ends.is_empty() { "" } else { Self::SEPARATOR };
        sql.insert_str(0, &format!("{before}{separator}"));
        (sql, ends.len(), loading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_found_in_the_text() {
        let mut script = Script::of(&[], true);
        assert_eq!(script.clone().behind("rollback"), ("rollback".to_owned(), 0, Vec::new()));
        assert_eq!(script.statements().count(), 0);
        for statement in ["delete", "insert"] {
            script.push(|sql| sql.push_str(statement));
        }
        assert_eq!(script.statements().collect::<Vec<_>>(), ["delete", "insert"]);
        assert_eq!(script.len(), "delete;\ninsert".len());
        assert_eq!(script.behind("rollback"), ("rollback;\ndelete;\ninsert".to_owned(), 2, Vec::new()));
    }
}
