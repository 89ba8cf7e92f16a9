//! Runs the program under measurement, built for release, as a user would run it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::measure::{self, Usage};

/// Every setting there is.
const SETTINGS: &[&str] = &[
    "API_TOKEN",
    "CENTRAL_COMPRESSION",
    "CENTRAL_DATABASE_URL",
    "CENTRAL_TIMEOUT_SECONDS",
    "CENTRAL_TLS_CA",
    "HOST",
    "IS_ONLINE",
    "LOCAL_DATABASE_URL",
    "LOG_FORMAT",
    "PORT",
    "QUEUE_RETENTION_DAYS",
    "RUST_LOG",
    "SITE_NAME",
    "SYNC_BATCH_BYTES",
    "SYNC_BATCH_SIZE",
    "SYNC_CRON",
    "SYNC_MAX_RETRIES",
    "SYNC_TABLES",
];

/// The program with its settings in a directory of its own; every setting that is not named has its default.
pub struct Program {
    binary: PathBuf,
    dir: PathBuf,
}

/// How one command of the program ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit status.
    pub code: Option<i32>,
    /// The report it printed.
    pub report: Value,
    /// What it used.
    pub usage: Usage,
}

/// A process that is killed when the value is dropped.
pub struct Running {
    child: Child,
}

impl Running {
    /// Takes care of a process.
    pub const fn new(child: Child) -> Self {
        Self { child }
    }

    /// Gives its id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only for a process that has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    /// Writes the settings: the two addresses, the tables, and `more`.
    pub fn new(
        binary: &Path,
        dir: &Path,
        local: &str,
        central: &str,
        tables: &[&str],
        more: &str,
    ) -> Result<Self> {
        fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let settings = format!(
            "LOCAL_DATABASE_URL={local}\nCENTRAL_DATABASE_URL={central}\nSYNC_TABLES={}\n{more}\n",
            tables.join(",")
        );
        fs::write(dir.join(".env"), settings).context("cannot write the settings")?;
        Ok(Self { binary: binary.to_owned(), dir: dir.to_owned() })
    }

    /// Runs a command that prints a report to its end.
    pub fn run(&self, arguments: &[&str]) -> Result<Ended> {
        let output = self.dir.join("report.json");
        let file = fs::File::create(&output).context("cannot create a file for the report")?;
        let mut child = self.command(arguments).stdout(file).spawn().context("cannot start backhaul")?;
        let (status, usage) = measure::watch(&mut child)?;
        let text = fs::read_to_string(&output).context("cannot read the report")?;
        let report = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Ended { code: status.code(), report, usage })
    }

    /// Installs tables and triggers on both sides.
    pub fn install(&self) -> Result<()> {
        let ended = self.run(&["install"])?;
        ensure!(ended.code == Some(0), "backhaul install failed: {}", self.complaint());
        Ok(())
    }

    /// Starts a command that runs until the value is dropped.
    pub fn start(&self, arguments: &[&str]) -> Result<Running> {
        let child = self.command(arguments).stdout(Stdio::null()).spawn().context("cannot start backhaul")?;
        Ok(Running::new(child))
    }

    /// Gives the last lines of what the program said on standard error.
    pub fn complaint(&self) -> String {
        let text = fs::read_to_string(self.dir.join("log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).current_dir(&self.dir).stdin(Stdio::null());
        // A setting of the person who runs the benchmark would win over ours.
        for name in SETTINGS {
            command.env_remove(name);
        }
        match fs::File::create(self.dir.join("log")) {
            Ok(log) => command.stderr(log),
            Err(_) => command.stderr(Stdio::null()),
        };
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_the_example_is_kept_from_the_person_who_measures() {
        let example = include_str!("../../.env.example");
        let named =
            example.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
        let mut named: Vec<&str> = named.map(|(name, _)| name).collect();
        named.sort_unstable();
        assert_eq!(named, SETTINGS);
    }
}
