//! Ends a server that outlived the process which started it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::error::DemoError;
use crate::utils::clock::monotonic;

/// How long a server may take to end after each signal.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often is looked whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Ends every process that was started with the option `--datadir=` for `data`.
///
/// The caller holds the lock of the directory, so nobody who still needs such a server is alive.
pub(super) fn end_left_over(data: &Path) -> Result<(), DemoError> {
    let option = format!("--datadir={}", data.display());
    for pid in serving(&option) {
        let ended = [Signal::TERM, Signal::KILL].into_iter().any(|signal| end(pid, signal, &option));
        if !ended {
            return Err(DemoError::LeftOver { pid, dir: data.to_owned() });
        }
    }
    Ok(())
}

fn end(pid: u32, signal: Signal, option: &str) -> bool {
    if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
        // Whether it helped is what counts, and that is looked at below.
        let _ = kill_process(pid, signal);
    }
    let deadline = monotonic() + PATIENCE;
    while serving(option).contains(&pid) {
        if monotonic() > deadline {
            return false;
        }
        thread::sleep(LOOK_EVERY);
    }
    true
}

/// Lists the processes that have `option` among their arguments.
fn serving(option: &str) -> Vec<u32> {
    match fs::read_dir("/proc") {
        Ok(entries) if Path::new("/proc/self/cmdline").exists() => entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|pid| {
                // An unreadable one has just ended.
                let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                line.split(|byte| *byte == 0).any(|argument| argument == option.as_bytes())
            })
            .collect(),
        // Systems without /proc, such as macOS.
        _ => {
            let listing = Command::new("ps").args(["-axo", "pid=,command="]).output();
            let text = listing.map(|output| output.stdout).unwrap_or_default();
            listed_in(&String::from_utf8_lossy(&text), option)
        }
    }
}

fn listed_in(listing: &str, option: &str) -> Vec<u32> {
    let with_option = listing.lines().filter(|line| format!("{line} ").contains(&format!(" {option} ")));
    with_option.filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_left_over_server_is_ended_and_its_neighbour_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let (data, other) = (dir.path().join("data"), dir.path().join("data2"));
        let start = |data: &Path| {
            let option = format!("--datadir={}", data.display());
            let child = Command::new("sh")
                .args(["-c", "while :; do sleep 0.1; done", "sh", &option])
                .spawn()
                .unwrap();
            // For a moment after it was started, a process shows no arguments: it would not be found, and never end.
            let deadline = monotonic() + PATIENCE;
            while serving(&option) != [child.id()] {
                assert!(monotonic() < deadline, "the process {} is not listed with {option}", child.id());
                thread::sleep(LOOK_EVERY);
            }
            child
        };
        let (mut left_over, mut neighbour) = (start(&data), start(&other));
        // The shell of this test is nobody's orphan: its end must be collected while `end_left_over` waits for it.
        let collector = thread::spawn(move || left_over.wait().unwrap());
        end_left_over(&data).unwrap();
        assert!(!collector.join().unwrap().success());
        assert!(neighbour.try_wait().unwrap().is_none(), "a server on another directory goes on");
        neighbour.kill().unwrap();
        neighbour.wait().unwrap();
    }

    #[test]
    fn a_listing_of_processes_is_understood() {
        let listing = "   12 /usr/sbin/mariadbd --datadir=/a/data --port=1\n\
                       13 /usr/sbin/mariadbd --datadir=/a/data2\n\
                       14 mariadbd --port=2 --datadir=/a/data\n";
        assert_eq!(listed_in(listing, "--datadir=/a/data"), [12, 14]);
    }
}
