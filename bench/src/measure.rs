//! What processes use: time on the clock, time on the processors, memory.

use std::fs;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use backhaul::utils::clock::monotonic;
use serde::Serialize;

/// How often a process under measurement is looked at. A peak of memory shorter than this before its end is missed.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Ticks per second in which the kernel counts processor time; the same on every Linux that people use.
const TICKS_PER_SECOND: f64 = 100.0;

/// What one process used from its start to its end.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Usage {
    /// Time on the clock.
    pub seconds: f64,
    /// Time on the processors.
    pub cpu_seconds: f64,
    /// The most memory that was resident.
    pub peak_resident_bytes: u64,
}

/// Waits until a process ends, and tells what it used.
pub fn watch(child: &mut Child) -> Result<(ExitStatus, Usage)> {
    let started = monotonic();
    let mut usage = Usage { seconds: 0.0, cpu_seconds: 0.0, peak_resident_bytes: 0 };
    loop {
        if let Some(peak) = peak_resident_bytes(child.id()) {
            usage.peak_resident_bytes = usage.peak_resident_bytes.max(peak);
        }
        if let Ok(cpu) = cpu_seconds(child.id()) {
            usage.cpu_seconds = usage.cpu_seconds.max(cpu);
        }
        if let Some(status) = child.try_wait().context("cannot wait for a process")? {
            usage.seconds = started.elapsed().as_secs_f64();
            return Ok((status, usage));
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Tells how much time a process has spent on the processors, all its threads together.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let path = format!("/proc/{pid}/stat");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    ticks(&text)
        .map(|ticks| real(ticks) / TICKS_PER_SECOND)
        .with_context(|| format!("cannot understand {path}"))
}

/// Adds the user's and the system's time; the program's name, which comes before, may hold blanks and brackets.
fn ticks(stat: &str) -> Option<u64> {
    let after_name = &stat[stat.rfind(')')? + 1..];
    let mut words = after_name.split_whitespace().skip(11);
    Some(words.next()?.parse::<u64>().ok()? + words.next()?.parse::<u64>().ok()?)
}

/// Tells the most memory that a process ever had resident.
pub fn peak_resident_bytes(pid: u32) -> Option<u64> {
    peak_in(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

fn peak_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Makes a real number of a count; counts here are far below 2^52, above which digits would go.
#[expect(clippy::cast_precision_loss, reason = "counts of rows, bytes and ticks are far below 2^52")]
pub const fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_a_strange_name() {
        let stat = "7 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 9";
        assert_eq!(ticks(stat), Some(300));
    }

    #[test]
    fn the_peak_of_memory_is_in_bytes() {
        assert_eq!(peak_in("VmPeak:\t  9 kB\nVmHWM:\t   2048 kB\nVmRSS:\t 1 kB\n"), Some(2_097_152));
        assert_eq!(peak_in("Name:\tx\n"), None);
    }

    #[test]
    fn a_process_that_works_is_seen_to_work() {
        let script = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
        let mut child = std::process::Command::new("sh").args(["-c", script]).spawn().unwrap();
        let (status, usage) = watch(&mut child).unwrap();
        assert!(status.success());
        assert!(
            usage.cpu_seconds > 0.01 && usage.seconds > 0.01 && usage.peak_resident_bytes > 100_000,
            "{usage:?}"
        );
    }
}
