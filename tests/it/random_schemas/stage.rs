//! Plays a sequence on two databases: the work in DB_A, cycles until nothing is left, and the comparison.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use backhaul::config::{Environment, Settings};
use backhaul::models::cycle::{CycleReport, Outcome, Trigger};
use backhaul::services::install;
use backhaul::services::reachability::Reachability;
use backhaul::services::sync::SyncService;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Row};
use tokio_util::sync::CancellationToken;

use super::draw_work::FILE;
use super::schema::{Schema, Whose};
use super::sequence::{Ends, Round, Sequence, Step};
use crate::support::equality::differences;
use crate::support::side::{BytesRow, bytes_row};
use crate::support::{Pair, Place, servers};

/// Most cycles after one round. With batches of one entry a chain of unique values needs several.
const MOST_CYCLES: usize = 40;

/// How long one cycle may take. A healthy one takes a fraction, on a busy machine too.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The code of a statement that gave up waiting for a lock.
const LOCK_WAIT_TIMEOUT: u16 = 1205;

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// Its statements were carried out, or refused at once.
    Done,
    /// One of them met a lock of the other session.
    MetALock,
}

/// What went wrong.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Which sort of failure it is; a smaller sequence must fail in the same way.
    pub kind: String,
    /// What exactly.
    pub details: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.details)
    }
}

fn failure(kind: impl Into<String>, details: impl Into<String>) -> Failure {
    Failure { kind: kind.into(), details: details.into() }
}

/// Two databases on which one sequence after the other is played.
pub struct Stage {
    pair: Pair,
    local: Conn,
    other: Conn,
    central: Conn,
    patience: Duration,
}

impl Stage {
    /// Creates the databases; a cycle that takes longer than `patience` is a failure.
    pub async fn new(patience: Duration) -> Self {
        let pair = Pair::new().await;
        pair.set_online(true);
        let local = pair.local.connect().await;
        let (other, central) = (pair.local.connect().await, pair.central.connect().await);
        Self { pair, local, other, central, patience }
    }

    /// Plays a sequence. After a failure the stage is of no more use.
    pub async fn play(&mut self, sequence: &Sequence) -> Result<(), Failure> {
        if !self.build(&sequence.schema).await? {
            return Ok(());
        }
        // What meets a lock of the other session is refused: at once on MariaDB, after a second on MySQL. The servers' own
        // work in the background must not meet DDL in this way.
        self.local.query_drop("set innodb_lock_wait_timeout = 0").await.unwrap();
        for round in &sequence.rounds {
            self.begin_late(round).await;
            for step in &round.steps {
                // A second for each statement that meets the lock is too much of the same.
                if self.work(step).await == Work::MetALock && Place::Local.is_mysql() {
                    break;
                }
            }
            if self.has_orphans(&sequence.schema).await {
                return Ok(());
            }
            self.drain(round).await?;
            self.compare(&sequence.schema).await?;
        }
        Ok(())
    }

    /// Creates the tables and installs; tells whether all of them can be carried. What may be refused is nothing but
    /// cascades too many for any trigger.
    async fn build(&mut self, schema: &Schema) -> Result<bool, Failure> {
        self.local.query_drop("set innodb_lock_wait_timeout = 50").await.unwrap();
        for (conn, side) in [(&mut self.local, Whose::Local), (&mut self.central, Whose::Central)] {
            let old: Vec<String> = conn
                .query("select table_name from information_schema.tables where table_schema = database() and table_name not like 'sync%'")
                .await
                .unwrap();
            let drops: Vec<String> = old.iter().map(|table| format!("drop table `{table}`; ")).collect();
            let script = format!("set foreign_key_checks = 0; {}set foreign_key_checks = 1", drops.concat());
            conn.query_drop(script).await.unwrap();
            for statement in schema.create(side) {
                conn.query_drop(&statement).await.unwrap_or_else(|error| panic!("{error} in {statement}"));
            }
        }
        let settings = self.settings(1);
        let report =
            install::run(&settings).await.map_err(|error| failure("install", format!("{error:?}")))?;
        match report.refused.first() {
            Some(refused) if refused.message.contains("so many that cascade in circles") => Ok(false),
            Some(refused) => Err(failure("refused", format!("{}; {}", refused.message, refused.remedy))),
            None => Ok(true),
        }
    }

    fn settings(&self, batch_size: usize) -> Settings {
        let mut values: BTreeMap<String, String> = self.pair.program.settings().clone();
        values.insert("SYNC_TABLES".to_owned(), "*".to_owned());
        values.insert("SYNC_BATCH_SIZE".to_owned(), batch_size.to_string());
        Settings::from_values(&values).unwrap()
    }

    /// Tells whether DB_A broke its own foreign keys: MySQL 9.7 takes a row without its parent when the key's index
    /// is unique and another column of it is NULL, and when a row refers to its own table by a key that begins as
    /// its own does. DB_B is right to reject such a record, and the sequence says nothing.
    async fn has_orphans(&mut self, schema: &Schema) -> bool {
        for table in &schema.tables {
            for key in &table.foreign_keys {
                let pairs = || key.columns.iter().zip(&key.parent_columns);
                let equal: Vec<String> = pairs().map(|(from, to)| format!("c.{from} = p.{to}")).collect();
                let refers: Vec<String> = pairs().map(|(from, _)| format!("c.{from} is not null")).collect();
                let orphans = format!(
                    "select count(*) from {} c where {} and not exists (select 1 from {} p where {})",
                    table.name,
                    refers.join(" and "),
                    key.parent,
                    equal.join(" and ")
                );
                if self.local.query_first::<u64, _>(orphans).await.unwrap() != Some(0) {
                    assert!(Place::Local.is_mysql(), "{} has rows without their parents", table.name);
                    return true;
                }
            }
        }
        false
    }

    async fn begin_late(&mut self, round: &Round) {
        if round.late.is_empty() {
            return;
        }
        self.other.query_drop("start transaction").await.unwrap();
        let file = servers::scratch_dir("rows").join("rows.txt").display().to_string();
        for statement in &round.late {
            let _ = self.other.query_drop(statement.replace(FILE, &file)).await;
        }
    }

    async fn work(&mut self, step: &Step) -> Work {
        let mut work = Work::Done;
        let (begin, end) = match step.ends {
            Ends::Alone => (None, None),
            Ends::Committed => (Some("start transaction"), Some("commit")),
            Ends::RolledBack => (Some("start transaction"), Some("rollback")),
        };
        // A file is written once and loaded by the next statement.
        let mut file = String::new();
        for statement in begin.into_iter().chain(step.statements.iter().map(String::as_str)).chain(end) {
            if statement.contains("into outfile") {
                file = servers::scratch_dir("rows").join("rows.txt").display().to_string();
            }
            // What DB_A refuses is part of the work.
            if let Err(Error::Server(error)) = self.local.query_drop(statement.replace(FILE, &file)).await
                && error.code == LOCK_WAIT_TIMEOUT
            {
                work = Work::MetALock;
            }
        }
        work
    }

    async fn drain(&mut self, round: &Round) -> Result<(), Failure> {
        let mut idle = 0;
        for cycle in 0..MOST_CYCLES {
            let batch_size = *round.batch_sizes.get(cycle).or(round.batch_sizes.last()).unwrap_or(&1000);
            let ended = tokio::time::timeout(self.patience, self.cycle(batch_size)).await;
            let report = ended.map_err(|_| failure("cycle does not end", format!("{:?}", self.patience)))?;
            let was_late = cycle == 0 && !round.late.is_empty();
            if was_late {
                self.other.query_drop("commit").await.unwrap();
            }
            match report.outcome {
                Outcome::Drained if was_late => {}
                Outcome::Drained => return self.expect_nothing_open().await,
                Outcome::Partial => {}
                Outcome::Offline
                | Outcome::Unreachable
                | Outcome::Busy
                | Outcome::Stopped
                | Outcome::Error => {
                    return Err(failure("cycle ended", report.message.unwrap_or_default()));
                }
            }
            let judged = self.setbacks("state <> 'HELD'").await;
            if !judged.is_empty() {
                let codes = "select group_concat(distinct code order by code) from sync_failures where code is not null";
                let codes: Option<String> = self.local.query_first(codes).await.unwrap();
                return Err(failure(format!("innocent judged, {}", codes.unwrap_or_default()), judged));
            }
            idle = if report.entries_synced == 0 { idle + 1 } else { 0 };
            if idle == 3 {
                return Err(failure("held for ever", self.setbacks("true").await));
            }
        }
        Err(failure("too many cycles", self.setbacks("true").await))
    }

    async fn cycle(&self, batch_size: usize) -> CycleReport {
        let service = SyncService::new(
            Arc::new(Environment::new(Some(self.pair.dir().join(".env")), [])),
            Arc::new(self.settings(batch_size)),
            Reachability::default(),
            CancellationToken::new(),
        );
        service.run(Trigger::Cli).await
    }

    async fn expect_nothing_open(&mut self) -> Result<(), Failure> {
        let open: Option<u64> = self
            .local
            .query_first("select count(*) from sync_queue where sync_status <> 'SYNCED'")
            .await
            .unwrap();
        if open == Some(0) { Ok(()) } else { Err(failure("left open", format!("{open:?} entries"))) }
    }

    async fn setbacks(&mut self, condition: &str) -> String {
        let rows: Vec<(String, String, String, Option<String>)> = self
            .local
            .query(format!(
                "select table_name, record_id, state, message from sync_failures where {condition}"
            ))
            .await
            .unwrap();
        let mut lines: Vec<String> = rows
            .into_iter()
            .map(|(table, record, state, message)| {
                format!("{table} {record} {state}: {}", message.unwrap_or_default())
            })
            .collect();
        if condition == "true" {
            let held: Vec<(String, String)> =
                self.local.query("select table_name, message from sync_held_tables").await.unwrap();
            lines.extend(held.into_iter().map(|(table, message)| format!("{table}: {message}")));
        }
        lines.join("\n")
    }

    async fn compare(&mut self, schema: &Schema) -> Result<(), Failure> {
        let mut found = Vec::new();
        for table in &schema.tables {
            let sql = format!("select * from {}", table.name);
            let [local, central] = [rows(&mut self.local, &sql).await, rows(&mut self.central, &sql).await];
            found.extend(differences(&local, &central).iter().map(|line| format!("{} {line}", table.name)));
        }
        if found.is_empty() { Ok(()) } else { Err(failure("different", found.join("\n"))) }
    }
}

async fn rows(conn: &mut Conn, sql: &str) -> Vec<BytesRow> {
    let rows: Vec<Row> = conn.query(sql).await.unwrap();
    let mut rows: Vec<BytesRow> = rows.into_iter().map(bytes_row).collect();
    rows.sort();
    rows
}
