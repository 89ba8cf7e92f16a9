//! The work that is written in DB_A: what the transactions of each workload are, drawn from a seed.

mod rows;
mod shop;

use serde::Serialize;

pub use self::rows::{WIDE_TABLE, base_rows, bulk_insert};
use self::rows::{amount, wide_insert};
use self::shop::Shop;
use crate::dice::Dice;
use crate::scale::Scale;

/// Users, and as many orders, that every writer finds on both sides before anything is measured.
pub const BASE_ROWS_PER_WRITER: u64 = 10;

/// The id before the first hot record, far from what other workloads insert.
const BEFORE_HOT: u64 = 20_000_000;

/// Transactions of workload (c): "a few big ones".
const BULK_TRANSACTIONS: u64 = 4;

/// Rows in one statement of (c), and in one statement and transaction of (d): what an importer would send at once.
const BULK_ROWS_PER_STATEMENT: u64 = 1_000;
const WIDE_ROWS_PER_STATEMENT: u64 = 50;

/// One of the four kinds of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Workload {
    /// (a) small OLTP transactions.
    Oltp,
    /// (b) updates of few hot records.
    Hot,
    /// (c) many rows in a few big transactions.
    Bulk,
    /// (d) rows of 10 KB.
    Wide,
}

/// The statements of one transaction.
pub type Transaction = Vec<String>;

impl Workload {
    /// All workloads, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Oltp, Self::Hot, Self::Bulk, Self::Wide];

    /// The letter that the tables use.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Oltp => "a",
            Self::Hot => "b",
            Self::Bulk => "c",
            Self::Wide => "d",
        }
    }

    /// Says what is done, in words for a person.
    pub fn title(self, scale: &Scale) -> String {
        match self {
            Self::Oltp => format!("{} small OLTP transactions", grouped(scale.oltp_transactions)),
            Self::Hot => format!(
                "{} updates of {} hot records",
                grouped(scale.hot_updates),
                grouped(scale.hot_records)
            ),
            Self::Bulk => {
                format!("{} rows in {BULK_TRANSACTIONS} big transactions", grouped(scale.bulk_rows))
            }
            Self::Wide => format!("{} rows of 10 KB", grouped(scale.wide_rows)),
        }
    }

    /// Entries that the work leaves in the queue: one for each changed row.
    pub const fn entries(self, scale: &Scale) -> u64 {
        match self {
            Self::Oltp => scale.oltp_transactions,
            Self::Hot => scale.hot_updates,
            Self::Bulk => scale.bulk_rows,
            Self::Wide => scale.wide_rows,
        }
    }

    /// The tables that the work touches, and that are synchronised for it.
    pub const fn tables(self) -> &'static [&'static str] {
        match self {
            Self::Oltp | Self::Hot | Self::Bulk => &["users", "orders"],
            Self::Wide => &["documents"],
        }
    }

    /// Connections that write at once; big transactions come from one importer.
    pub const fn writers(self, scale: &Scale) -> u64 {
        match self {
            Self::Oltp | Self::Hot => scale.writers,
            Self::Bulk | Self::Wide => 1,
        }
    }

    /// Gives what connection `writer` sends, in order.
    pub fn script(self, scale: &Scale, seed: u64, writer: u64) -> Box<dyn Iterator<Item = Transaction>> {
        let mut dice = Dice::for_part(seed, writer);
        let share = share(self.entries(scale), self.writers(scale), writer);
        let writers = scale.writers;
        match self {
            Self::Oltp => {
                let mut shop = Shop::new(writer, writers);
                Box::new((0..share).map(move |_| vec![shop.transaction(&mut dice).1]))
            }
            Self::Hot => {
                let (records, first) = own_hot_records(scale, writer);
                Box::new((0..share).map(move |_| {
                    let id = first + dice.below(records);
                    vec![format!("update orders set amount = {} where id = {id}", amount(&mut dice))]
                }))
            }
            Self::Bulk => {
                let users = BASE_ROWS_PER_WRITER * writers;
                Box::new((0..BULK_TRANSACTIONS).map(move |part| {
                    let rows = boundary(share, BULK_TRANSACTIONS, part)
                        ..boundary(share, BULK_TRANSACTIONS, part + 1);
                    statements(rows, BULK_ROWS_PER_STATEMENT, |ids| bulk_insert(ids, users, &mut dice))
                }))
            }
            Self::Wide => {
                let all = statements(0..share, WIDE_ROWS_PER_STATEMENT, |ids| ids);
                Box::new(all.into_iter().map(move |ids| vec![wide_insert(ids, &mut dice)]))
            }
        }
    }
}

/// Cuts a range into pieces, and makes a statement of each.
pub fn statements<T>(
    rows: std::ops::Range<u64>,
    rows_each: u64,
    mut make: impl FnMut(std::ops::Range<u64>) -> T,
) -> Vec<T> {
    let mut pieces = Vec::new();
    let mut start = rows.start;
    while start < rows.end {
        let end = rows.end.min(start + rows_each);
        pieces.push(make(start..end));
        start = end;
    }
    pieces
}

/// Gives how many hot records a writer has to itself, and the first of their ids.
fn own_hot_records(scale: &Scale, writer: u64) -> (u64, u64) {
    let at = |writer| boundary(scale.hot_records, scale.writers, writer);
    (at(writer + 1) - at(writer), BEFORE_HOT + at(writer) + 1)
}

fn share(total: u64, writers: u64, writer: u64) -> u64 {
    boundary(total, writers, writer + 1) - boundary(total, writers, writer)
}

const fn boundary(total: u64, parts: u64, part: u64) -> u64 {
    total * part / parts
}

/// Writes a number with commas between its thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Workload::Oltp)]
    #[case(Workload::Hot)]
    #[case(Workload::Bulk)]
    #[case(Workload::Wide)]
    fn a_script_is_the_same_for_the_same_seed_and_another_for_another(#[case] workload: Workload) {
        let script =
            |seed, writer| workload.script(&Scale::quick(), seed, writer).flatten().collect::<Vec<_>>();
        assert_eq!(script(1, 0), script(1, 0));
        assert_ne!(script(1, 0), script(2, 0));
    }

    #[rstest]
    #[case(Workload::Oltp)]
    #[case(Workload::Hot)]
    fn the_writers_share_the_work_and_no_statement_is_lost(#[case] workload: Workload) {
        let scale = Scale { writers: 7, ..Scale::quick() };
        let counted: usize = (0..7).map(|writer| workload.script(&scale, 1, writer).count()).sum();
        assert_eq!(counted as u64, workload.entries(&scale));
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([grouped(7), grouped(1_234), grouped(1_000_000)], ["7", "1,234", "1,000,000"]);
    }
}
