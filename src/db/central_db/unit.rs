//! Changes that go to DB_B together.

use crate::db::mapping::TableMapping;
use crate::db::sql::{apply, references};
use crate::models::change::{Change, Effect};

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

    /// Writes the statement that makes the changes.
    #[must_use]
    pub fn statement(&self) -> String {
        if self.is_delete() {
            return apply::delete(self.table, &self.keys());
        }
        let rows = self.changes.iter().filter_map(|change| match &change.effect {
            Effect::Upsert(row) => Some(row),
            Effect::Delete(_) => None,
        });
        apply::upsert(self.table, rows)
    }

    /// Tells whether other statements go before the one that makes the changes.
    #[must_use]
    pub fn has_guards(&self) -> bool {
        if self.is_delete() {
            return self.table.references.iter().any(|reference| reference.key.acts_on_delete());
        }
        references::acting_on_spelling(self.table).next().is_some()
    }

    /// Writes that statement and, before it, those that keep DB_B's foreign keys from acting by themselves. Only
    /// the last one changes anything, so a unit that fails has done nothing.
    #[must_use]
    pub fn statements(&self) -> Vec<String> {
        let mut all = if self.is_delete() {
            references::guard_delete(self.table, &self.keys())
        } else if self.has_guards() {
            let names: Vec<&str> = self.changes.iter().map(|change| &*change.record.record_id).collect();
            references::guard_upsert(self.table, &self.keys(), &names)
        } else {
            Vec::new()
        };
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
