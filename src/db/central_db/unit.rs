//! Changes that go to DB_B together.

use crate::db::mapping::TableMapping;
use crate::db::sql::{apply, load, references};
use crate::models::change::{Change, Effect};
use crate::models::literals::Literals;

/// Rows of at least so many bytes on average are loaded as data; smaller ones gain nothing by it.
const WIDE_ROW_BYTES: usize = 1_000;

/// For fewer rows a stage is not worth the trouble.
const FEWEST_WIDE_ROWS: usize = 8;

/// Changes of one table and one kind, applied by one statement.
#[derive(Debug, Clone)]
pub struct Unit<'a> {
    /// Their table.
    pub table: &'a TableMapping,
    /// At least one change; all are upserts, or all are deletes.
    pub changes: Vec<&'a Change>,
}

impl<'a> Unit<'a> {
    /// Takes one change by itself.
    #[must_use]
    pub fn single(table: &'a TableMapping, change: &'a Change) -> Self {
        Self { table, changes: vec![change] }
    }

    /// Takes each change by itself.
    #[must_use]
    pub fn singles(&self) -> impl DoubleEndedIterator<Item = Self> {
        let table = self.table;
        self.changes.clone().into_iter().map(move |change| Self::single(table, change))
    }

    /// Gives the key of each change.
    #[must_use]
    pub fn keys(&self) -> Vec<Vec<String>> {
        self.changes.iter().map(|change| key(self.table, change)).collect()
    }

    /// Tells whether it deletes.
    #[must_use]
    pub fn is_delete(&self) -> bool {
        self.changes.first().is_some_and(|change| matches!(change.effect, Effect::Delete(_)))
    }

    /// Appends the statement that makes the changes.
    pub(super) fn write(&self, sql: &mut String) {
        if self.is_delete() {
            sql.push_str(&apply::delete(self.table, &self.keys()));
        } else {
            apply::push_upsert(self.table, self.rows(), sql);
        }
    }

    fn rows(&self) -> impl Iterator<Item = &Literals> {
        self.changes.iter().filter_map(|change| match &change.effect {
            Effect::Upsert(row) => Some(row),
            Effect::Delete(_) => None,
        })
    }

    /// Tells whether its rows are so wide that a server takes them sooner as data.
    pub(super) fn is_wide(&self) -> bool {
        !self.is_delete()
            && self.changes.len() >= FEWEST_WIDE_ROWS
            && self.bytes() >= self.changes.len() * WIDE_ROW_BYTES
    }

    /// Tells about how many bytes of SQL it needs.
    pub(super) fn bytes(&self) -> usize {
        self.changes.iter().map(|change| change.bytes()).sum()
    }

    /// Gives its rows as data.
    pub(super) fn data(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(self.bytes());
        for row in self.rows() {
            load::push_row(row, &mut data);
        }
        data
    }

    /// Gives the statement that makes the changes.
    #[must_use]
    pub fn statement(&self) -> String {
        let mut sql = String::with_capacity(self.bytes());
        self.write(&mut sql);
        sql
    }

    /// Tells whether other statements go before the one that makes the changes.
    #[must_use]
    pub fn has_guards(&self) -> bool {
        if self.is_delete() {
            return self.table.references.iter().any(|reference| reference.key.acts_on_delete());
        }
        references::acting_on_spelling(self.table).next().is_some()
    }

    /// Gives what goes before the statement to keep DB_B's foreign keys from acting by themselves. It changes nothing, so a
    /// unit that fails has done nothing.
    pub(super) fn guards(&self) -> Vec<String> {
        if self.is_delete() {
            references::guard_delete(self.table, &self.keys())
        } else if self.has_guards() {
            let names: Vec<&str> = self.changes.iter().map(|change| &*change.record.record_id).collect();
            references::guard_upsert(self.table, &self.keys(), &names)
        } else {
            Vec::new()
        }
    }

    /// Gives the guards, and the statement behind them.
    #[must_use]
    pub fn statements(&self) -> Vec<String> {
        let mut all = self.guards();
        all.push(self.statement());
        all
    }
}

/// Gives the key of a change.
#[must_use]
pub fn key(table: &TableMapping, change: &Change) -> Vec<String> {
    match &change.effect {
        Effect::Upsert(row) => table.key_of(row).into_iter().map(str::to_owned).collect(),
        Effect::Delete(key) => key.clone(),
    }
}
