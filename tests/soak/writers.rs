//! Several writers on DB_A at once, who pause when told and endure everything.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::sql::{Patience, try_connect};
use crate::statements;
use crate::support::dice::Dice;

/// How many write at the same time; one more keeps its transactions open for long.
const WRITERS: u64 = 4;

/// Between two transactions of one writer, so that a small machine has time left for the rest.
const BREATH: Duration = Duration::from_millis(15);

/// The writers at work; they end when this is dropped.
pub struct Writers {
    pause: watch::Sender<bool>,
    at_rest: Vec<watch::Receiver<bool>>,
    changes: Arc<AtomicU64>,
    _all: JoinSet<()>,
}

/// What one writer has.
struct Writer {
    url: String,
    dice: Dice,
    pause: watch::Receiver<bool>,
    at_rest: watch::Sender<bool>,
    changes: Arc<AtomicU64>,
    lingers: bool,
    /// Whether it works as most programs do, which lock only the rows they change.
    locks_little: bool,
}

impl Writers {
    /// Sets all of them to work, at rest at first.
    pub fn start(url: &str, seed: u64) -> Self {
        let (pause, told) = watch::channel(true);
        let changes = Arc::<AtomicU64>::default();
        let mut writers = JoinSet::new();
        let mut at_rest = Vec::new();
        for number in 0..=WRITERS {
            let (says, rests) = watch::channel(true);
            at_rest.push(rests);
            let writer = Writer {
                url: url.to_owned(),
                dice: Dice::new(seed.wrapping_mul(1000) + number),
                pause: told.clone(),
                at_rest: says,
                changes: Arc::clone(&changes),
                lingers: number == WRITERS,
                locks_little: number != 0,
            };
            writers.spawn(writer.work());
        }
        Self { pause, at_rest, changes, _all: writers }
    }

    /// Lets them write.
    pub fn go_on(&self) {
        self.pause.send_replace(false);
    }

    /// Tells them to pause, and waits until no transaction is open.
    pub async fn rest(&mut self) {
        self.pause.send_replace(true);
        for rests in &mut self.at_rest {
            let rest = timeout(Duration::from_mins(1), rests.wait_for(|rest| *rest)).await;
            rest.expect("a writer comes to rest").unwrap();
        }
    }

    /// Counts the statements that changed something.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }
}

impl Writer {
    async fn work(mut self) {
        let mut conn = None;
        loop {
            if *self.pause.borrow() {
                self.at_rest.send_replace(true);
                if self.pause.wait_for(|pause| !pause).await.is_err() {
                    return;
                }
                // A writer that goes on after the next pause was told has not been waited for yet.
                self.at_rest.send_replace(false);
                continue;
            }
            if conn.is_none() {
                conn = self.connect().await;
            }
            if let Some(open) = &mut conn
                && self.transaction(open).await.is_none()
            {
                conn = None;
            }
            tokio::time::sleep(BREATH).await;
        }
    }

    async fn connect(&self) -> Option<Conn> {
        let mut conn = try_connect(&self.url, Patience::Short).await.ok()?;
        // Writers that wait for each other shall give way soon.
        conn.query_drop("set innodb_lock_wait_timeout = 1, sql_mode = 'STRICT_ALL_TABLES'").await.ok()?;
        if self.locks_little {
            conn.query_drop("set session transaction isolation level read committed").await.ok()?;
        }
        Some(conn)
    }

    /// Carries out one transaction; `None` when the connection is of no use any more.
    async fn transaction(&mut self, conn: &mut Conn) -> Option<()> {
        let mut statements = statements::transaction(&mut self.dice);
        if self.lingers {
            statements.extend(statements::transaction(&mut self.dice));
        }
        let linger = Duration::from_millis(300 + self.dice.roll(6_000));
        let end = if self.dice.happens(12) { "rollback" } else { "commit" };
        self.carry_out(conn, "begin").await?;
        for statement in statements {
            self.carry_out(conn, &statement).await?;
        }
        if self.lingers && !*self.pause.borrow_and_update() {
            let _ = timeout(linger, self.pause.changed()).await;
        }
        self.carry_out(conn, end).await
    }

    /// Carries out one statement; what the server refuses is passed over, as a program with a bad day does.
    async fn carry_out(&self, conn: &mut Conn, sql: &str) -> Option<()> {
        match timeout(Duration::from_secs(20), conn.query_drop(sql)).await {
            Ok(Ok(())) => {
                self.changes.fetch_add(u64::from(conn.affected_rows() > 0), Ordering::SeqCst);
                Some(())
            }
            Ok(Err(mysql_async::Error::Server(_))) => Some(()),
            Ok(Err(_)) | Err(_) => None,
        }
    }
}
