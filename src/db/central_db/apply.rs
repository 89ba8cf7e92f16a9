//! Applies batches: whole in as few round trips as possible, or piece by piece within one transaction.

use super::CentralDb;
use super::script::Script;
use super::unit::Unit;
use crate::db::codes;
use crate::db::error::DbError;
use crate::db::sql::apply::{BEGIN, Fence};
use crate::utils::fault::{Moment, Point};

/// What is kept free of the server's packet limit, in bytes: fence, commit, and the protocol's own part.
const PACKET_RESERVE_BYTES: usize = 4096;

/// About how many bytes are sent at once while rejected records are searched; ten times more, and each answer on a
/// slow line would be waited for ten times longer, most of it for statements behind the one that fails.
const TRIED_BYTES: usize = 1 << 20;

/// What became of an attempt to apply a batch.
#[derive(Debug)]
pub enum Applied {
    /// DB_B committed it.
    Committed,
    /// DB_B certainly did not commit it and never will: it answered with this error before the COMMIT.
    Rejected(DbError),
    /// DB_B certainly did not commit it, since it did not take wide rows as data; as SQL it may.
    NotLoaded(DbError),
    /// Another process settled meanwhile, or the ledger is not as expected: nothing was applied.
    FenceFailed,
    /// Whether it was or will be committed is unknown until it is settled.
    InDoubt(DbError),
}

/// How far a number of units came.
#[derive(Debug)]
pub struct Tried {
    /// How many of them, from the first on, were applied.
    pub applied: usize,
    /// Why DB_B rejected the next one; without it, that one was not tried.
    pub rejected: Option<DbError>,
}

impl CentralDb {
    pub(super) const fn max_statement_bytes(&self) -> usize {
        self.max_packet_bytes.saturating_sub(PACKET_RESERVE_BYTES)
    }

    /// Applies a batch behind the fence and commits: one packet, if the server takes it in one. With `follows`, DB_B waits a
    /// little for the batch before.
    pub async fn apply_whole(&mut self, fence: &Fence, mut script: Script, follows: bool) -> Applied {
        self.session.offer(script.take_uploads());
        let applied = self.apply_script(fence, script, follows).await;
        self.session.offer(Vec::new());
        applied
    }

    async fn apply_script(&mut self, fence: &Fence, script: Script, follows: bool) -> Applied {
        if let Some(too_large) = script.statements().find_map(|statement| self.check_size(statement).err()) {
            return self.undone(Applied::Rejected(too_large)).await;
        }
        let first = if follows { Packet::follow(fence) } else { Packet::begin(fence) };
        let last = if first.sql.len() + script.len() <= self.max_statement_bytes() {
            first.before(script)
        } else {
            match self.send_all_but_the_last(first, fence, &script).await {
                Ok(last) => last,
                Err(failed) => return failed,
            }
        };
        self.send_and_commit(Point::named("batch"), last).await
    }

    /// Sends a script that needs several packets; gives the last of them.
    async fn send_all_but_the_last(
        &mut self,
        first: Packet,
        fence: &Fence,
        script: &Script,
    ) -> Result<Packet, Applied> {
        let mut packet = first;
        for (index, statement) in script.statements().enumerate() {
            if packet.sql.len() + statement.len() > self.max_statement_bytes() {
                self.send(&packet).await?;
                self.session.fault_point("packet-sent").await.map_err(Applied::InDoubt)?;
                packet = Packet::resume(fence);
            }
            let pushed = packet.push(statement);
            packet.loading.extend(script.is_loading(index).then_some(pushed));
        }
        packet.push_fence(&[fence.check()]);
        Ok(packet)
    }

    /// Begins a transaction behind the fence and leaves it open, for [`Self::try_units`].
    ///
    /// # Errors
    /// What became of it when it could not be begun.
    pub async fn begin_behind_fence(&mut self, fence: &Fence) -> Result<(), Applied> {
        self.send(&Packet::begin(fence)).await
    }

    /// Applies units within the open transaction until one is rejected; what was applied before it stands.
    /// Sends no more than about a megabyte, so that the caller learns early how it goes.
    pub async fn try_units(&mut self, units: &[Unit<'_>]) -> Tried {
        let (mut statements, mut ends, mut bytes) = (Vec::new(), Vec::new(), 0);
        for unit in units {
            let some = unit.statements();
            bytes += some.iter().map(String::len).sum::<usize>();
            if bytes > TRIED_BYTES && !ends.is_empty() {
                break;
            }
            statements.extend(some);
            ends.push(statements.len());
        }
        match self.run(&statements).await {
            Ok(()) => Tried { applied: ends.len(), rejected: None },
            Err((failed, error)) => {
                Tried { applied: ends.partition_point(|&end| end <= failed), rejected: Some(error) }
            }
        }
    }

    /// Carries out statements within the open transaction, in one packet if the server takes it in one.
    ///
    /// # Errors
    /// The index of the statement that failed, and why. Those before it stand, unless a deadlock undid all of them.
    pub(super) async fn run(&mut self, statements: &[String]) -> Result<(), (usize, DbError)> {
        let mut done = 0;
        while done < statements.len() {
            let (mut sql, mut count) = (String::new(), 0);
            for statement in &statements[done..] {
                self.check_size(statement).map_err(|too_large| (done + count, too_large))?;
                if count > 0 && sql.len() + statement.len() > self.max_statement_bytes() {
                    break;
                }
                if count > 0 {
                    sql.push_str(";\n");
                }
                sql.push_str(statement);
                count += 1;
            }
            if let Some((failed, error)) = self.session.script(&sql).await.failure {
                return Err((done + failed, error));
            }
            done += count;
        }
        Ok(())
    }

    /// Commits the open transaction, provided that the fence it entered with still stands;
    /// with `exchange`, the ledger shows that fence's token instead.
    pub async fn commit_behind_fence(&mut self, fence: &Fence, exchange: Option<&Fence>) -> Applied {
        let mut packet = Packet::resume(fence);
        if let Some(next) = exchange {
            packet.push_fence(&fence.exchange(next));
        }
        self.send_and_commit(Point::named("rest"), packet).await
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
    async fn send_and_commit(&mut self, point: Point, mut packet: Packet) -> Applied {
        let commit = packet.push("commit");
        if let Err(error) = self.session.pass(point, Moment::BeforeCommit).await {
            return Applied::InDoubt(error);
        }
        let answer = self.session.script(&packet.sql).await;
        if let Err(error) = self.session.pass(point, Moment::AfterCommit).await {
            return Applied::InDoubt(error);
        }
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
        let outcome = if packet.loading.contains(&statement) {
            Self::give_up_loading(&error);
            Applied::NotLoaded(error)
        } else if packet.fences.contains(&statement) && error.code() == Some(codes::RAISED) {
            Applied::FenceFailed
        } else {
            Applied::Rejected(error)
        };
        self.undone(outcome).await
    }

    /// Answers `outcome` once the transaction is certainly undone.
    async fn undone(&mut self, outcome: Applied) -> Applied {
        match self.undo().await {
            Ok(()) => outcome,
            Err(lost) => Applied::InDoubt(lost),
        }
    }

    /// Rejects a statement over whose size the server would close the connection.
    fn check_size(&self, statement: &str) -> Result<(), DbError> {
        if statement.len() <= self.max_statement_bytes() {
            return Ok(());
        }
        Err(DbError::Server {
            code: codes::PACKET_TOO_LARGE,
            sqlstate: "08S01".to_owned(),
            message: format!("{} bytes are more than DB_B's max_allowed_packet takes", statement.len()),
        })
    }
}

/// Several statements that go to the server together, which of them are fences, and which bring rows as data.
#[derive(Default)]
struct Packet {
    sql: String,
    statements: usize,
    fences: Vec<usize>,
    loading: Vec<usize>,
}

impl Packet {
    /// Begins a transaction behind the fence.
    fn begin(fence: &Fence) -> Self {
        Self::begin_after(&[], fence)
    }

    /// Waits for the batch before, and begins a transaction behind the fence.
    fn follow(fence: &Fence) -> Self {
        Self::begin_after(&fence.wait_for_previous(), fence)
    }

    fn begin_after(first: &[String], fence: &Fence) -> Self {
        let mut packet = Self::default();
        for statement in first {
            packet.push(statement);
        }
        for statement in BEGIN {
            packet.push(statement);
        }
        packet.push_fence(&fence.enter());
        packet
    }

    /// Goes on in a transaction, provided that its fence still stands.
    fn resume(fence: &Fence) -> Self {
        let mut packet = Self::default();
        packet.push_fence(&[fence.check()]);
        packet
    }

    /// Puts its statements before those of a script.
    fn before(self, script: Script) -> Self {
        let Self { sql, statements, fences, .. } = self;
        let (sql, more, loading) = script.behind(&sql);
        let loading = loading.into_iter().map(|index| statements + index).collect();
        Self { sql, statements: statements + more, fences, loading }
    }

    /// Adds a statement; answers its index.
    fn push(&mut self, statement: &str) -> usize {
        if self.statements > 0 {
            self.sql.push_str(Script::SEPARATOR);
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
