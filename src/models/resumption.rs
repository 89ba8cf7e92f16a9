//! What `resume` found and did.

use serde::Serialize;

use super::verification::{Difference, FoundRecords, NotCompared};

/// Which side is right where the two differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// DB_A: what differs is queued and goes with the next cycles.
    Local,
    /// DB_B: what it has is written into DB_A.
    Central,
}

/// What a person has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Which side is right.
    pub trust: Trust,
    /// What becomes of records that only DB_B has, when DB_A is right.
    pub extra: Extra,
}

/// What becomes of records that only DB_B has, when DB_A is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    /// They stay.
    Keep,
    /// Their deletion is queued.
    Delete,
}

/// How the two sides differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Survey {
    /// What was found in each table, parents first.
    pub tables: Vec<TableSurvey>,
    /// Tables that cannot be compared.
    pub not_compared: Vec<NotCompared>,
}

impl Survey {
    /// Tells whether anything differs, or cannot be compared.
    #[must_use]
    pub fn differs(&self) -> bool {
        !self.not_compared.is_empty()
            || self.tables.iter().any(|table| {
                table.different.records + table.only_local.records + table.only_central.records > 0
            })
    }
}

/// How one table differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TableSurvey {
    /// The table.
    pub table: String,
    /// Rows of DB_A that were compared.
    pub compared: u64,
    /// Records that both sides have with different values.
    pub different: Kind,
    /// Records that only DB_A has.
    pub only_local: Kind,
    /// Records that only DB_B has.
    pub only_central: Kind,
}

/// The records that differ in one way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// How many there are.
    pub records: u64,
    /// How many of them have entries that are PENDING or FAILED: changes of DB_A that never arrived.
    pub with_open_entries: u64,
    /// The first of them, [`FoundRecords::MOST`] at most.
    pub first: Vec<String>,
}

impl Kind {
    fn note(&mut self, record_id: &str, is_open: bool) {
        self.records += 1;
        self.with_open_entries += u64::from(is_open);
        if self.first.len() < FoundRecords::MOST {
            self.first.push(record_id.to_owned());
        }
    }
}

impl TableSurvey {
    /// Begins the survey of a table.
    #[must_use]
    pub fn new(table: &str) -> Self {
        Self { table: table.to_owned(), ..Self::default() }
    }

    /// Notes a record that differs, and whether it has entries that are PENDING or FAILED.
    pub fn note(&mut self, record_id: &str, difference: Difference, is_open: bool) {
        match difference {
            Difference::Differs => &mut self.different,
            Difference::OnlyLocal => &mut self.only_local,
            Difference::OnlyCentral => &mut self.only_central,
        }
        .note(record_id, is_open);
    }
}

/// What was done once the person had decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Resumed {
    /// The epoch that has begun on both sides.
    pub epoch: String,
    /// Entries queued for what DB_B lacks or has otherwise; the capture triggers queue what is written into DB_A besides.
    pub entries_queued: u64,
    /// Rows of DB_B that were written into DB_A.
    pub records_written: u64,
    /// Rows of DB_B that DB_A refused.
    pub refused: Vec<Refused>,
    /// Counters of DB_A that were raised.
    pub counters: Vec<RaisedCounter>,
}

/// The rows of one table that DB_A refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The table.
    pub table: String,
    /// How many there are.
    pub records: u64,
    /// The first of them, [`FoundRecords::MOST`] at most.
    pub first: Vec<RefusedRecord>,
}

/// A row that DB_A refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedRecord {
    /// Its primary key, as the queue prints it.
    pub record_id: String,
    /// Why.
    pub message: String,
}

impl Refused {
    /// Begins the list of a table.
    #[must_use]
    pub fn of(table: &str) -> Self {
        Self { table: table.to_owned(), ..Self::default() }
    }

    /// Notes a row that DB_A refused.
    pub fn note(&mut self, record_id: &str, message: &str) {
        self.records += 1;
        if self.first.len() < FoundRecords::MOST {
            self.first.push(RefusedRecord { record_id: record_id.to_owned(), message: message.to_owned() });
        }
    }
}

/// A counter of DB_A that was raised, so that no id of DB_B is given again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RaisedCounter {
    /// Its table.
    pub table: String,
    /// The column that counts.
    pub column: String,
    /// The highest value in DB_B; the next one given is above it.
    pub above: u64,
}
