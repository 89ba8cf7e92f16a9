//! Keeps one server process: starts it so that it cannot outlive this process, and ends it.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::utils::clock::monotonic;

/// How often the keeper looks whether its process still runs.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How long a server may take to stop cleanly before it is killed; a small one needs well below a second.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// The system's helper that has a process killed when its parent thread ends; part of util-linux.
const DEATH_WISH: &[&str] = &["setpriv", "--pdeathsig", "KILL", "--"];

/// A running process and the thread that is its parent.
///
/// The kernel ties a process to the *thread* that started it, so that thread is this keeper's own and lives exactly
/// as long as the process. Where the system has no such tie (macOS), a server whose parent is killed runs on,
/// and the next start on its directory ends it.
#[derive(Debug)]
pub(super) struct Keeper {
    pid: u32,
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Order {
    StopCleanly,
}

impl Keeper {
    /// Starts `program` with `arguments`; what it prints goes to `output`.
    pub(super) fn spawn(program: &str, arguments: &[String], output: std::fs::File) -> io::Result<Self> {
        let mut command = command_that_dies_with_us(program);
        command.args(arguments).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        // A group of its own: Ctrl-C in a terminal is for us, and we stop the server when we no longer need it.
        command.process_group(0);
        let (orders, inbox) = mpsc::channel();
        let (started, start) = mpsc::channel();
        let thread = thread::Builder::new().name("server-keeper".to_owned()).spawn(move || {
            let child = command.spawn();
            let keep = match child {
                Ok(child) => {
                    let announced = started.send(Ok(child.id()));
                    announced.is_ok().then_some(child)
                }
                Err(error) => {
                    // Nobody left to hear it means nobody left to need it.
                    let _ = started.send(Err(error));
                    None
                }
            };
            if let Some(child) = keep {
                watch(child, &inbox);
            }
        })?;
        let pid = start.recv().map_err(io::Error::other)??;
        Ok(Self { pid, orders: Some(orders), thread: Some(thread) })
    }

    pub(super) const fn pid(&self) -> u32 {
        self.pid
    }

    pub(super) fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Asks the process to end, waits, and kills it if it takes too long.
    pub(super) fn stop(mut self) {
        if let Some(orders) = &self.orders {
            // A closed channel means that the process has ended already.
            let _ = orders.send(Order::StopCleanly);
        }
        self.join();
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            // The thread holds no data that a panic in it could have damaged.
            let _ = thread.join();
        }
    }
}

impl Drop for Keeper {
    /// Kills the process, as a loss of power would, and waits until it is gone.
    fn drop(&mut self) {
        self.orders = None;
        self.join();
    }
}

/// Follows the process to its end; without orders from anyone any more it is killed.
fn watch(mut child: Child, inbox: &Receiver<Order>) {
    let mut kill_at: Option<Instant> = None;
    loop {
        match inbox.recv_timeout(LOOK_EVERY) {
            Ok(Order::StopCleanly) => {
                kill_at = Some(monotonic() + STOP_PATIENCE);
                if let Some(pid) = Pid::from_raw(child.id().cast_signed()) {
                    // It fails only for a process that has ended, which the next look finds.
                    let _ = kill_process(pid, Signal::TERM);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => kill_at = Some(monotonic()),
        }
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            return;
        }
        if kill_at.is_some_and(|moment| moment <= monotonic()) {
            // Both fail only when the process has ended.
            let _ = child.kill();
            let _ = child.wait();
            return;
        }
    }
}

/// Wraps `program` so that the kernel kills it with its parent thread, where the system can.
fn command_that_dies_with_us(program: &str) -> Command {
    let [helper, options @ ..] = DEATH_WISH else { return Command::new(program) };
    let works = Command::new(helper)
        .args(options)
        .arg("true")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !works {
        return Command::new(program);
    }
    let mut command = Command::new(helper);
    command.args(options).arg(program);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(script: &str) -> Keeper {
        let arguments = ["-c".to_owned(), script.to_owned()];
        Keeper::spawn("sh", &arguments, tempfile::tempfile().unwrap()).unwrap()
    }

    fn is_alive(pid: u32) -> bool {
        rustix::process::test_kill_process(Pid::from_raw(pid.cast_signed()).unwrap()).is_ok()
    }

    #[test]
    fn a_dropped_keeper_kills_a_process_that_ignores_being_asked() {
        let keeper = keep("trap '' TERM; while :; do sleep 1; done");
        let pid = keeper.pid();
        assert!(is_alive(pid));
        drop(keeper);
        assert!(!is_alive(pid));
    }

    #[test]
    fn stopping_lets_the_process_end_by_itself() {
        let dir = tempfile::tempdir().unwrap();
        let (ready, word) = (dir.path().join("ready"), dir.path().join("word"));
        let script = format!(
            "trap 'echo bye > {}; exit' TERM; echo > {}; while :; do sleep 0.05; done",
            word.display(),
            ready.display()
        );
        let keeper = keep(&script);
        while !ready.exists() {
            thread::yield_now();
        }
        keeper.stop();
        assert_eq!(std::fs::read_to_string(word).unwrap(), "bye\n");
    }

    #[test]
    fn a_process_that_ended_is_seen() {
        let keeper = keep("exit 3");
        while keeper.is_running() {
            thread::yield_now();
        }
    }

    #[test]
    fn a_program_that_does_not_exist_is_no_running_server() {
        let keeper = Keeper::spawn("/no/such/program", &[], tempfile::tempfile().unwrap());
        // Under the helper the failure shows as a process that ends at once.
        if let Ok(keeper) = keeper {
            while keeper.is_running() {
                thread::yield_now();
            }
        }
    }
}
