//! What is compared: each does the same work on servers of its own, and is checked when it says that it is done.

mod backhaul;
mod dump;
mod node_loop;
mod pt_table_sync;
mod replication;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use crate::bench::Bench;
use crate::stage::{Server, Side};
use crate::workload::Workload;
use crate::writing::Written;

/// One way to bring the changes of DB_A to DB_B.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Candidate {
    /// `backhaul sync` with default settings.
    Backhaul,
    /// MariaDB's own replication, one transaction after the other.
    Serial,
    /// MariaDB's own replication, optimistic with four threads.
    Parallel,
    /// The loop that one would write first, in Node.
    NodeLoop,
    /// `pt-table-sync` of Percona's toolkit.
    PtTableSync,
    /// The floor: all rows written out and read in.
    Dump,
}

/// What a candidate needed.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// Time on the clock.
    pub seconds: f64,
    /// How much was carried: entries of the queue, or rows where `unit` says so.
    pub units: u64,
    /// Processor time of the server of DB_A.
    pub local_cpu_seconds: f64,
    /// Processor time of the server of DB_B.
    pub central_cpu_seconds: f64,
    /// Whatever else it said about itself.
    pub details: Value,
}

impl Candidate {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] =
        [Self::Backhaul, Self::Serial, Self::Parallel, Self::NodeLoop, Self::PtTableSync, Self::Dump];

    /// Its name for a person.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Backhaul => "Backhaul, `sync`",
            Self::Serial => "MariaDB replication, serial",
            Self::Parallel => "MariaDB replication, 4 threads",
            Self::NodeLoop => "Node loop, one entry at a time",
            Self::PtTableSync => "pt-table-sync",
            Self::Dump => "floor: dump and load of all rows",
        }
    }

    /// Tells whether it carries only a part of the work, because all of it would take too long.
    pub const fn is_on_a_sample(self) -> bool {
        matches!(self, Self::NodeLoop | Self::PtTableSync)
    }

    /// What its rate counts.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::PtTableSync => "rows",
            Self::Backhaul | Self::Serial | Self::Parallel | Self::NodeLoop | Self::Dump => "entries",
        }
    }

    /// Tells whether it takes part in a workload: the slow ones are shown once, on small transactions.
    pub const fn takes_part(self, workload: Workload) -> bool {
        !self.is_on_a_sample() || matches!(workload, Workload::Oltp)
    }

    /// Tells what it lacks on this machine.
    pub fn lacks(self, node_dir: &Path) -> Option<String> {
        match self {
            Self::NodeLoop if !node_dir.join("node_modules/mysql2").exists() => {
                Some("Node.js or its packages are not there".to_owned())
            }
            Self::PtTableSync if !answers("pt-table-sync") => Some("percona-toolkit is not there".to_owned()),
            Self::Dump if !answers("mariadb-dump") => Some("mariadb-dump is not there".to_owned()),
            _ => None,
        }
    }

    /// Lets it do the work once.
    pub fn run(self, arena: &Arena) -> Result<Measured> {
        match self {
            Self::Backhaul => backhaul::run(arena),
            Self::Serial => replication::run(arena, 0),
            Self::Parallel => replication::run(arena, 4),
            Self::NodeLoop => node_loop::run(arena),
            Self::PtTableSync => pt_table_sync::run(arena),
            Self::Dump => dump::run(arena),
        }
    }
}

/// One workload, written and ready to be carried as often as need be.
pub struct Arena<'a> {
    /// The run.
    pub bench: &'a Bench,
    /// The work.
    pub workload: Workload,
    /// What each candidate begins with.
    pub written: &'a Written,
    /// DB_A as it was written without capture; candidates only read it, so it runs on.
    pub source: &'a Server,
}

impl Arena<'_> {
    /// Starts a fresh replica or target without anything of Backhaul.
    fn plain_central(&self) -> Result<Server> {
        self.bench.stage.start("run-central", Side::Central, Some(&self.written.plain_central))
    }

    /// Starts both sides as Backhaul's `install` and the writers left them. DB_A has in memory what was written last, as the
    /// source of the other candidates has, which runs on.
    fn captured(&self) -> Result<(Server, Server)> {
        let local = self.bench.stage.start("run-local", Side::Local, Some(&self.written.captured_local))?;
        local.warm(self.workload.tables())?;
        let central =
            self.bench.stage.start("run-central", Side::Central, Some(&self.written.captured_central))?;
        Ok((local, central))
    }
}

fn answers(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
