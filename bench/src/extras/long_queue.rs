//! `/sync/status` while the queue is long, and how long a writer waits while `prune` makes it short.

use std::net::TcpListener;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use backhaul::utils::clock::monotonic;
use serde_json::{Value, json};

use super::Found;
use crate::bench::Bench;
use crate::dice::Dice;
use crate::http::Http;
use crate::measure::real;
use crate::program::{Ended, Program, Running};
use crate::progress::note;
use crate::sql::Sql;
use crate::stage::Server;
use crate::stats::Spread;
use crate::workload::{BASE_ROWS_PER_WRITER, bulk_insert, grouped, statements};
use crate::writing::{Base, Capture};

/// How often the status is asked for; the median is what a monitoring system sees.
const QUESTIONS: usize = 50;

/// Rows in one transaction while the queue is filled.
const ROWS_PER_TRANSACTION: u64 = 100_000;

/// How many times shorter the queue is that is drained beforehand; memory is compared with that.
const SHORTER: u64 = 50;

/// How often the writer writes during `prune`.
const WRITE_EVERY: Duration = Duration::from_millis(5);

/// A wait that is counted as a long one, in milliseconds: what no writer may wait.
const LONG_WAIT_MS: f64 = 100.0;

/// `serve` without a cycle of its own in the middle of a measurement.
const NO_CRON: &str = "SYNC_CRON='0 0 1 1 *'";

pub(super) fn run(bench: &Bench, base: &Base) -> Result<Found> {
    let entries = bench.scale.queue_entries;
    let short = entries / SHORTER;
    bench.progress.step(&format!("long queue: {} entries beforehand", grouped(short)));
    let tables = ["users", "orders"];
    let (local, central) = base.start(bench, &tables, Capture::On)?;
    let few = status_times(bench, &local, &central)?;
    let settings = "QUEUE_RETENTION_DAYS=0";
    let program = bench.program(&local, &central.url(), &tables, settings)?;
    fill(bench, &local, 0..short)?;
    let beforehand = drain(&program)?.usage;
    bench.progress.step(&format!("long queue: capturing {} entries", grouped(entries)));
    fill(bench, &local, short..short + entries)?;
    bench.progress.step("long queue: status with all of them pending");
    let pending = status_times(bench, &local, &central)?;
    bench.progress.step("long queue: draining");
    let ended = drain(&program)?;
    let growth = real(ended.usage.peak_resident_bytes) / real(beforehand.peak_resident_bytes);
    // The last batch stays, so that all others may go.
    local.sql()?.run("update users set name = 'last' where id = 1")?;
    ensure!(program.run(&["sync", "--json"])?.code == Some(0), "the last drain: {}", program.complaint());
    bench.progress.step("long queue: status with all of them synced");
    let synced = status_times(bench, &local, &central)?;
    bench.progress.step("long queue: pruning");
    let waits = prune(&local, &program)?;
    let status = |spread: Spread| json!({ "median_ms": spread.median, "least_ms": spread.least, "most_ms": spread.most });
    let worse = if pending.median > synced.median { pending } else { synced };
    let details = json!({
        "entries": entries,
        "status_with_an_empty_queue": status(few),
        "status_with_all_pending": status(pending),
        "status_with_all_synced": status(synced),
        "drain_of_a_fiftieth_process": beforehand,
        "drain": ended.report,
        "drain_process": ended.usage,
        "prune": waits,
    });
    note(&format!("status: {few:?} {pending:?} {synced:?}; memory: {growth:.3} times; prune: {waits}"));
    let longest = waits["longest_wait_ms"].as_f64().unwrap_or(f64::NAN);
    let figures = vec![
        ("status_ms", worse),
        ("prune_longest_wait_ms", Spread { median: longest, least: longest, most: longest }),
        ("peak_resident_growth", Spread { median: growth, least: growth, most: growth }),
    ];
    Ok(Found { figures, details })
}

fn drain(program: &Program) -> Result<Ended> {
    let ended = program.run(&["sync", "--json"])?;
    ensure!(ended.code == Some(0), "the drain of a long queue: {} {}", ended.report, program.complaint());
    Ok(ended)
}

/// Inserts rows with capture, as the real thing would.
fn fill(bench: &Bench, local: &Server, rows: Range<u64>) -> Result<()> {
    let mut sql = local.sql()?;
    let mut dice = Dice::new(bench.seed);
    let users = BASE_ROWS_PER_WRITER * bench.scale.writers;
    for part in statements(rows, ROWS_PER_TRANSACTION, |ids| ids) {
        sql.run("begin")?;
        for statement in statements(part, 1_000, |ids| bulk_insert(ids, users, &mut dice)) {
            sql.run(&statement)?;
        }
        sql.run("commit")?;
    }
    Ok(())
}

/// Asks `serve` for the status again and again; the answers' times in milliseconds.
fn status_times(bench: &Bench, local: &Server, central: &Server) -> Result<Spread> {
    let (port, _serve) = serve(bench, local, central)?;
    let mut http = Http::connect(port)?;
    let mut times = Vec::new();
    for _ in 0..QUESTIONS {
        let started = monotonic();
        let (code, body) = http.ask("GET", "/sync/status", "")?;
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
        ensure!(code == 200, "/sync/status answered {code}: {body}");
    }
    Spread::of(times).context("no status was asked for")
}

/// Starts `serve` on a free port, and waits until it answers.
pub(super) fn serve(bench: &Bench, local: &Server, central: &Server) -> Result<(u16, Running)> {
    let port = free_port()?;
    let settings = format!("{NO_CRON}\nPORT={port}");
    let serve = bench.program(local, &central.url(), &["users", "orders"], &settings)?.start(&["serve"])?;
    wait_for_answer(port, "/healthz")?;
    Ok((port, serve))
}

pub(super) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

/// Waits until a server answers a question.
pub(super) fn wait_for_answer(port: u16, path: &str) -> Result<()> {
    let deadline = monotonic() + Duration::from_secs(30);
    loop {
        let answer = Http::connect(port).and_then(|mut http| http.ask("GET", path, ""));
        match answer {
            Ok(_) => return Ok(()),
            Err(error) if monotonic() > deadline => return Err(error.context("a server does not answer")),
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// Prunes while somebody writes.
fn prune(local: &Server, program: &Program) -> Result<Value> {
    let writer = Writer::start(local)?;
    let ended = program.run(&["prune", "--json"])?;
    let waits = writer.stop()?;
    ensure!(ended.code == Some(0), "prune: {}", program.complaint());
    // For as long: what the disk alone does to a writer, which happens the more often the longer one looks.
    let alone = Writer::start(local)?;
    thread::sleep(Duration::from_secs_f64(ended.usage.seconds));
    let alone = alone.stop()?;
    Ok(json!({
        "report": ended.report,
        "seconds": ended.usage.seconds,
        "writes": waits.writes,
        "longest_wait_ms": waits.longest_ms,
        "long_waits": waits.long,
        "without_prune": { "writes": alone.writes, "longest_wait_ms": alone.longest_ms, "long_waits": alone.long },
    }))
}

/// Somebody who writes one order after the other, and notes the longest wait.
struct Writer {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<Waits>>,
}

struct Waits {
    writes: u64,
    longest_ms: f64,
    long: u64,
}

impl Writer {
    fn start(server: &Server) -> Result<Self> {
        let mut sql = server.sql()?;
        let stop = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&stop);
        let thread = thread::spawn(move || write_until(&mut sql, &end));
        Ok(Self { stop, thread })
    }

    fn stop(self) -> Result<Waits> {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().map_err(|_| anyhow!("the writer panicked"))?
    }
}

fn write_until(sql: &mut Sql, end: &AtomicBool) -> Result<Waits> {
    let mut waits = Waits { writes: 0, longest_ms: 0.0, long: 0 };
    while !end.load(Ordering::SeqCst) {
        let started = monotonic();
        sql.run("insert into orders (user_id, amount) values (1, 1)")?;
        let wait = started.elapsed().as_secs_f64() * 1_000.0;
        waits.longest_ms = waits.longest_ms.max(wait);
        waits.long += u64::from(wait > LONG_WAIT_MS);
        waits.writes += 1;
        thread::sleep(WRITE_EVERY);
    }
    Ok(waits)
}
