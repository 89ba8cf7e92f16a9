//! Runs the program as a person would: as a process, with settings, an exit status and output.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::wait::wait_for;

const PROGRAM: &str = env!("CARGO_BIN_EXE_backhaul");

/// How the program is to be run: its settings and its working directory, with a `.env` of its own.
#[derive(Debug, Clone)]
pub struct Program {
    /// The working directory.
    pub dir: PathBuf,
    settings: BTreeMap<String, String>,
}

impl Program {
    /// Prepares runs in `dir` with nothing set.
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, settings: BTreeMap::new() }
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn with(mut self, key: &str, value: &(impl ToString + ?Sized)) -> Self {
        self.settings.insert(key.to_owned(), value.to_string());
        self
    }

    /// Gives what `key` is set to.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.get(key).map(String::as_str)
    }

    /// Gives all variables, for calling the library itself.
    pub fn settings(&self) -> &BTreeMap<String, String> {
        &self.settings
    }

    /// Writes the `.env` file anew, whole at once.
    pub fn write_env_file(&self, text: &str) {
        std::fs::write(self.dir.join("env.new"), text).unwrap();
        std::fs::rename(self.dir.join("env.new"), self.dir.join(".env")).unwrap();
    }

    /// Runs a command to its end without blocking the test's other tasks.
    pub async fn run(&self, arguments: &[&str]) -> Finished {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || Finished::of(&mut command)).await.unwrap()
    }

    /// Starts a command and lets it run; it is killed when the value is dropped, or with the test's thread.
    pub fn start(&self, arguments: &[&str]) -> Running {
        Self::start_command(self.command(arguments))
    }

    /// The same, with SIGHUP as a terminal leaves it, however these tests were started.
    pub fn start_in_a_terminal(&self, arguments: &[&str]) -> Running {
        Self::start_command(self.command_below(&["env", "--default-signal=HUP", PROGRAM], arguments))
    }

    /// The same below `nohup`.
    pub fn start_under_nohup(&self, arguments: &[&str]) -> Running {
        Self::start_command(self.command_below(&["nohup", PROGRAM], arguments))
    }

    fn start_command(mut command: Command) -> Running {
        let output = |name: &str| {
            let path = super::servers::scratch_dir("output").join(name);
            (std::fs::File::create(&path).unwrap(), path)
        };
        let ((stdout, stdout_path), (stderr, stderr_path)) = (output("stdout"), output("stderr"));
        let child = command.stdout(stdout).stderr(stderr).spawn().unwrap();
        Running { child, stdout: stdout_path, stderr: stderr_path }
    }

    /// The same, but whoever was to read its output has gone: every write of it fails.
    pub fn start_unheard(&self, arguments: &[&str]) -> Running {
        let mut running = self.start(&["--version"]);
        running.child.wait().unwrap();
        let (_, unread) = std::io::pipe().unwrap();
        let stdout = unread.try_clone().unwrap();
        running.child = self.command(arguments).stdout(stdout).stderr(unread).spawn().unwrap();
        running
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.command_below(&[PROGRAM], arguments)
    }

    fn command_below(&self, program: &[&str], arguments: &[&str]) -> Command {
        // The helper execs the program, so the process is the program's own.
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "--"])
            .args(program)
            .args(arguments)
            .current_dir(&self.dir)
            .env_clear()
            .env("PATH", search_path())
            .envs(&self.settings)
            .stdin(Stdio::null());
        command
    }
}

/// A run that has come to its end.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The exit status; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Finished {
    /// Runs any command to its end.
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Panics with all output unless the exit status is `code`.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Understands standard output as one JSON value.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in: {}\nstderr:\n{}", self.stdout, self.stderr))
    }
}

/// A run that goes on.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Running {
    /// Sends a signal by its name, for example `TERM` or `STOP`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name, &self.process_id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success(), "signal {name} was not sent");
    }

    /// Gives the id of its process.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it at once, as `kill -9` would.
    pub fn kill(&mut self) {
        // It fails only when the process has ended.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }

    /// Tells whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end.
    pub async fn finish(mut self) -> Finished {
        wait_for("the program ends", async || self.has_ended()).await;
        let code = self.child.wait().unwrap().code();
        Finished { code, stdout: self.stdout(), stderr: self.stderr() }
    }

    /// Reads what it wrote to standard output so far.
    pub fn stdout(&self) -> String {
        std::fs::read_to_string(&self.stdout).unwrap()
    }

    /// Reads what it wrote to standard error so far.
    pub fn stderr(&self) -> String {
        std::fs::read_to_string(&self.stderr).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Chooses a TCP port that is free at this moment.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

#[expect(clippy::disallowed_methods, reason = "the one variable that programs started by a test need")]
fn search_path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_else(|| Path::new("/usr/bin:/bin").into())
}
