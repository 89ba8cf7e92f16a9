//! What is particular to MariaDB: its programs, its options, and how its data directory begins.
//!
//! Another engine gets a file like this one with the same functions, and a choice between the two in
//! [`super::private_server`]; nothing else here knows which server it is.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::DemoError;
use super::home::{Home, last_lines};

const SERVER: &str = "mariadbd";
const INSTALLER: &str = "mariadb-install-db";
const CLIENT: &str = "mariadb";

/// Where Debian and others keep servers, outside the search path of ordinary users.
const SYSTEM_PROGRAMS: &str = "/usr/sbin";

/// Size of the redo log: enough for a hundred thousand small changes without a pause, small enough to be copied
/// in no time. Ten times more makes each new server cost a third of a gigabyte.
const REDO_LOG_OPTION: &str = "--innodb-log-file-size=32M";

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

/// Finds the server program.
pub(super) fn server() -> Result<String, DemoError> {
    find(SERVER)
}

/// Finds the client program, by which a server is asked whether it is ready.
pub(super) fn client() -> Result<String, DemoError> {
    find(CLIENT)
}

/// Builds the options of a server in `home`; `--no-defaults` must be the first.
pub(super) fn server_options(home: &Home, port: u16, durability: Durability) -> Vec<String> {
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
        "--binlog-format=ROW",
        // A demo that runs for weeks must not fill the disk.
        "--binlog-expire-logs-seconds=86400",
        "--max-binlog-size=64M",
        "--innodb-buffer-pool-size=64M",
        REDO_LOG_OPTION,
        "--max-connections=200",
    ];
    options.extend(fixed.into_iter().chain(durability.options()).map(str::to_owned));
    options
}

/// Creates the system tables in the new directory `data`.
pub(super) fn initialise(data: &Path) -> Result<(), DemoError> {
    // The installer looks for it, and says something confusing when it is missing.
    server()?;
    let installer = find(INSTALLER)?;
    let output = Command::new(&installer)
        .arg("--no-defaults")
        .args(user_option())
        .arg(format!("--datadir={}", data.display()))
        // Not the system's: see `Home::temporary`.
        .arg(format!("--tmpdir={}", data.display()))
        .args(["--auth-root-authentication-method=socket", "--skip-test-db", "--skip-name-resolve"])
        .arg(REDO_LOG_OPTION)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| DemoError::Run { program: installer, source })?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    Err(DemoError::Initialise {
        program: INSTALLER,
        dir: data.to_owned(),
        output: last_lines(&String::from_utf8_lossy(&text)),
    })
}

/// Builds what the server runs at each start, before anyone may log in: the account and the database.
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
fn find(program: &'static str) -> Result<String, DemoError> {
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
    Err(DemoError::MissingProgram { program })
}

/// Copies a data directory of a server that is not running.
pub(super) fn copy_data(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_data(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_defaults_comes_first_and_durability_is_spelt_out() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(dir.path()).unwrap();
        let options = server_options(&home, 3307, Durability::Full);
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
