//! What `verify` found.

use serde::Serialize;

use super::entry::Operation;

/// Why a record need not be in DB_B yet, or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Waiting {
    /// An entry of it waits for the next cycle, or it changed all the while it was looked at.
    Pending,
    /// DB_B rejected it too often.
    Failed,
    /// It waits for another record.
    Held,
}

/// How a record differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// Both sides have it, with different values.
    Differs,
    /// DB_A has it, DB_B does not.
    OnlyLocal,
    /// DB_B has it, DB_A does not.
    OnlyCentral,
}

/// What to do about what differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// Nothing.
    No,
    /// Queue the records that DB_A has.
    Queue,
    /// Queue these, and the deletion of records that only DB_B has.
    QueueWithDeletes,
}

impl Repair {
    /// Gives the entry that mends a difference, if that is wanted.
    #[must_use]
    pub const fn entry(self, difference: Difference) -> Option<Operation> {
        match (self, difference) {
            (Self::No, _) | (Self::Queue, Difference::OnlyCentral) => None,
            (Self::Queue | Self::QueueWithDeletes, Difference::Differs) => Some(Operation::Update),
            (Self::Queue | Self::QueueWithDeletes, Difference::OnlyLocal) => Some(Operation::Insert),
            (Self::QueueWithDeletes, Difference::OnlyCentral) => Some(Operation::Delete),
        }
    }
}

/// The whole report.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Verification {
    /// Whether DB_B is proven to equal DB_A, but for what the next cycle brings: nothing that differs has failed or is held, or
    /// waits at a site that is stopped.
    pub equal: bool,
    /// Whether cycles are stopped until a person decides, see `resume`.
    pub stopped: bool,
    /// What was found in each table, parents first.
    pub tables: Vec<TableVerification>,
    /// Tables that cannot be compared, so that nothing is proven of them.
    pub not_compared: Vec<NotCompared>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Requests to DB_B that waited for an answer.
    pub central_round_trips: u64,
    /// Bytes of SQL sent to DB_B.
    pub central_bytes_sent: u64,
    /// Bytes of values that DB_B answered.
    pub central_bytes_received: u64,
}

/// What was found in one table.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TableVerification {
    /// The table.
    pub table: String,
    /// Rows of DB_A that were compared.
    pub compared: u64,
    /// Those of them that are in DB_B as they are.
    pub equal: u64,
    /// Records that both sides have with different values.
    pub different: u64,
    /// Records that only DB_A has.
    pub only_local: u64,
    /// Records that only DB_B has.
    pub only_central: u64,
    /// Records that differ and have an entry that is PENDING, FAILED or held.
    pub pending: u64,
    /// Those of them that DB_B has rejected too often.
    pub failed: u64,
    /// Those of them that wait for another record.
    pub held: u64,
    /// Entries that this run queued.
    pub queued: u64,
    /// The first records of each kind.
    pub records: FoundRecords,
}

/// The first records of each kind, [`FoundRecords::MOST`] at most.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FoundRecords {
    /// Records that both sides have with different values.
    pub different: Vec<String>,
    /// Records that only DB_A has.
    pub only_local: Vec<String>,
    /// Records that only DB_B has.
    pub only_central: Vec<String>,
    /// Records that differ and have an entry that is PENDING, FAILED or held.
    pub pending: Vec<PendingRecord>,
}

/// A record that need not be in DB_B yet.
#[derive(Debug, Clone, Serialize)]
pub struct PendingRecord {
    /// Its primary key, as the queue prints it.
    pub record_id: String,
    /// Why.
    pub state: Waiting,
}

/// A table that cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotCompared {
    /// The table.
    pub table: String,
    /// Why.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl FoundRecords {
    /// Most records of a kind that are listed; `explain` tells of each, and no one reads more.
    pub const MOST: usize = 20;
}

impl TableVerification {
    /// Begins the report on a table.
    #[must_use]
    pub fn new(table: &str) -> Self {
        Self { table: table.to_owned(), ..Self::default() }
    }

    /// Tells whether the table differs.
    #[must_use]
    pub const fn differs(&self) -> bool {
        self.different + self.only_local + self.only_central > 0
    }

    /// Notes a record that differs.
    pub fn note_difference(&mut self, record_id: &str, difference: Difference) {
        let (count, list) = match difference {
            Difference::Differs => (&mut self.different, &mut self.records.different),
            Difference::OnlyLocal => (&mut self.only_local, &mut self.records.only_local),
            Difference::OnlyCentral => (&mut self.only_central, &mut self.records.only_central),
        };
        *count += 1;
        if list.len() < FoundRecords::MOST {
            list.push(record_id.to_owned());
        }
    }

    /// Notes a record that need not be in DB_B yet.
    pub fn note_pending(&mut self, record_id: &str, state: Waiting) {
        self.pending += 1;
        match state {
            Waiting::Pending => {}
            Waiting::Failed => self.failed += 1,
            Waiting::Held => self.held += 1,
        }
        if self.records.pending.len() < FoundRecords::MOST {
            self.records.pending.push(PendingRecord { record_id: record_id.to_owned(), state });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_central_has_is_deleted_only_when_asked_for() {
        use Difference::{Differs, OnlyCentral, OnlyLocal};
        let entries = |repair: Repair| [Differs, OnlyLocal, OnlyCentral].map(|kind| repair.entry(kind));
        assert_eq!(entries(Repair::No), [None, None, None]);
        assert_eq!(entries(Repair::Queue), [Some(Operation::Update), Some(Operation::Insert), None]);
        assert_eq!(
            entries(Repair::QueueWithDeletes),
            [Some(Operation::Update), Some(Operation::Insert), Some(Operation::Delete)]
        );
    }

    #[test]
    fn the_lists_are_bounded_and_the_counts_are_not() {
        let mut table = TableVerification::new("users");
        for id in 0..100 {
            table.note_difference(&id.to_string(), Difference::OnlyLocal);
            table.note_pending(&id.to_string(), Waiting::Held);
        }
        assert_eq!((table.only_local, table.pending, table.held, table.failed), (100, 100, 100, 0));
        assert_eq!((table.records.only_local.len(), table.records.pending.len()), (20, 20));
    }
}
