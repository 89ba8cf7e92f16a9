//! What a campaign plays on: two servers of its own, accounts as people would make them, and a bad line to each.

use std::path::Path;

use crate::support::program::{Program, free_port};
use crate::support::{ChaosProxy, OwnServer, Pair, Place};
use crate::tables::{self, TABLES};

/// The account with which the program works every day, on either side.
pub const ACCOUNT: &str = "till";

/// Everything there is.
pub struct Stage {
    /// Both databases, with the way people reach them: directly, as administrator.
    pub pair: Pair,
    /// How the program is run every day: its own accounts, both servers through the proxies.
    pub daily: Program,
    /// How `install` is run: as administrator, directly.
    pub administrator: Program,
    /// The line to DB_A.
    pub local_line: ChaosProxy,
    /// The line to DB_B.
    pub central_line: ChaosProxy,
}

/// The servers; they outlive the stage, so that what is left of a failed campaign can be kept.
pub struct Servers {
    /// DB_A's.
    pub local: OwnServer,
    /// DB_B's.
    pub central: OwnServer,
}

impl Servers {
    /// Starts both.
    pub fn start() -> Self {
        Self { local: OwnServer::start(Place::Local), central: OwnServer::start(Place::Central) }
    }
}

impl Stage {
    /// Creates the tables on both sides, installs, and lets every write be written down.
    pub async fn set(servers: &Servers) -> Self {
        let mut pair = Pair::on(&servers.local, &servers.central).await;
        pair.set("SYNC_TABLES", &tables::names().join(","));
        pair.set("SYNC_CRON", "* * * * * *");
        // A machine with much to do is slow, not silent.
        pair.set("CENTRAL_TIMEOUT_SECONDS", "3");
        let line = (ChaosProxy::start(pair.local_port()), ChaosProxy::start(pair.central_port()));
        let stage = Self {
            daily: daily(&pair, &line),
            administrator: pair.program.clone(),
            pair,
            local_line: line.0,
            central_line: line.1,
        };
        stage.create_tables().await;
        stage.create_accounts().await;
        stage.administrator.run(&["install"]).await.expect_code(0);
        stage.write_down().await;
        stage
    }

    async fn create_tables(&self) {
        for (side, schema) in
            [(&self.pair.local, tables::local_schema()), (&self.pair.central, tables::central_schema())]
        {
            side.execute("alter database character set utf8mb4 collate utf8mb4_unicode_520_ci").await;
            side.execute(&schema).await;
        }
    }

    async fn create_accounts(&self) {
        let grants = [
            (&self.pair.local, "select, insert, update, delete, alter, trigger"),
            (&self.pair.central, "select, insert, update, delete, trigger"),
        ];
        for (side, privileges) in grants {
            let account = format!("{ACCOUNT}@'127.0.0.1'");
            side.execute(&format!(
                "create user {account} identified by 'till'; grant {privileges} on `{}`.* to {account}",
                side.database
            ))
            .await;
        }
    }

    async fn write_down(&self) {
        let (local, central) = (&self.pair.local, &self.pair.central);
        local.execute(&tables::local_record()).await;
        central.execute(&tables::central_record()).await;
        for table in TABLES {
            for trigger in table.local_triggers() {
                local.execute(&trigger).await;
            }
            for trigger in table.central_triggers(&central.database) {
                central.execute(&trigger).await;
            }
        }
        for trigger in tables::ledger_triggers() {
            central.execute(&trigger).await;
        }
    }

    /// Switches `IS_ONLINE` for every program that runs.
    pub fn set_online(&self, online: bool) {
        self.daily.write_env_file(&format!("IS_ONLINE={online}\n"));
    }

    /// Gives the directory in which the program works.
    pub fn dir(&self) -> &Path {
        &self.daily.dir
    }
}

/// Prepares the daily runs of the program.
fn daily(pair: &Pair, line: &(ChaosProxy, ChaosProxy)) -> Program {
    let url = |port: u16, database: &str| format!("mysql://{ACCOUNT}:till@127.0.0.1:{port}/{database}");
    pair.program
        .clone()
        .with("LOCAL_DATABASE_URL", &url(line.0.port(), &pair.local.database))
        .with("CENTRAL_DATABASE_URL", &url(line.1.port(), &pair.central.database))
        .with("PORT", &free_port())
        .with("RUST_LOG", "info")
}
