//! What the catalogue does not say of tables: partitions, sizes, check constraints, the texts of triggers.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::error::DbError;
use crate::db::row::Row;
use crate::db::session::Session;
use crate::db::sql::quoting;
use crate::db::sql::template::fill;

/// How many statements `schema.sql` has.
const ANSWERS: usize = 4;

/// What a schema holds besides its tables' columns and keys.
#[derive(Debug, Clone, Default)]
pub struct SchemaFacts {
    /// Tables that are partitioned.
    pub partitioned: BTreeSet<String>,
    /// About how many bytes each table's rows take on the disk; no row is larger.
    pub data_bytes: BTreeMap<String, u64>,
    /// Check constraints that are enforced.
    pub checks: Vec<CheckConstraint>,
    /// All triggers.
    pub triggers: Vec<TriggerText>,
}

/// A check constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckConstraint {
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// What must be true.
    pub clause: String,
}

/// A trigger with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerText {
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// `BEFORE` or `AFTER`.
    pub timing: String,
    /// `INSERT`, `UPDATE` or `DELETE`.
    pub event: String,
    /// What it does; empty if the account in use may not see it.
    pub statement: String,
    /// The account as which it runs, `name@host`; empty likewise.
    pub definer: String,
}

pub(super) async fn load(session: &mut Session) -> Result<SchemaFacts, DbError> {
    let schema = quoting::text(session.database());
    let sql = fill(include_str!("schema.sql"), &[("schema", &schema)]);
    let sets = session.script(&sql).await.into_sets()?;
    let [tables, check_names, clauses, triggers] = <[Vec<Row>; ANSWERS]>::try_from(sets)
        .map_err(|sets| DbError::Decode(format!("{} answers instead of {ANSWERS}", sets.len())))?;
    let mut facts = SchemaFacts::default();
    for row in &tables {
        let table = row.text(0)?;
        if row.text(1)? == "1" {
            facts.partitioned.insert(table.clone());
        }
        facts.data_bytes.insert(table, row.get(2)?);
    }
    for row in &check_names {
        if row.optional_text(2)?.as_deref() != Some("NO") {
            let (table, name) = (row.text(0)?, row.text(1)?);
            let clause = clause_of(&clauses, &table, &name)?;
            facts.checks.push(CheckConstraint { table, name, clause });
        }
    }
    for row in &triggers {
        facts.triggers.push(read_trigger(row)?);
    }
    Ok(facts)
}

/// Finds what a check demands; empty when it cannot be seen.
fn clause_of(clauses: &[Row], table: &str, name: &str) -> Result<String, DbError> {
    for row in clauses {
        let is_of_table = row.optional_text(2)?.is_none_or(|other| other == table);
        if row.text(0)? == name && is_of_table {
            return Ok(row.optional_text(1)?.unwrap_or_default());
        }
    }
    Ok(String::new())
}

fn read_trigger(row: &Row) -> Result<TriggerText, DbError> {
    Ok(TriggerText {
        table: row.text(0)?,
        name: row.text(1)?,
        timing: row.text(2)?,
        event: row.text(3)?,
        // MariaDB from 11 on shows that a trigger is there, but no more, to accounts that may not see it.
        statement: row.optional_text(4)?.unwrap_or_default(),
        definer: row.optional_text(5)?.unwrap_or_default(),
    })
}
