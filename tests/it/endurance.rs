//! Many cycles, one after the other: memory, time and tables stay as they are.
//!
//! A day has 720 cycles. `make endurance` runs more of them than the ordinary tests do.

use std::time::Duration;

use rstest::rstest;

use crate::support::program::Running;
use crate::support::shop::{installed, numbers};
use crate::support::{ChaosProxy, Fault, Pair, assert_equal_on_both_sides, wait_for};

/// How many cycles run when nothing else is said.
const CYCLES: u32 = 150;

/// How often the queue is pruned.
const CYCLES_PER_PRUNE: u32 = 10;

/// What was measured over a stretch of cycles.
struct Stretch {
    /// The program's memory at its end, in KiB.
    memory: u64,
    /// Open files and connections at its end.
    files: usize,
    /// The median of what a cycle took.
    cycle: Duration,
}

/// Reads one of the kernel's figures of a process, in KiB: `VmRSS` is its memory now, `VmHWM` the most it ever had.
fn memory_of(process: u32, figure: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

async fn serve(pair: &Pair) -> Running {
    let server = pair.start(&["serve"]);
    wait_for("the API answers", async || {
        reqwest::get(pair.api("/readyz")).await.is_ok_and(|answer| answer.status().is_success())
    })
    .await;
    server
}

/// Runs a cycle; if that of the schedule runs just then, another one.
async fn run(client: &reqwest::Client, pair: &Pair) -> Duration {
    loop {
        let answer = client.post(pair.api("/sync/run")).send().await.unwrap();
        if answer.status() != reqwest::StatusCode::CONFLICT {
            let report: serde_json::Value = answer.json().await.unwrap();
            assert_eq!(report["outcome"], "drained", "{report}");
            return Duration::from_millis(report["duration_ms"].as_u64().unwrap());
        }
    }
}

async fn stretch(pair: &Pair, process: u32, cycles: u32) -> Stretch {
    let client = reqwest::Client::new();
    let mut took = Vec::new();
    for cycle in 0..cycles {
        let work = format!(
            "update users set name = concat('cycle ', {cycle}, ' of ', id) where id % 7 = {cycle} % 7; \
             delete from users where id = 1 + {cycle} % 90; \
             insert ignore into users (id, name, email) select seq, 'back', concat(seq, '@x') from {}",
            numbers(100)
        );
        pair.local.execute(&work).await;
        took.push(run(&client, pair).await);
        if cycle % CYCLES_PER_PRUNE == 0 {
            pair.backhaul(&["prune"]).await.expect_code(0);
        }
    }
    took.sort_unstable();
    Stretch {
        memory: memory_of(process, "VmRSS"),
        files: std::fs::read_dir(format!("/proc/{process}/fd")).unwrap().count(),
        cycle: took[took.len() / 2],
    }
}

#[tokio::test]
async fn a_day_of_cycles_leaves_memory_time_and_tables_as_they_were() {
    #[expect(clippy::disallowed_methods, reason = "how long a test runs is no setting of the program")]
    let cycles: u32 = std::env::var("CYCLES").map_or(CYCLES, |text| text.parse().unwrap());
    let mut pair = installed().await;
    pair.set("QUEUE_RETENTION_DAYS", &0);
    // Every minute besides: what else runs in the background runs, too.
    pair.set("SYNC_CRON", "0 * * * * *");
    let server = serve(&pair).await;
    let warm = stretch(&pair, server.process_id(), cycles / 3).await;
    let _ = stretch(&pair, server.process_id(), cycles / 3).await;
    let last = stretch(&pair, server.process_id(), cycles / 3).await;
    eprintln!(
        "memory {} KiB, then {} KiB; files {}, then {}; a cycle took {:?}, then {:?}",
        warm.memory, last.memory, warm.files, last.files, warm.cycle, last.cycle
    );
    assert!(
        last.memory < warm.memory * 5 / 4 + 2048,
        "memory grew from {} to {} KiB",
        warm.memory,
        last.memory
    );
    assert!(last.files <= warm.files + 2, "open files grew from {} to {}", warm.files, last.files);
    assert!(
        last.cycle < warm.cycle * 3 + Duration::from_millis(30),
        "a cycle took {:?}, then {:?}",
        warm.cycle,
        last.cycle
    );
    let of_one_prune = u64::from(CYCLES_PER_PRUNE) * 400;
    assert!(pair.local.one::<u64>("select count(*) from sync_queue").await < of_one_prune);
    assert_eq!(pair.local.one::<u64>("select count(*) from sync_failures").await, 0);
    assert_eq!(pair.local.one::<u64>("select count(*) from sync_intents where state = 'OPEN'").await, 0);
    assert_eq!(pair.central.one::<u64>("select count(*) from sync_sites").await, 1);
    assert_equal_on_both_sides(&pair, &["users"]).await;
    server.signal("TERM");
    server.finish().await.expect_code(0);
    let left =
        "select count(*) from information_schema.processlist where db = database() and id <> connection_id()";
    for side in [&pair.local, &pair.central] {
        wait_for("its connections are gone", async || side.one::<u64>(left).await <= 1).await;
    }
}

#[tokio::test]
async fn a_long_backlog_needs_no_more_memory_than_a_short_one() {
    let pair = installed().await;
    let server = serve(&pair).await;
    let client = reqwest::Client::new();
    let mut most = Vec::new();
    for (first, last) in [(0, 40_000), (40_000, 240_000)] {
        let users = format!(
            "insert into users (id, name, email) select seq, 'someone', concat(seq, '@example.com') from {} where seq > {first}",
            numbers(last)
        );
        pair.local.execute(&users).await;
        run(&client, &pair).await;
        most.push(memory_of(server.process_id(), "VmHWM"));
    }
    eprintln!("40,000 entries: {} KiB at most; 200,000 more: {} KiB", most[0], most[1]);
    assert!(most[1] < most[0] * 6 / 5, "memory grows with the backlog: {most:?} KiB");
    assert_eq!(pair.central.one::<u64>("select count(*) from users").await, 240_000);
}

#[rstest]
#[case::over_a_fast_line(Fault::None)]
#[case::over_a_slow_line(Fault::Latency(Duration::from_millis(40)))]
#[tokio::test]
async fn rows_of_ten_kilobytes_stay_within_64_mib(#[case] line: Fault) {
    let mut pair = installed().await;
    let proxy = ChaosProxy::start(pair.central_port());
    pair.reach_central_through(proxy.port());
    proxy.set(line);
    let server = serve(&pair).await;
    let client = reqwest::Client::new();
    for side in [&pair.local, &pair.central] {
        side.execute("alter table users add column story mediumtext").await;
    }
    let users = format!(
        "insert into users (id, name, email, story) select seq, 'someone', concat(seq, '@example.com'), repeat(sha2(seq, 256), 157) from {} where seq > 0",
        numbers(5_000)
    );
    pair.local.execute(&users).await;
    run(&client, &pair).await;
    let most = memory_of(server.process_id(), "VmHWM");
    eprintln!("5,000 rows of 10 KB: {most} KiB at most");
    assert!(most < 64 * 1024, "{most} KiB");
    assert_equal_on_both_sides(&pair, &["users"]).await;
}
