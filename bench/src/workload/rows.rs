//! The rows of the workloads, as the statements that insert them.

use std::fmt::Write as _;
use std::ops::Range;

use super::{BASE_ROWS_PER_WRITER, BEFORE_HOT, BULK_ROWS_PER_STATEMENT, statements};
use crate::dice::Dice;
use crate::scale::Scale;

/// The moment written into the rows that are there from the start, so that both sides hold the same.
const BASE_MOMENT: &str = "2026-01-01 00:00:00.000000";

/// Bytes of text and of binary data in a wide row; about 10 KB together.
const WIDE_TEXT_BYTES: usize = 6_000;
const WIDE_BLOB_BYTES: usize = 4_000;

/// Gives the statements that create the rows both sides hold before anything is measured.
pub fn base_rows(scale: &Scale) -> Vec<String> {
    let users = BASE_ROWS_PER_WRITER * scale.writers;
    let mut dice = Dice::new(0);
    let user = statements(0..users, BULK_ROWS_PER_STATEMENT, |ids| {
        let rows = ids
            .map(|id| id + 1)
            .map(|id| format!("({id}, '{}', 'user{id}@site.example', '{BASE_MOMENT}')", name(&mut dice)));
        format!(
            "insert into users (id, name, email, updated_at) values {}",
            rows.collect::<Vec<_>>().join(",")
        )
    });
    let mut dice = Dice::new(1);
    let mut order = |ids: Range<u64>| {
        let rows = ids.map(|id| {
            format!("({}, {}, {}, 'pending', '{BASE_MOMENT}')", id + 1, id % users + 1, amount(&mut dice))
        });
        format!(
            "insert into orders (id, user_id, amount, status, updated_at) values {}",
            rows.collect::<Vec<_>>().join(",")
        )
    };
    let own = statements(0..users, BULK_ROWS_PER_STATEMENT, &mut order);
    let hot = statements(BEFORE_HOT..BEFORE_HOT + scale.hot_records, BULK_ROWS_PER_STATEMENT, &mut order);
    [user, own, hot].concat()
}

/// The table of wide rows, on both sides.
pub const WIDE_TABLE: &str = "create table documents (
    id         bigint unsigned not null auto_increment,
    title      varchar(200)    not null,
    body       mediumtext      not null,
    content    mediumblob      not null,
    updated_at timestamp(6)    not null default current_timestamp(6) on update current_timestamp(6),
    primary key (id)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_520_ci";

/// Inserts orders with the ids after those that are there, for the big transactions and the bulk insert.
pub fn bulk_insert(numbers: Range<u64>, users: u64, dice: &mut Dice) -> String {
    let mut text = String::from("insert into orders (id, user_id, amount, status) values ");
    for number in numbers.clone() {
        let comma = if number == numbers.start { "" } else { "," };
        let user = dice.below(users) + 1;
        // Writing to a String cannot fail.
        let _ = write!(text, "{comma}({},{user},{},'pending')", number + 1_000_001, amount(dice));
    }
    text
}

pub(super) fn wide_insert(numbers: Range<u64>, dice: &mut Dice) -> String {
    let mut text = String::from("insert into documents (id, title, body, content) values ");
    for number in numbers.clone() {
        let comma = if number == numbers.start { "" } else { "," };
        let mut body = String::with_capacity(WIDE_TEXT_BYTES + 16);
        while body.len() < WIDE_TEXT_BYTES {
            body.push_str(WORDS[dice.place(WORDS.len())]);
            body.push(' ');
        }
        let _ = write!(text, "{comma}({},'{}','{body}',x'", number + 1, name(dice));
        for _ in 0..WIDE_BLOB_BYTES / 8 {
            let _ = write!(text, "{:016x}", dice.next());
        }
        text.push_str("')");
    }
    text
}

const WORDS: [&str; 16] = [
    "harbour", "invoice", "green", "seven", "Käse", "window", "river", "north", "paper", "clock", "stone",
    "engine", "late", "ordered", "carriage", "über",
];

pub(super) fn name(dice: &mut Dice) -> String {
    let mut word = || WORDS[dice.place(WORDS.len())];
    format!("{} {} {}", word(), word(), word())
}

pub(super) fn amount(dice: &mut Dice) -> String {
    let cents = dice.below(1_000_000);
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_row_has_about_ten_kilobytes() {
        let statement = wide_insert(0..1, &mut Dice::new(1));
        let blob = WIDE_BLOB_BYTES;
        let bytes = statement.len() - blob;
        assert!((9_500..10_700).contains(&bytes), "{bytes}");
    }
}
