//! Why a record did not arrive, in words, and what a person can do.

use super::failure::classify;
use crate::db::central_db::Obstacle;
use crate::db::{DbError, codes};
use crate::models::entry::RecordName;

/// Why a record did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The class of the failure.
    pub class: &'static str,
    /// The server's error number, or the one it would have answered.
    pub code: Option<u16>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

const ANOTHER_VALUE: &str =
    "give one of the two records another unique value in DB_A; it is then tried again at once";
const NOT_SEEN: &str = "run `backhaul doctor`, since a trigger of DB_B may write what stands in the way; else give the record \
     another unique value in DB_A: it is then tried again at once";
const LET_GO: &str = "delete or move, in DB_B, the record that still refers to it, then run `backhaul retry`";
const BRING_PARENT: &str = "bring the record it refers to into DB_A, with its table in SYNC_TABLES, or into DB_B; then run `backhaul retry`";

impl Reason {
    /// Stands for the rows of a held table that cannot be named.
    pub const ANY_ROW: &str = "*";

    /// Tells what DB_B answered.
    #[must_use]
    pub fn of_error(error: &DbError) -> Self {
        let remedy = match error.code() {
            Some(codes::DUPLICATE | 1586 | codes::RAISED) => NOT_SEEN,
            Some(1452 | 1216) => BRING_PARENT,
            Some(1451 | 1217) => LET_GO,
            Some(codes::PACKET_TOO_LARGE) => {
                "raise max_allowed_packet in DB_B above the size of this row, then run `backhaul retry`"
            }
            Some(1644) => "a trigger of DB_B refused the record: satisfy it, then run `backhaul retry`",
            Some(_) | None => {
                "correct the record in DB_A (it is then tried again at once), or what rejects it in DB_B and run `backhaul retry`"
            }
        };
        let class = classify(error).as_str();
        Self { class, code: error.code(), message: error.to_string(), remedy: remedy.to_owned() }
    }

    /// Tells of something in DB_B that will not get out of the way by itself.
    #[must_use]
    pub fn of_obstacle(obstacle: &Obstacle) -> Self {
        let (class, code, message, remedy) = match obstacle {
            Obstacle::Owner(other) => (
                "data",
                codes::DUPLICATE,
                format!("{other} has one of its unique values in DB_B, and keeps it"),
                ANOTHER_VALUE,
            ),
            Obstacle::Child(other) => (
                "dependency",
                1451,
                format!("{other} still refers to it in DB_B, and would be left without it"),
                LET_GO,
            ),
            Obstacle::ForeignChild(table) => (
                "dependency",
                1451,
                format!("a row of {table}, which is not synchronised, still refers to it in DB_B"),
                LET_GO,
            ),
            Obstacle::Parent(parent) => (
                "dependency",
                1452,
                format!(
                    "the record of {} it refers to, with {} = {}, is missing in DB_B, and DB_A does not bring it",
                    parent.table,
                    parent.columns.join(", "),
                    parent.values.join(", ")
                ),
                BRING_PARENT,
            ),
            Obstacle::Spelling(_) => (
                "dependency",
                1451,
                "DB_B spells its key otherwise, and rows there refer to it by columns that are not its primary key"
                    .to_owned(),
                LET_GO,
            ),
        };
        Self { class, code: Some(code), message, remedy: remedy.to_owned() }
    }

    /// Tells of a circle in which each waits for the next.
    #[must_use]
    pub fn of_circle(obstacles: &[Obstacle]) -> Self {
        if let [only @ Obstacle::Spelling(_)] = obstacles {
            return Self::of_obstacle(only);
        }
        let next = obstacles.iter().find_map(Obstacle::record);
        let whom = next.map_or_else(|| "others".to_owned(), RecordName::to_string);
        if obstacles.iter().any(|obstacle| matches!(obstacle, Obstacle::Parent(_))) {
            return Self {
                class: "dependency",
                code: Some(1452),
                message: format!(
                    "it refers to {whom}, which refers to it in turn, by columns that are not the primary key: DB_B \
                     takes neither before the other"
                ),
                remedy:
                    "in DB_A, let one of the two refer to nothing, or to another record, for a moment, run \
                         `backhaul sync`, and change it back"
                        .to_owned(),
            };
        }
        Self {
            class: "data",
            code: Some(codes::DUPLICATE),
            message: format!(
                "it waits for {whom}, which waits for it: they can only change together, and DB_B's table does not allow \
                 that rows are deleted and inserted again in one step"
            ),
            remedy: "in DB_A, change one of the two for a moment to a value that no other record has, run \
                     `backhaul sync`, and change it back"
                .to_owned(),
        }
    }

    /// Tells of a record, or any row, of a table that cannot be carried at present.
    #[must_use]
    pub fn of_waiting_for_table(other: &RecordName) -> Self {
        let table = &other.table;
        let message = if *other.record_id == *Self::ANY_ROW {
            format!("rows of {table} still refer to it in DB_B, and that table is held")
        } else {
            format!("waits for {other}, and the table {table} is not carried at present")
        };
        let remedy =
            format!("mend what holds {table}, as `backhaul doctor` says; it goes by itself after its rows");
        Self { class: "dependency", code: None, message, remedy }
    }

    /// Tells of another record that must arrive first.
    #[must_use]
    pub fn of_waiting(other: &RecordName) -> Self {
        Self {
            class: "dependency",
            code: None,
            message: format!("waits for {other}"),
            remedy: format!("nothing, unless {other} itself is stuck: it goes by itself after that record"),
        }
    }
}
