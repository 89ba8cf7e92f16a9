//! One connection to one server, every request of which is bounded in time and counted.
//!
//! The driver has no time-outs of its own, so each request gets one here. After a failed link or a time-out
//! the connection is closed and never used again: what became of the request is unknown, and only the ledger can tell.

use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Compression, Conn, Opts, OptsBuilder, SslOpts, TextProtocol, Value};
use tokio::time::timeout;

use super::error::DbError;
use super::row::Row;
pub use super::script_answer::ScriptAnswer;
pub use super::traffic::Traffic;
use super::uploads::Uploads;
use super::watched;
use crate::config::{DatabaseUrl, Settings};
use crate::utils::clock::monotonic;

/// The slowest link on which a full batch is given the time it needs, in bytes per second. On a link ten times
/// slower, full batches time out until the batch size has shrunk to fit; ten times less here, and a peer that
/// fell silent in the middle of a full batch would be noticed only after ten minutes.
const SLOWEST_LINK_BYTES_PER_SECOND: u64 = 64 * 1024;

/// How long DB_A may take for one answer. It is near: this only keeps a dead server from hanging the process.
const LOCAL_ANSWER_TIMEOUT: Duration = Duration::from_mins(1);

/// The largest row that is read, in bytes: as large as the protocol allows. Servers send rows that are larger than the
/// packets they take, and the driver would go by the latter, close the connection, and never get past such a row.
const LARGEST_ANSWER_BYTES: usize = 1 << 30;

/// How long an idle connection of a pool may be used again, in seconds; the pool closes it long before.
const IDLE_SECONDS: usize = 8 * 3600;

/// How long closing may take before the socket is simply dropped.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(200);

/// How to reach a server, and how its sessions behave.
#[derive(Debug, Clone)]
pub struct Access {
    opts: Opts,
    answer_timeout: Duration,
}

impl Access {
    /// Prepares access to DB_A.
    #[must_use]
    pub fn local(settings: &Settings) -> Self {
        Self { opts: base_opts(&settings.local).into(), answer_timeout: LOCAL_ANSWER_TIMEOUT }
    }

    /// Prepares access to DB_B: verified TLS when an authority is set.
    #[must_use]
    pub fn central(settings: &Settings) -> Self {
        let ssl = settings.central_tls_ca.as_ref().map(|ca| {
            SslOpts::default().with_root_certs(vec![ca.clone().into()]).with_disable_built_in_roots(true)
        });
        Self {
            opts: base_opts(&settings.central).ssl_opts(ssl).into(),
            answer_timeout: settings.central_timeout,
        }
    }

    /// Lets what is sent and answered be compressed, if the server agrees.
    #[must_use]
    pub fn compressed(self) -> Self {
        let opts = OptsBuilder::from_opts(self.opts).compression(Compression::default());
        Self { opts: opts.into(), ..self }
    }

    /// Gives the driver's options, for a pool.
    pub(super) fn opts(&self) -> Opts {
        self.opts.clone()
    }

    /// Connects and runs `setup`, within the time one answer may take.
    ///
    /// # Errors
    /// When the server cannot be reached, refuses, or stays silent.
    pub async fn connect(&self, setup: &str) -> Result<Session, DbError> {
        let mut session = self.open().await?;
        session.script(setup).await.into_sets()?;
        Ok(session)
    }

    /// Connects within the time one answer may take. The session is as the server makes it.
    ///
    /// # Errors
    /// When the server cannot be reached, refuses, or stays silent.
    pub async fn open(&self) -> Result<Session, DbError> {
        watched::begins(self.answer_timeout);
        let uploads = Uploads::default();
        let opts = OptsBuilder::from_opts(self.opts.clone()).local_infile_handler(Some(uploads.clone()));
        let conn = timeout(self.answer_timeout, Conn::new(opts))
            .await
            .map_err(|_| DbError::Silent(self.answer_timeout))??;
        let mut session = Session {
            database: conn.opts().db_name().unwrap_or_default().to_owned(),
            conn: Some(conn),
            answer_timeout: self.answer_timeout,
            beside: 0,
            uploads,
            asked_at: monotonic(),
            traffic: Traffic::default(),
        };
        session.traffic.round_trips = 1;
        Ok(session)
    }
}

fn base_opts(url: &DatabaseUrl) -> OptsBuilder {
    OptsBuilder::default()
        .ip_or_hostname(url.host.clone())
        .tcp_port(url.port)
        .user(Some(url.user.clone()))
        .pass(Some(url.password.expose()))
        .db_name(Some(url.database.clone()))
        // The driver would leave TCP for the server's unix socket, past any TLS and any proxy.
        .prefer_socket(false)
        .tcp_keepalive(Some(Duration::from_secs(30)))
        .tcp_nodelay(true)
        // What is said here, the driver need not ask for.
        .max_allowed_packet(Some(LARGEST_ANSWER_BYTES))
        .wait_timeout(Some(IDLE_SECONDS))
        .connect_attribute("program_name", "backhaul")
}

/// One connection; see the module's words on what happens to it after a failure.
#[derive(Debug)]
pub struct Session {
    conn: Option<Conn>,
    database: String,
    answer_timeout: Duration,
    /// Bytes that others send over the same line meanwhile; each request is given the time they need as well.
    beside: usize,
    /// Rows that the server may ask for.
    uploads: Uploads,
    /// When it was asked last.
    asked_at: Instant,
    traffic: Traffic,
}

impl Session {
    /// Gives the name of the database the session works on.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Gives the server's id of this connection, by which it can be killed.
    #[must_use]
    pub fn connection_id(&self) -> Option<u32> {
        self.conn.as_ref().map(Conn::id)
    }

    /// Tells how much was asked so far.
    #[must_use]
    pub const fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// Counts what was asked on a connection before this one.
    pub(super) const fn count(&mut self, spent: Traffic) {
        self.traffic = self.traffic.and(spent);
    }

    /// Tells how long ago it was asked last.
    pub(super) fn quiet_for(&self) -> Duration {
        self.asked_at.elapsed()
    }

    /// Gives each request from now on the time that so many bytes of others need on the same line.
    pub(super) const fn share_line_with(&mut self, bytes: usize) {
        self.beside = bytes;
    }

    /// Offers rows, in place of all before, for statements that load them by their position.
    pub fn offer(&self, rows: Vec<Vec<u8>>) {
        self.uploads.offer(rows);
    }

    /// Tells whether the connection can still be used.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.conn.is_some()
    }

    /// Asks one statement and collects its rows.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn query(&mut self, sql: &str) -> Result<Vec<Row>, DbError> {
        Ok(self.script(sql).await.into_sets()?.into_iter().next().unwrap_or_default())
    }

    /// Asks one statement and makes something of each row as it comes in, so that no row is in memory together with all others.
    ///
    /// # Errors
    /// What the server or the link reports, or the first that `read` does.
    pub(super) async fn query_each<T>(
        &mut self,
        sql: &str,
        read: impl FnMut(Row) -> Result<T, DbError>,
    ) -> Result<Vec<T>, DbError> {
        let sets = self.script_each(sql, read).await.into_sets()?;
        sets.into_iter().next().unwrap_or_default().into_iter().collect()
    }

    /// Asks one statement that answers exactly one row.
    ///
    /// # Errors
    /// What the server or the link reports, or that there was no row.
    pub async fn query_one(&mut self, sql: &str) -> Result<Row, DbError> {
        let mut rows = self.query(sql).await?;
        rows.pop().ok_or_else(|| DbError::Decode("an answer of one row had none".to_owned()))
    }

    /// Carries out one statement and tells how many rows it touched.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn execute(&mut self, sql: &str) -> Result<u64, DbError> {
        let answer = self.script(sql).await;
        match answer.failure {
            Some((_, error)) => Err(error),
            None => Ok(answer.touched.first().copied().unwrap_or_default()),
        }
    }

    /// Sends several statements in one packet: one round trip. The server stops at the first that fails.
    pub async fn script(&mut self, sql: &str) -> ScriptAnswer {
        self.script_each(sql, |row| row).await
    }

    async fn script_each<T>(&mut self, sql: &str, mut read: impl FnMut(Row) -> T) -> ScriptAnswer<T> {
        let mut answer = ScriptAnswer {
            sets: Vec::new(),
            touched: Vec::new(),
            failure: None,
            first_answered_after: Duration::ZERO,
        };
        let Some(conn) = self.conn.as_mut() else {
            answer.failure = Some((0, DbError::Closed));
            return answer;
        };
        self.asked_at = monotonic();
        self.traffic.round_trips += 1;
        self.traffic.bytes_sent += sql.len() as u64;
        let on_the_line = (sql.len() + self.uploads.bytes() + self.beside) as u64;
        let limit = self.answer_timeout + Duration::from_secs(on_the_line / SLOWEST_LINK_BYTES_PER_SECOND);
        watched::begins(limit);
        let received = &mut self.traffic.bytes_received;
        let read = |row: Row| {
            *received += value_bytes(&row);
            read(row)
        };
        let ended = timeout(limit, run_script(conn, sql, &mut answer, read)).await;
        self.traffic = self.traffic.and(self.uploads.taken());
        let error = match ended {
            Ok(Ok(())) => return answer,
            Ok(Err(error)) => DbError::from(error),
            Err(_) => DbError::Silent(limit),
        };
        let failed_statement = match (answer.sets.last(), answer.touched.len()) {
            // Rows are announced but none came: the statement itself failed while answering.
            (Some(rows), finished) if finished < answer.sets.len() && rows.is_empty() => finished,
            (_, _) => answer.sets.len(),
        };
        if !matches!(error, DbError::Server { .. }) {
            self.close().await;
        }
        answer.failure = Some((failed_statement, error));
        answer
    }

    /// Drops the connection as if it had broken.
    pub(super) fn drop_connection(&mut self) {
        self.conn = None;
    }

    /// Closes the connection at once, without waiting for anything under way.
    pub async fn close(&mut self) {
        if let Some(conn) = self.conn.take() {
            // Whatever it answers, the socket is gone afterwards.
            let _ = timeout(CLOSE_TIMEOUT, conn.disconnect()).await;
        }
    }
}

/// Counts the bytes of all values.
fn value_bytes(row: &Row) -> u64 {
    row.values().flatten().map(|value| value.len() as u64).sum()
}

/// Sends `sql` and reads every answer; what was read before an error stays in `answer`.
async fn run_script<T>(
    conn: &mut Conn,
    sql: &str,
    answer: &mut ScriptAnswer<T>,
    mut read: impl FnMut(Row) -> T,
) -> Result<(), mysql_async::Error> {
    let asked_at = monotonic();
    let mut result = conn.query_iter(sql).await?;
    answer.first_answered_after = asked_at.elapsed();
    loop {
        let has_rows = !result.columns_ref().is_empty();
        let touched = result.affected_rows();
        answer.sets.push(Vec::new());
        if !has_rows {
            answer.touched.push(touched);
        }
        while let Some(row) = next_row(&mut result).await? {
            if let Some(set) = answer.sets.last_mut() {
                set.push(read(row));
            }
        }
        if has_rows {
            answer.touched.push(0);
        }
        if result.is_empty() {
            // The driver keeps the error of the next statement back until it is asked once more; and a last
            // statement without rows counts as empty as well, so `sets` may be one short when all went well.
            return next_row(&mut result).await.map(drop);
        }
    }
}

async fn next_row(
    result: &mut mysql_async::QueryResult<'_, '_, TextProtocol>,
) -> Result<Option<Row>, mysql_async::Error> {
    Ok(result.next().await?.map(|row| Row::new(row.unwrap().into_iter().map(bytes_of).collect())))
}

/// Takes a value as text: NULL or bytes in the text protocol, numbers besides in the binary one.
pub(super) fn bytes_of(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(bytes),
        other => Some(other.as_sql(true).into_bytes()),
    }
}
