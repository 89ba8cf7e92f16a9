//! The statements of a batch, written before it is its turn.

use super::unit::Unit;

/// What is kept free for the fence before the statements and the COMMIT behind them, in bytes; without it, putting them there
/// would copy the text.
const ROOM_BYTES: usize = 16 * 1024;

/// All statements that a batch makes of DB_B, but for its fence and the COMMIT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    sql: String,
    /// Where each statement ends.
    ends: Vec<usize>,
}

impl Script {
    /// What stands between two statements.
    pub(super) const SEPARATOR: &str = ";\n";

    /// Writes the statements of all units.
    #[must_use]
    pub fn of(units: &[Unit<'_>]) -> Self {
        let bytes: usize = units.iter().flat_map(|unit| &unit.changes).map(|change| change.bytes()).sum();
        let mut script = Self { sql: String::with_capacity(bytes + ROOM_BYTES), ends: Vec::new() };
        for unit in units {
            for guard in unit.guards() {
                script.push(|sql| sql.push_str(&guard));
            }
            script.push(|sql| unit.write(sql));
        }
        script
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

    /// Tells how many bytes it has.
    pub(super) const fn len(&self) -> usize {
        self.sql.len()
    }

    /// Gives the text with other statements before it, and how many of its own there are.
    pub(super) fn behind(self, before: &str) -> (String, usize) {
        let Self { mut sql, ends } = self;
        // In one go: each moves the whole text.
        let separator = if ends.is_empty() { "" } else { Self::SEPARATOR };
        sql.insert_str(0, &format!("{before}{separator}"));
        (sql, ends.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_found_in_the_text() {
        let mut script = Script::of(&[]);
        assert_eq!(script.clone().behind("rollback"), ("rollback".to_owned(), 0));
        assert_eq!(script.statements().count(), 0);
        for statement in ["delete", "insert"] {
            script.push(|sql| sql.push_str(statement));
        }
        assert_eq!(script.statements().collect::<Vec<_>>(), ["delete", "insert"]);
        assert_eq!(script.len(), "delete;\ninsert".len());
        assert_eq!(script.behind("rollback"), ("rollback;\ndelete;\ninsert".to_owned(), 2));
    }
}
