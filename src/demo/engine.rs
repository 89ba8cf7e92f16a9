//! What a private server needs to know of its engine, as data; everything else is the same for all of them.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::DemoError;
use super::home::{Home, last_lines};

/// Where Debian and others keep servers, outside the search path of ordinary users.
const SYSTEM_PROGRAMS: &str = "/usr/sbin";

/// One engine: its programs, and the options that only they understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// The server: a name to be searched for, or a path.
    pub server: String,
    /// Options of every server, after those that `server_options` gives to all engines.
    pub server_options: Vec<String>,
    /// The program that creates the system tables in a new data directory.
    pub installer: String,
    /// Its options, the directory apart.
    pub installer_options: Vec<String>,
}

/// How much a server may lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing that was committed, even when the power goes.
    Full,
    /// Nothing when the server process is killed; up to a second when the machine goes down. Saves waiting for disks.
    ProcessCrash,
}

impl Durability {
    const fn options(self) -> [&'static str; 2] {
        match self {
            Self::Full => ["--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"],
            Self::ProcessCrash => ["--sync-binlog=0", "--innodb-flush-log-at-trx-commit=2"],
        }
    }
}

impl Engine {
    /// Finds the server program.
    pub(super) fn find_server(&self) -> Result<String, DemoError> {
        find(&self.server)
    }

    /// Builds the options of a server in `home`; `--no-defaults` must be the first.
    pub(super) fn server_options(&self, home: &Home, port: u16, durability: Durability) -> Vec<String> {
        let mut options = vec!["--no-defaults".to_owned()];
        options.extend(user_option());
        options.extend([
            format!("--datadir={}", home.data().display()),
            format!("--socket={}", home.socket().display()),
            format!("--pid-file={}", home.pid_file().display()),
            format!("--tmpdir={}", home.temporary().display()),
            format!("--init-file={}", home.init_file().display()),
            format!("--port={port}"),
        ]);
        let fixed = [
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--character-set-server=utf8mb4",
            "--server-id=1",
            "--log-bin=binlog",
            // A demo that runs for weeks must not fill the disk.
            "--binlog-expire-logs-seconds=86400",
            "--max-binlog-size=64M",
            "--innodb-buffer-pool-size=64M",
            "--max-connections=200",
        ];
        options.extend(fixed.into_iter().chain(durability.options()).map(str::to_owned));
        options.extend(self.server_options.iter().cloned());
        options
    }

    /// Creates the system tables in the new directory `data`.
    pub(super) fn initialise(&self, data: &Path) -> Result<(), DemoError> {
        // The installer looks for it, and says something confusing when it is missing.
        self.find_server()?;
        let installer = find(&self.installer)?;
        let output = Command::new(&installer)
            .arg("--no-defaults")
            .args(user_option())
            .arg(format!("--datadir={}", data.display()))
            // Not the system's: see `Home::temporary`.
            .arg(format!("--tmpdir={}", data.display()))
            .args(&self.installer_options)
            .stdin(Stdio::null())
            .output()
            .map_err(|source| DemoError::Run { program: installer.clone(), source })?;
        if output.status.success() {
            return Ok(());
        }
        let text = [output.stdout, output.stderr].concat();
        Err(DemoError::Initialise {
            program: installer,
            dir: data.to_owned(),
            output: last_lines(&String::from_utf8_lossy(&text)),
        })
    }
}

/// Builds what a server runs at each start, before anyone may log in: the account and the database.
///
/// The account gets its password anew each time, so a password file that was lost mends itself.
pub(super) fn init_script(account: &str, password: &str, database: &str) -> String {
    let at_host = |host: &str| {
        let name = format!("'{account}'@'{host}'");
        format!(
            "create user if not exists {name};\n\
             alter user {name} identified by '{password}';\n\
             grant all privileges on *.* to {name} with grant option;\n"
        )
    };
    format!(
        "set sql_log_bin = 0;\n{}{}create database if not exists `{database}` character set utf8mb4;\n",
        at_host("127.0.0.1"),
        at_host("localhost"),
    )
}

/// The server refuses to run as root unless told to.
fn user_option() -> Option<String> {
    rustix::process::geteuid().is_root().then(|| "--user=root".to_owned())
}

/// Finds `program` on the search path, or where the system keeps its servers.
pub(super) fn find(program: &str) -> Result<String, DemoError> {
    for candidate in [program.to_owned(), format!("{SYSTEM_PROGRAMS}/{program}")] {
        let run = Command::new(&candidate)
            .arg("--help")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        match run {
            Ok(_) => return Ok(candidate),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(DemoError::Run { program: candidate, source }),
        }
    }
    Err(DemoError::MissingProgram { program: program.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::mariadb;
    use super::*;

    #[test]
    fn no_defaults_comes_first_and_durability_is_spelt_out() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(dir.path()).unwrap();
        let options = mariadb::engine().server_options(&home, 3307, Durability::Full);
        assert_eq!(options[0], "--no-defaults");
        for option in ["--bind-address=127.0.0.1", "--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"] {
            assert!(options.iter().any(|given| given == option), "{option} is missing in {options:?}");
        }
    }

    #[test]
    fn a_missing_program_is_one_line_that_names_the_packages() {
        let text = find("no-such-database-server").unwrap_err().to_string();
        assert!(text.contains("mariadb-server-core") && text.contains("mariadb-client-core"), "{text}");
        assert!(!text.contains('\n'), "{text}");
    }
}
