//! A schema and what is done with it, drawn from a seed; and how it is shown to a person.

use std::fmt::Write as _;

use super::draw_schema::{self, Feature};
use super::draw_work;
use super::schema::{Schema, Whose};
use crate::support::dice::Dice;

/// Batch sizes to draw from; the small ones cut anywhere.
const BATCH_SIZES: [usize; 9] = [1, 1, 2, 2, 3, 5, 8, 20, 1000];

/// A schema and what is done with it.
#[derive(Debug, Clone)]
pub struct Sequence {
    /// The tables.
    pub schema: Schema,
    /// What is done, in parts; after each everything must arrive.
    pub rounds: Vec<Round>,
}

/// Work that arrives before the next begins.
#[derive(Debug, Clone)]
pub struct Round {
    /// The work.
    pub steps: Vec<Step>,
    /// A transaction of another session, begun before all that and committed after the first cycle.
    pub late: Vec<String>,
    /// The batch sizes of the cycles that follow; the last one stays.
    pub batch_sizes: Vec<usize>,
}

/// Statements of one session.
#[derive(Debug, Clone)]
pub struct Step {
    /// The statements; one that DB_A refuses is passed over.
    pub statements: Vec<String>,
    /// How they belong together.
    pub ends: Ends,
}

/// How the statements of a step belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Each is a transaction by itself.
    Alone,
    /// They are one transaction.
    Committed,
    /// They are one transaction, given up at the end.
    RolledBack,
}

impl Sequence {
    /// Draws a sequence.
    pub fn draw(seed: u64, features: &[Feature]) -> Self {
        let mut dice = Dice::new(seed);
        let schema = draw_schema::draw(&mut dice, features);
        let rounds = (0..3).map(|_| draw_round(&mut dice, features, &schema)).collect();
        Self { schema, rounds }
    }

    /// Writes everything as statements that a person can run.
    pub fn script(&self) -> String {
        let [local, central] = [Whose::Local, Whose::Central].map(|side| self.schema.create(side));
        let mut text = format!("-- DB_A\n{};\n", local.join(";\n"));
        if local == central {
            text += "-- DB_B: the same\n";
        } else {
            write!(text, "-- DB_B\n{};\n", central.join(";\n")).unwrap();
        }
        for round in &self.rounds {
            if !round.late.is_empty() {
                let late = round.late.join(";\n");
                write!(text, "-- another session of DB_A, which commits after the first cycle\nstart transaction;\n{late};\n")
                    .unwrap();
            }
            text += "-- work in DB_A\n";
            for step in &round.steps {
                let (begin, end) = match step.ends {
                    Ends::Alone => ("", ""),
                    Ends::Committed => ("start transaction;\n", "commit;\n"),
                    Ends::RolledBack => ("start transaction;\n", "rollback;\n"),
                };
                write!(text, "{begin}{};\n{end}", step.statements.join(";\n")).unwrap();
            }
            writeln!(text, "-- backhaul sync, SYNC_BATCH_SIZE {:?} in turn", round.batch_sizes).unwrap();
        }
        text
    }
}

fn draw_round(dice: &mut Dice, features: &[Feature], schema: &Schema) -> Round {
    let steps = (0..=2 + dice.index(10)).map(|_| draw_step(dice, schema)).collect();
    let may_be_late = features.contains(&Feature::LateTransactions);
    let late = if may_be_late && dice.happens(15) { draw_work::draw(dice, schema) } else { Vec::new() };
    let batch_sizes = (0..=dice.index(2)).map(|_| *dice.pick(&BATCH_SIZES)).collect();
    Round { steps, late, batch_sizes }
}

fn draw_step(dice: &mut Dice, schema: &Schema) -> Step {
    let operations = 1 + dice.index(3);
    let mut statements: Vec<String> = (0..operations).flat_map(|_| draw_work::draw(dice, schema)).collect();
    let ends = match dice.roll(10) {
        0..=3 => Ends::Alone,
        4..=8 => Ends::Committed,
        _ => Ends::RolledBack,
    };
    if ends == Ends::Committed && dice.happens(15) {
        // Half of the transaction is given up.
        statements.insert(statements.len() / 2, "savepoint half".to_owned());
        statements.push("rollback to savepoint half".to_owned());
        statements.extend(draw_work::draw(dice, schema));
    }
    Step { statements, ends }
}
