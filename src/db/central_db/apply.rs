//! Applies batches: whole in as few round trips as possible, or piece by piece within one transaction.

use super::CentralDb;
use crate::db::codes;
use crate::db::error::DbError;
use crate::db::mapping::TableMapping;
use crate::db::sql::apply::{self, BEGIN, Fence};
use crate::models::change::{Change, Effect};

/// What is kept free of the server's packet limit, in bytes: fence, commit, and the protocol's own part.
const PACKET_RESERVE_BYTES: usize = 4096;

/// Changes of one table and one kind, applied by one statement.
#[derive(Debug, Clone, Copy)]
pub struct Unit<'a> {
    /// Their table.
    pub table: &'a TableMapping,
    /// At least one change; all are upserts, or all are deletes.
    pub changes: &'a [Change],
}

/// What became of an attempt to apply a batch.
#[derive(Debug)]
pub enum Applied {
    /// DB_B committed it.
    Committed,
    /// DB_B certainly did not commit it and never will: it answered with this error before the COMMIT.
    Rejected(DbError),
    /// Another process settled meanwhile, or the ledger is not as expected: nothing was applied.
    FenceFailed,
    /// Whether it was or will be committed is unknown until it is settled.
    InDoubt(DbError),
}

impl Unit<'_> {
    /// Gives the key of each change.
    fn keys(&self) -> Vec<Vec<String>> {
        let key = |change: &Change| match &change.effect {
            Effect::Upsert(row) => self.table.key_of(row).into_iter().map(str::to_owned).collect(),
            Effect::Delete(key) => key.clone(),
        };
        self.changes.iter().map(key).collect()
    }

    /// Tells whether its records may be deleted and inserted again in one step.
    #[must_use]
    pub fn may_be_parked(&self) -> bool {
        self.table.may_be_parked
            && self.changes.iter().all(|change| matches!(change.effect, Effect::Upsert(_)))
    }

    /// Writes the unit's statement.
    #[must_use]
    pub fn sql(&self) -> String {
        let (mut rows, mut keys) = (Vec::new(), Vec::new());
        for change in self.changes {
            match &change.effect {
                Effect::Upsert(row) => rows.push(row.as_slice()),
                Effect::Delete(key) => keys.push(key.clone()),
            }
        }
        if rows.is_empty() { apply::delete(self.table, &keys) } else { apply::upsert(self.table, &rows) }
    }
}

impl CentralDb {
    const fn max_statement_bytes(&self) -> usize {
        self.max_packet_bytes.saturating_sub(PACKET_RESERVE_BYTES)
    }

    /// Applies all units behind the fence and commits: one packet, if the server takes it in one.
    pub async fn apply_whole(&mut self, fence: &Fence, units: &[Unit<'_>]) -> Applied {
        let mut packet = Packet::begin(fence);
        let mut is_only_packet = true;
        for unit in units {
            let statement = match self.statement(unit) {
                Ok(statement) => statement,
                Err(too_large) => return self.undone(Applied::Rejected(too_large)).await,
            };
            if packet.sql.len() + statement.len() > self.max_statement_bytes() {
                if let Err(failed) = self.send(&packet).await {
                    return failed;
                }
                is_only_packet = false;
                packet = Packet::resume(fence);
            }
            packet.push(&statement);
        }
        if !is_only_packet {
            packet.push_fence(&[fence.check()]);
        }
        self.send_and_commit(packet).await
    }

    /// Begins a transaction behind the fence and leaves it open, for [`Self::try_unit`].
    ///
    /// # Errors
    /// What became of it when it could not be begun.
    pub async fn begin_behind_fence(&mut self, fence: &Fence) -> Result<(), Applied> {
        self.send(&Packet::begin(fence)).await
    }

    /// Tries a unit within the open transaction; when it fails, everything before it still stands.
    ///
    /// # Errors
    /// Why DB_B rejected the unit, or that the link broke.
    pub async fn try_unit(&mut self, unit: Unit<'_>) -> Result<(), DbError> {
        let packet = format!("savepoint unit;\n{}", self.statement(&unit)?);
        match self.session.script(&packet).await.failure {
            None => Ok(()),
            Some((_, error)) => {
                // After a deadlock the transaction is gone and so is the savepoint; the first error tells why,
                // and the fence is checked again before the COMMIT.
                if matches!(error, DbError::Server { .. }) {
                    let _ = self.session.execute("rollback to savepoint unit").await;
                }
                Err(error)
            }
        }
    }

    /// Tries upserts whose records stand in each other's way: all are deleted, with foreign keys unchecked for that
    /// one statement, and inserted again with foreign keys checked, in one unit that succeeds or fails whole.
    ///
    /// # Errors
    /// Why DB_B rejected one of them, or that the link broke; then all deletes are undone.
    pub async fn try_parked(&mut self, unit: Unit<'_>) -> Result<(), DbError> {
        let keys = unit.keys();
        let packet = [
            "savepoint unit",
            "set foreign_key_checks = 0",
            &apply::delete(unit.table, &keys),
            "set foreign_key_checks = 1",
            &self.statement(&unit)?,
            &apply::check_all_exist(unit.table, &keys),
        ]
        .join(";\n");
        match self.session.script(&packet).await.failure {
            None => Ok(()),
            Some((_, error)) => {
                if matches!(error, DbError::Server { .. }) {
                    let undo = "set foreign_key_checks = 1;\nrollback to savepoint unit";
                    let _ = self.session.script(undo).await;
                }
                Err(error)
            }
        }
    }

    /// Tells whether DB_B would take `one` if the records of `others` were not there; changes nothing.
    ///
    /// # Errors
    /// Why DB_B would not, or that the link broke.
    pub async fn probe_without(&mut self, others: Unit<'_>, one: Unit<'_>) -> Result<(), DbError> {
        let packet = [
            "savepoint unit",
            "set foreign_key_checks = 0",
            &apply::delete(others.table, &others.keys()),
            "set foreign_key_checks = 1",
            &self.statement(&one)?,
        ]
        .join(";\n");
        let answer = self.session.script(&packet).await;
        let undone = self.session.script("set foreign_key_checks = 1;\nrollback to savepoint unit").await;
        match (answer.failure, undone.failure) {
            (Some((_, error)), _) | (None, Some((_, error))) => Err(error),
            (None, None) => Ok(()),
        }
    }

    /// Commits the open transaction, provided that the fence it entered with still stands;
    /// with `exchange`, the ledger shows that fence's token instead.
    pub async fn commit_behind_fence(&mut self, fence: &Fence, exchange: Option<&Fence>) -> Applied {
        let mut packet = Packet::resume(fence);
        if let Some(next) = exchange {
            packet.push_fence(&fence.exchange(next));
        }
        self.send_and_commit(packet).await
    }

    /// Undoes the open transaction.
    ///
    /// # Errors
    /// That the link broke; the server then undoes it by itself.
    pub async fn undo(&mut self) -> Result<(), DbError> {
        self.session.execute("rollback").await.map(drop)
    }

    /// Sends a packet that does not commit; the next follows only once this one is drained clean.
    async fn send(&mut self, packet: &Packet) -> Result<(), Applied> {
        match self.session.script(&packet.sql).await.failure {
            None => Ok(()),
            Some((statement, error)) => Err(self.not_committed(packet, statement, error).await),
        }
    }

    /// Sends a packet that ends with COMMIT. An error of the COMMIT itself proves nothing.
    async fn send_and_commit(&mut self, mut packet: Packet) -> Applied {
        let commit = packet.push("commit");
        let answer = self.session.script(&packet.sql).await;
        match answer.failure {
            // The answer to a COMMIT, which has no rows, may be left out; none of the others may.
            None if answer.sets.len() >= commit => Applied::Committed,
            None => Applied::InDoubt(DbError::Decode(format!(
                "{} of {} statements were answered",
                answer.sets.len(),
                packet.statements
            ))),
            Some((statement, error)) if statement == commit => Applied::InDoubt(error),
            Some((statement, error)) => self.not_committed(&packet, statement, error).await,
        }
    }

    /// Undoes a transaction one statement of which failed before its COMMIT was reached.
    async fn not_committed(&mut self, packet: &Packet, statement: usize, error: DbError) -> Applied {
        if !matches!(error, DbError::Server { .. }) {
            return Applied::InDoubt(error);
        }
        let is_fence = packet.fences.contains(&statement) && error.code() == Some(codes::RAISED);
        self.undone(if is_fence { Applied::FenceFailed } else { Applied::Rejected(error) }).await
    }

    /// Answers `outcome` once the transaction is certainly undone.
    async fn undone(&mut self, outcome: Applied) -> Applied {
        match self.undo().await {
            Ok(()) => outcome,
            Err(lost) => Applied::InDoubt(lost),
        }
    }

    /// Writes a unit's statement, unless the server would close the connection over its size.
    fn statement(&self, unit: &Unit<'_>) -> Result<String, DbError> {
        let statement = unit.sql();
        if statement.len() <= self.max_statement_bytes() {
            return Ok(statement);
        }
        Err(DbError::Server {
            code: codes::PACKET_TOO_LARGE,
            sqlstate: "08S01".to_owned(),
            message: format!("{} bytes are more than DB_B's max_allowed_packet takes", statement.len()),
        })
    }
}

/// Several statements that go to the server together, and which of them are fences.
struct Packet {
    sql: String,
    statements: usize,
    fences: Vec<usize>,
}

impl Packet {
    /// Begins a transaction behind the fence.
    fn begin(fence: &Fence) -> Self {
        let mut packet = Self { sql: String::new(), statements: 0, fences: Vec::new() };
        for statement in BEGIN {
            packet.push(statement);
        }
        packet.push_fence(&fence.enter());
        packet
    }

    /// Goes on in a transaction, provided that its fence still stands.
    fn resume(fence: &Fence) -> Self {
        let mut packet = Self { sql: String::new(), statements: 0, fences: Vec::new() };
        packet.push_fence(&[fence.check()]);
        packet
    }

    /// Adds a statement; answers its index.
    fn push(&mut self, statement: &str) -> usize {
        if self.statements > 0 {
            self.sql.push_str(";\n");
        }
        self.sql.push_str(statement);
        self.statements += 1;
        self.statements - 1
    }

    /// Adds statements the last of which raises an error if the fence does not stand.
    fn push_fence(&mut self, statements: &[String]) {
        let indexes: Vec<usize> = statements.iter().map(|statement| self.push(statement)).collect();
        self.fences.extend(indexes.last());
    }
}
