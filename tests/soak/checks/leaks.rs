//! Nothing is left behind: connections, transactions, locks, open files, memory.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use backhaul::utils::clock::monotonic;

use crate::sql;
use crate::stage::{ACCOUNT, Stage};

/// The program's connections to DB_A: those of its API, one for the cycle, and some of processes that just ended.
const MOST_TO_LOCAL: usize = 22;

/// Its connections to DB_B: one for the cycle, one for the look; others are remains of faults.
const MOST_TO_CENTRAL: usize = 40;

/// How long a connection to DB_B may be there: DB_B itself ends idle ones after 60 s, a cycle at rest takes no time.
const LONGEST_LIFE: Duration = Duration::from_secs(85);

/// Open files of a service: its connections, its listener, its log, and the runtime's own.
const MOST_FILES: usize = 80;

/// Memory of a service at this size of work.
const MOST_KIB: u64 = 250 * 1024;

/// What was seen at earlier healings.
#[derive(Debug, Default)]
pub struct Seen {
    central: BTreeMap<u64, Instant>,
}

impl Seen {
    /// Takes in which connections DB_B has now, and tells which live too long.
    pub fn connections_at(&mut self, now: Instant, ids: &[u64]) -> Vec<String> {
        self.central.retain(|id, _| ids.contains(id));
        for id in ids {
            self.central.entry(*id).or_insert(now);
        }
        let old =
            self.central.iter().filter(|(_, since)| now.saturating_duration_since(**since) > LONGEST_LIFE);
        let mut findings: Vec<String> =
            old.map(|(id, _)| format!("leaks: connection {id} to DB_B lives on")).collect();
        if ids.len() > MOST_TO_CENTRAL {
            findings.push(format!("leaks: {} connections to DB_B", ids.len()));
        }
        findings
    }
}

/// Checks while writers are at rest and the service runs as process `service`.
pub async fn check(stage: &Stage, seen: &mut Seen, service: u32) -> Vec<String> {
    let (local, central) = (&stage.pair.local.url, &stage.pair.central.url);
    let mut findings = seen.connections_at(monotonic(), &connections(central).await);
    let to_local = connections(local).await.len();
    if to_local > MOST_TO_LOCAL {
        findings.push(format!("leaks: {to_local} connections to DB_A"));
    }
    for (name, url) in [("DB_A", local), ("DB_B", central)] {
        let old = "select trx_mysql_thread_id, trx_started from information_schema.innodb_trx \
                   where trx_started < now() - interval 90 second";
        let old = sql::rows(url, old).await;
        if !old.is_empty() {
            findings.push(format!("leaks: {name} has transactions open for long: {old:?}"));
        }
    }
    findings.extend(process(service));
    findings
}

/// Checks once the service was stopped: nothing of it is left.
pub async fn check_stopped(stage: &Stage) -> Vec<String> {
    let free = "select is_free_lock(concat('backhaul.', left(sha2(database(), 256), 40)))";
    let local = &stage.pair.local.url;
    let gone = crate::world::comes_to_hold(Duration::from_secs(10), async || {
        sql::number(local, free).await == 1 && connections(local).await.is_empty()
    });
    if gone.await {
        return Vec::new();
    }
    vec![format!(
        "leaks: stopped, it still has {} connections to DB_A, or the cycle's lock",
        connections(local).await.len()
    )]
}

/// Lists the program's connections to a server.
async fn connections(url: &str) -> Vec<u64> {
    let sql = format!("select id from information_schema.processlist where user = '{ACCOUNT}'");
    sql::column(url, &sql).await.iter().map(|id| id.parse().unwrap()).collect()
}

fn process(id: u32) -> Vec<String> {
    let files = std::fs::read_dir(format!("/proc/{id}/fd")).map_or(0, Iterator::count);
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB")?.trim().parse().ok());
    excess(files, kib.unwrap_or(0))
}

/// Tells whether a process has more than it needs.
pub fn excess(files: usize, kib: u64) -> Vec<String> {
    let mut findings = Vec::new();
    if files > MOST_FILES {
        findings.push(format!("leaks: the service has {files} open files"));
    }
    if kib > MOST_KIB {
        findings.push(format!("leaks: the service takes {kib} KiB of memory"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_that_live_on_are_told_and_new_ones_are_not() {
        let (mut seen, start) = (Seen::default(), monotonic());
        assert!(seen.connections_at(start, &[1, 2]).is_empty());
        let later = start + LONGEST_LIFE + Duration::from_secs(1);
        assert_eq!(seen.connections_at(later, &[2, 3]), ["leaks: connection 2 to DB_B lives on"]);
        let many: Vec<u64> = (100..200).collect();
        assert_eq!(seen.connections_at(later, &many), ["leaks: 100 connections to DB_B"]);
    }

    #[test]
    fn too_many_files_and_too_much_memory_are_told() {
        assert!(excess(MOST_FILES, MOST_KIB).is_empty());
        assert_eq!(excess(MOST_FILES + 1, MOST_KIB + 1).len(), 2);
        assert!(process(std::process::id()).is_empty(), "this process is small");
    }
}
