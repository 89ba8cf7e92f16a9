//! Finds which records of DB_B stand in the way of changes.

use super::CentralDb;
use super::unit::{Unit, key};
use crate::db::catalog::ForeignKey;
use crate::db::error::DbError;
use crate::db::mapping::{Mapping, TableMapping};
use crate::db::row::Row;
use crate::db::sql::{quoting, record_id, references, rows};
use crate::models::change::{Change, Effect};
use crate::models::entry::RecordName;
use crate::models::literals::Literals;

/// What stands in the way of a change, in DB_B as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// Another record owns one of its unique values.
    Owner(RecordName),
    /// A record still refers to the one to be deleted.
    Child(RecordName),
    /// A row of this table, which is not carried, still refers to the one to be deleted.
    ForeignChild(String),
    /// A record it refers to is missing.
    Parent(MissingParent),
    /// The record itself: its row spells its key otherwise and has children, and servers take the new spelling for
    /// another key.
    Spelling(RecordName),
}

/// A record that DB_B lacks, by what refers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingParent {
    /// Its table.
    pub table: String,
    /// The columns that are referred to.
    pub columns: Vec<String>,
    /// Their values as SQL literals.
    pub values: Vec<String>,
    /// Its name, as soon as it is known: DB_B cannot tell.
    pub record: Option<RecordName>,
}

impl Obstacle {
    /// Gives the record that stands in the way, if its name is known.
    #[must_use]
    pub const fn record(&self) -> Option<&RecordName> {
        match self {
            Self::Owner(record) | Self::Child(record) | Self::Spelling(record) => Some(record),
            Self::Parent(parent) => parent.record.as_ref(),
            Self::ForeignChild(_) => None,
        }
    }
}

/// Most questions in one packet; ten times more would be answered in about a second.
const QUESTIONS_PER_PACKET: usize = 2_000;

/// Most bytes of questions in one packet.
const QUESTION_BYTES: usize = 512 * 1024;

/// Most children looked for behind all deleted records that are asked about at once: no more could go along with them.
const MOST_CHILDREN: usize = 200_000;

/// Fewest of them for each record, however many there are.
const FEWEST_CHILDREN: usize = 1_001;

/// One question about one change, and how its answer is to be read.
struct Question {
    change: usize,
    sql: String,
    meaning: Meaning,
}

enum Meaning {
    /// Each row names an owner in this table.
    Owner(String),
    /// Each row names a child in this table.
    Child(String),
    /// A row is a child in this table.
    ForeignChild(String),
    /// No row: this parent is missing.
    Parent(MissingParent),
    /// A row: this record's key is spelled otherwise, and has children.
    Spelling(RecordName),
}

impl CentralDb {
    /// Finds what stands in the way of each change, in the order of the changes.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn obstacles(
        &mut self,
        mapping: &Mapping,
        changes: &[(&TableMapping, &Change)],
    ) -> Result<Vec<Vec<Obstacle>>, DbError> {
        let mut found = vec![Vec::new(); changes.len()];
        let deletes = changes.iter().filter(|(_, change)| matches!(change.effect, Effect::Delete(_))).count();
        let most_children = (MOST_CHILDREN / deletes.max(1)).max(FEWEST_CHILDREN);
        let mut questions = Vec::new();
        for (index, (table, change)) in changes.iter().enumerate() {
            match &change.effect {
                Effect::Upsert(row) => {
                    ask_before_upsert(index, table, row, &mut questions);
                    ask_before_new_spelling(index, table, change, &mut questions);
                }
                Effect::Delete(_) => {
                    ask_before_delete(index, mapping, (table, change), most_children, &mut questions);
                }
            }
            let bytes: usize = questions.iter().map(|question| question.sql.len()).sum();
            let is_last = index + 1 == changes.len();
            if is_last || questions.len() >= QUESTIONS_PER_PACKET || bytes >= QUESTION_BYTES {
                self.ask(std::mem::take(&mut questions), &mut found).await?;
            }
        }
        Ok(found)
    }

    /// Finds what stands in the way of each change of a unit.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn obstacles_of(
        &mut self,
        mapping: &Mapping,
        unit: &Unit<'_>,
    ) -> Result<Vec<Vec<Obstacle>>, DbError> {
        let changes: Vec<_> = unit.changes.iter().map(|&change| (unit.table, change)).collect();
        self.obstacles(mapping, &changes).await
    }

    async fn ask(&mut self, questions: Vec<Question>, found: &mut [Vec<Obstacle>]) -> Result<(), DbError> {
        if questions.is_empty() {
            return Ok(());
        }
        let sql: Vec<&str> = questions.iter().map(|question| question.sql.as_str()).collect();
        let answers = self.session.script(&sql.join(";\n")).await.into_sets()?;
        if answers.len() != questions.len() {
            let problem = format!("{} answers to {} questions", answers.len(), questions.len());
            return Err(DbError::Decode(problem));
        }
        for (question, rows) in questions.into_iter().zip(answers) {
            found[question.change].extend(read(question.meaning, &rows)?);
        }
        Ok(())
    }
}

fn read(meaning: Meaning, rows: &[Row]) -> Result<Vec<Obstacle>, DbError> {
    let names = |table: &String| {
        let name = |row: &Row| Ok(RecordName { table: table.as_str().into(), record_id: row.str(0)?.into() });
        rows.iter().map(name).collect::<Result<Vec<_>, DbError>>()
    };
    Ok(match meaning {
        Meaning::Owner(table) => names(&table)?.into_iter().map(Obstacle::Owner).collect(),
        Meaning::Child(table) => names(&table)?.into_iter().map(Obstacle::Child).collect(),
        Meaning::ForeignChild(table) => {
            rows.first().map(|_| Obstacle::ForeignChild(table)).into_iter().collect()
        }
        Meaning::Parent(parent) if rows.is_empty() => vec![Obstacle::Parent(parent)],
        Meaning::Parent(_) => Vec::new(),
        Meaning::Spelling(record) => rows.first().map(|_| Obstacle::Spelling(record)).into_iter().collect(),
    })
}

fn ask_before_upsert(change: usize, table: &TableMapping, row: &Literals, questions: &mut Vec<Question>) {
    let own_key = table.key_of(row);
    let own = condition(table.key_names(), &own_key);
    for unique in table.unique_keys.iter().filter(|unique| unique.compares_whole_columns) {
        let Some(values) = table.pick(row, &unique.columns) else { continue };
        // NULL is never equal to NULL in a unique key.
        if values.contains(&"null") {
            continue;
        }
        let others =
            format!("{} and not ({own})", condition(unique.columns.iter().map(String::as_str), &values));
        questions.push(Question {
            change,
            sql: select(&record_id::expression(&table.key, None), &quoting::name(&table.name), &others, 1),
            meaning: Meaning::Owner(table.name.clone()),
        });
    }
    for key in &table.foreign_keys {
        let Some(values) = table.pick(row, &key.columns) else { continue };
        if values.contains(&"null") || refers_to_itself(table, key, row, &values) {
            continue;
        }
        let parent = match &key.parent_schema {
            Some(schema) => format!("{}.{}", quoting::name(schema), quoting::name(&key.parent_table)),
            None => quoting::name(&key.parent_table),
        };
        let there = condition(key.parent_columns.iter().map(String::as_str), &values);
        let missing = MissingParent {
            table: key.parent_table.clone(),
            columns: key.parent_columns.clone(),
            values: values.into_iter().map(str::to_owned).collect(),
            record: None,
        };
        questions.push(Question {
            change,
            sql: select("1", &parent, &there, 1),
            meaning: Meaning::Parent(missing),
        });
    }
}

/// Asks whether rows refer to a key that is to be spelled otherwise, as `ABC` in place of `abc`.
fn ask_before_new_spelling(
    number: usize,
    table: &TableMapping,
    change: &Change,
    questions: &mut Vec<Question>,
) {
    if !table.key_compares_loosely() {
        return;
    }
    let (keys, name) = ([key(table, change)], [&*change.record.record_id]);
    for reference in &table.references {
        let with_children = references::parents_spelled_otherwise(table, reference, &keys, &name);
        questions.push(Question {
            change: number,
            sql: format!("select 1 {with_children} limit 1 lock in share mode"),
            meaning: Meaning::Spelling(change.record.clone()),
        });
    }
}

/// A row may be its own parent.
fn refers_to_itself(table: &TableMapping, key: &ForeignKey, row: &Literals, values: &[&str]) -> bool {
    key.parent_table == table.name
        && key.parent_schema.is_none()
        && table.pick(row, &key.parent_columns).is_some_and(|own| own == values)
}

fn ask_before_delete(
    number: usize,
    mapping: &Mapping,
    (table, change): (&TableMapping, &Change),
    most_children: usize,
    questions: &mut Vec<Question>,
) {
    let keys = [key(table, change)];
    let is_itself = rows::key_condition(table, &keys);
    for reference in &table.references {
        let children = references::children_condition(table, reference, &keys);
        // A row that refers to itself is in its own way, unless its key takes it along: a circle of one.
        let others = if reference.child == table.name && reference.key.acts_on_delete() {
            format!("{children} and not ({is_itself})")
        } else {
            children
        };
        let from = format!("{} as c", quoting::name(&reference.child));
        let (sql, meaning) = match mapping.table(&reference.child) {
            Some(child) => {
                let mut name = record_id::expression(&child.key, None);
                if reference.child == table.name && table.key_compares_loosely() {
                    // Its row may spell its key otherwise than the entry does.
                    name = format!("if({is_itself}, {}, {name})", quoting::text(&change.record.record_id));
                }
                (select(&name, &from, &others, most_children), Meaning::Child(child.name.clone()))
            }
            None => (select("1", &from, &others, 1), Meaning::ForeignChild(reference.child.clone())),
        };
        questions.push(Question { change: number, sql, meaning });
    }
}

/// A locking read sees what is committed now, not this transaction's older snapshot.
fn select(what: &str, from: &str, condition: &str, most: usize) -> String {
    format!("select {what} from {from} where {condition} limit {most} lock in share mode")
}

fn condition<'a>(columns: impl Iterator<Item = &'a str>, values: &[&str]) -> String {
    columns
        .zip(values)
        .map(|(column, value)| format!("{} = {value}", quoting::name(column)))
        .collect::<Vec<_>>()
        .join(" and ")
}
