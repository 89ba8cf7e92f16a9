//! What can keep a private server from starting or stopping, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A failure of a private server; its text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A program of the database server is not installed.
    #[error(
        "{program} was not found; install MariaDB's programs: `apt-get install mariadb-server-core \
         mariadb-client-core` on Debian and Ubuntu, `brew install mariadb` on macOS"
    )]
    MissingProgram {
        /// The program that was looked for.
        program: String,
    },
    /// A program is there but cannot be run.
    #[error("cannot run {program}")]
    Run {
        /// The program.
        program: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A file or directory of the server cannot be used.
    #[error("cannot {action} {path}; the data directory must be one you may write to, see --data-dir")]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Someone else keeps a directory that only this user may touch.
    #[error("{path} exists and is not private to this user; remove it, or choose a shorter --data-dir")]
    NotPrivate {
        /// The directory.
        path: PathBuf,
    },
    /// Another process of this program keeps a server there.
    #[error("{dir} is in use by another backhaul; stop that one first, or choose another --data-dir")]
    InUse {
        /// The server's directory.
        dir: PathBuf,
    },
    /// A server that outlived its parent cannot be stopped.
    #[error(
        "process {pid} still serves {dir} and cannot be stopped; end it, for example with `kill -9 {pid}`"
    )]
    LeftOver {
        /// The process.
        pid: u32,
        /// The data directory it serves.
        dir: PathBuf,
    },
    /// The system tables of a new server could not be created.
    #[error("{program} could not create a data directory in {dir}; its last words:\n{output}")]
    Initialise {
        /// The program.
        program: String,
        /// Where.
        dir: PathBuf,
        /// The end of what it printed.
        output: String,
    },
    /// The server ended instead of getting ready.
    #[error("the server in {dir} ended while starting; the end of its log {log}:\n{tail}")]
    Died {
        /// The server's directory.
        dir: PathBuf,
        /// Its log file.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
    /// The server runs but lets nobody in.
    #[error("the server in {dir} let nobody log in for {} s ({answer}); the end of its log {log}:\n{tail}", waited.as_secs())]
    NotReady {
        /// The server's directory.
        dir: PathBuf,
        /// For how long logins were tried.
        waited: Duration,
        /// What the last login was answered.
        answer: String,
        /// The server's log file.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
}

impl DemoError {
    /// Tells what was tried on which path, for an error of the file system.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }
}
