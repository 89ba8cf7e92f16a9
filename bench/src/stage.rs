//! The servers of the benchmark, and the stopped data directories that they begin with.

use std::fs;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use backhaul::demo::engine::Durability;
use backhaul::demo::mariadb;
use backhaul::demo::private_server::PrivateServer;
use backhaul::demo::template::Template;
use backhaul::utils::clock::monotonic;

use crate::sql::Sql;

/// Name of the database on every server.
pub const DATABASE: &str = "bench";

/// The file by which a directory is known to be a benchmark's.
const MARK: &str = ".backhaul-bench";

/// Options of every server beyond those of the demo: room for a million rows, and nothing left over from the
/// last start that would warm one candidate's memory and not another's.
const OPTIONS: &[&str] = &[
    "--innodb-buffer-pool-size=512M",
    "--innodb-buffer-pool-dump-at-shutdown=OFF",
    "--innodb-buffer-pool-load-at-startup=OFF",
    "--max-allowed-packet=64M",
    "--log-slave-updates",
    "--skip-slave-start",
    "--relay-log=relay",
];

/// What must hold on every server; a server that says otherwise ends the run.
const DURABLE: &[(&str, &str)] = &[
    ("sync_binlog", "1"),
    ("innodb_flush_log_at_trx_commit", "1"),
    ("innodb_doublewrite", "1"),
    ("log_bin", "1"),
    ("log_slave_updates", "1"),
    ("binlog_format", "ROW"),
];

/// How long a server may need to remove what its deleted and updated rows left behind.
const PURGE_PATIENCE: Duration = Duration::from_mins(5);

/// Which of the two sides a server is; they have ids of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// DB_A, and the source of the replications.
    Local,
    /// DB_B, and the replica.
    Central,
}

impl Side {
    /// The word used in the names of directories.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Central => "central",
        }
    }
}

/// The directory below which all servers live.
#[derive(Debug, Clone)]
pub struct Stage {
    root: PathBuf,
    redo_log: String,
}

impl Stage {
    /// Opens the stage, emptied: what an earlier run left is no part of this one. A directory that is not ours stays.
    pub fn open(root: PathBuf, redo_log_mib: u64) -> Result<Self> {
        let is_empty = fs::read_dir(&root).map_or(true, |mut entries| entries.next().is_none());
        ensure!(
            is_empty || root.join(MARK).exists(),
            "{} holds something that is no benchmark's; choose another --work-dir",
            root.display()
        );
        match fs::remove_dir_all(&root) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot empty {}", root.display()));
            }
            _ => {}
        }
        fs::create_dir_all(&root).with_context(|| format!("cannot create {}", root.display()))?;
        fs::write(root.join(MARK), "").context("cannot mark the directory")?;
        Ok(Self { root, redo_log: format!("--innodb-log-file-size={redo_log_mib}M") })
    }

    /// Removes everything: after a run that went well nobody needs it.
    pub fn clear(&self) -> Result<()> {
        fs::remove_dir_all(&self.root).with_context(|| format!("cannot remove {}", self.root.display()))
    }

    /// Gives a path below the stage.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Starts a server in a directory of its own, with a copy of what `origin` holds; without one it begins empty.
    pub fn start(&self, name: &str, side: Side, origin: Option<&Kept>) -> Result<Server> {
        let mut engine = mariadb::engine();
        engine.server_options.extend(OPTIONS.iter().map(|&option| option.to_owned()));
        engine.server_options.push(self.redo_log.clone());
        let id = if side == Side::Local { 1 } else { 2 };
        engine.server_options.extend([format!("--server-id={id}"), format!("--gtid-domain-id={id}")]);
        let template = origin.map_or_else(|| self.root.join("template"), |kept| kept.dir.join("data"));
        let dir = self.root.join(name);
        let private =
            PrivateServer::start(&dir, &Template::new(template, engine), DATABASE, Durability::Full)?;
        let server = Server { private, dir, keep: false };
        server.check_durability()?;
        self.calm_disk()?;
        Ok(server)
    }
}

impl Stage {
    /// Waits until the copies of the data directories are on the disk: a candidate would wait for them with its commits.
    fn calm_disk(&self) -> Result<()> {
        let done = Command::new("sync").arg("--file-system").arg(&self.root).stdin(Stdio::null()).status();
        ensure!(done.context("cannot start sync")?.success(), "sync failed");
        Ok(())
    }
}

/// A stopped server's directory, of which others begin as copies.
#[derive(Debug)]
pub struct Kept {
    dir: PathBuf,
}

impl Drop for Kept {
    fn drop(&mut self) {
        // What cannot be removed is removed when the next run empties the stage.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// A running server of ours; dropped, it is killed and its directory removed.
pub struct Server {
    private: PrivateServer,
    dir: PathBuf,
    keep: bool,
}

impl Deref for Server {
    type Target = PrivateServer;

    fn deref(&self) -> &PrivateServer {
        &self.private
    }
}

impl DerefMut for Server {
    fn deref_mut(&mut self) -> &mut PrivateServer {
        &mut self.private
    }
}

impl Server {
    /// Gives the address of its database.
    pub fn url(&self) -> String {
        self.private.url_of(DATABASE)
    }

    /// Logs in.
    pub fn sql(&self) -> Result<Sql> {
        Sql::connect(&self.url())
    }

    /// Gives the id of its process.
    pub fn pid(&self) -> Result<u32> {
        self.private.process_id().context("the server is not running")
    }

    /// Gives the password with which one logs in.
    pub fn password(&self) -> String {
        self.private.database_url().password.expose().to_owned()
    }

    /// Gives the option that tells stock programs how to log in.
    pub fn defaults_file(&self) -> String {
        format!("--defaults-file={}", self.private.client_file().display())
    }

    /// Waits until nothing is left to be purged, and ends the server; its directory is kept for copies.
    pub fn keep(mut self) -> Result<Kept> {
        self.rest()?;
        self.private.stop();
        self.keep = true;
        Ok(Kept { dir: self.dir.clone() })
    }

    /// Reads these tables and the queue once. Who has just written them has them in memory; a copy of that server's directory
    /// has not.
    pub fn warm(&self, tables: &[&str]) -> Result<()> {
        let mut sql = self.sql()?;
        for table in tables.iter().chain(&["sync_queue"]) {
            sql.rows(&format!("checksum table {table}"))?;
        }
        Ok(())
    }

    /// Waits until the server has purged what deleted and updated rows left: an outage gives it all the time it needs.
    pub fn rest(&self) -> Result<()> {
        let mut sql = self.sql()?;
        let deadline = monotonic() + PURGE_PATIENCE;
        loop {
            let status = sql.rows("show global status like 'innodb_history_list_length'")?;
            let length = status.first().and_then(|row| row.get(1)?.as_deref()?.parse().ok()).unwrap_or(0_u64);
            // A few stay until the next transaction comes.
            if length < 50 {
                return Ok(());
            }
            ensure!(monotonic() < deadline, "a server has not purged {length} transactions in five minutes");
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn check_durability(&self) -> Result<()> {
        let mut sql = self.sql()?;
        let mut answers = Vec::new();
        for (name, wanted) in DURABLE {
            answers.push((*name, *wanted, sql.text(&format!("select @@global.{name}"))?));
        }
        let said = answers.iter().map(|(name, wanted, answer)| (*name, *wanted, answer.as_str()));
        match first_weakness(said) {
            Some(weakness) => bail!("a server is not as durable as it must be: {weakness}"),
            None => Ok(()),
        }
    }
}

/// Finds a setting that is not what it must be.
fn first_weakness<'a>(answers: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> Option<String> {
    let mut wrong = answers.into_iter().filter(|(_, wanted, answer)| wanted != answer);
    wrong.next().map(|(name, wanted, answer)| format!("{name} is {answer}, not {wanted}"))
}

impl Drop for Server {
    fn drop(&mut self) {
        self.private.kill();
        if !self.keep {
            // What cannot be removed is removed when the next run empties the stage.
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

/// Refuses a directory in memory: a server there would not wait for any disk.
pub fn refuse_memory(dir: &Path) -> Result<()> {
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let dir = fs::canonicalize(dir).with_context(|| format!("cannot find {}", dir.display()))?;
    match kind_of_mount(&mounts, &dir) {
        Some(kind @ ("tmpfs" | "ramfs")) => bail!(
            "{} lies in memory ({kind}), where nothing is durable; choose another place with --work-dir",
            dir.display()
        ),
        _ => Ok(()),
    }
}

fn kind_of_mount<'a>(mounts: &'a str, dir: &Path) -> Option<&'a str> {
    let points = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((Path::new(words.next()?), words.next()?))
    });
    let around = points.filter(|(point, _)| dir.starts_with(point));
    around.max_by_key(|(point, _)| point.components().count()).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weaker_setting_is_named() {
        let good = DURABLE.iter().map(|(name, wanted)| (*name, *wanted, *wanted));
        assert_eq!(first_weakness(good), None);
        let weak = first_weakness([("log_bin", "1", "1"), ("sync_binlog", "1", "0")]).unwrap();
        assert_eq!(weak, "sync_binlog is 0, not 1");
    }

    #[test]
    fn only_a_directory_of_an_earlier_run_is_emptied() {
        let dir = tempfile::tempdir().unwrap();
        let (work, letter) = (dir.path().join("work"), dir.path().join("work/letter"));
        Stage::open(work.clone(), 32).unwrap();
        fs::write(&letter, "").unwrap();
        Stage::open(work.clone(), 32).unwrap();
        assert!(!letter.exists());
        fs::write(&letter, "").unwrap();
        fs::remove_file(work.join(MARK)).unwrap();
        let text = Stage::open(work, 32).unwrap_err().to_string();
        assert!(letter.exists() && text.contains("--work-dir"), "{text}");
    }

    #[test]
    fn a_directory_in_memory_is_recognised() {
        let mounts = "disk / ext4 rw 0 0\nnone /tmp tmpfs rw 0 0\nnone /tmp/real ext4 rw 0 0\n";
        assert_eq!(kind_of_mount(mounts, Path::new("/home/x")), Some("ext4"));
        assert_eq!(kind_of_mount(mounts, Path::new("/tmp/x")), Some("tmpfs"));
        assert_eq!(kind_of_mount(mounts, Path::new("/tmp/real/x")), Some("ext4"));
    }
}
