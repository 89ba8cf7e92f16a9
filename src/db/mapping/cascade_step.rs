//! What one foreign key does to the children of a row that goes or changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::catalog::{ForeignKey, Table};

/// What a statement does to the row with which everything begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It deletes the row.
    Delete,
    /// It updates the row.
    Update,
}

/// The children that one foreign key takes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step<'a> {
    /// Their table.
    pub child: &'a Table,
    /// The key by which they refer to their parents.
    pub key: &'a ForeignKey,
    /// What becomes of them.
    pub effect: Effect,
    /// Keys by which children that are deleted take along further rows of the same table, however deep.
    pub again: Vec<&'a ForeignKey>,
    /// Whether their table is captured; if not, only what follows from them matters.
    pub captured: bool,
    /// What follows from them.
    pub further: Vec<Step<'a>>,
}

/// What becomes of a row that a foreign key takes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// It is deleted.
    Gone,
    /// These columns get new values.
    Changed(BTreeMap<String, NewValue>),
}

/// The new value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewValue {
    /// NULL.
    Null,
    /// What this column of the row has with which everything began.
    OfTheFirst(String),
}

impl Step<'_> {
    /// Collects the captured tables among this step and all that follows.
    pub fn collect_captured(&self, tables: &mut BTreeSet<String>) {
        if self.captured {
            tables.insert(self.child.name.clone());
        }
        for step in &self.further {
            step.collect_captured(tables);
        }
    }
}

/// Tells what becomes of a child; `None` when its key does not act. (`SET DEFAULT` restricts on both engines.)
pub(super) fn effect_on_child(key: &ForeignKey, parent: &Effect) -> Option<Effect> {
    let set_null =
        || Effect::Changed(key.columns.iter().map(|name| (name.clone(), NewValue::Null)).collect());
    match parent {
        Effect::Gone => match key.on_delete.as_str() {
            "CASCADE" => Some(Effect::Gone),
            "SET NULL" => Some(set_null()),
            _ => None,
        },
        Effect::Changed(values) => {
            let pairs = key.columns.iter().zip(&key.parent_columns);
            let follows: BTreeMap<String, NewValue> =
                pairs.filter_map(|(own, parent)| Some((own.clone(), values.get(parent)?.clone()))).collect();
            match key.on_update.as_str() {
                _ if follows.is_empty() => None,
                "CASCADE" => Some(Effect::Changed(follows)),
                "SET NULL" => Some(set_null()),
                _ => None,
            }
        }
    }
}
