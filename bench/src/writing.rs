//! Writes a workload in DB_A, with and without capture, and keeps what came out for the candidates.

use std::sync::{Arc, Barrier};
use std::thread;

use anyhow::{Context as _, Result, anyhow, ensure};
use backhaul::utils::clock::monotonic;

use crate::bench::Bench;
use crate::program::Program;
use crate::scale::Scale;
use crate::sql::Sql;
use crate::stage::{Kept, Server, Side};
use crate::workload::{Transaction, WIDE_TABLE, Workload, base_rows};

/// Both sides before anything is measured: the same few rows, nothing of Backhaul.
pub struct Base {
    local: Kept,
    central: Kept,
}

/// Both sides after the writing, stopped: what each candidate begins with.
pub struct Written {
    /// DB_A written without capture, with its binlog.
    pub plain_local: Kept,
    /// The replica that has all but the workload, and knows where it stands.
    pub plain_central: Kept,
    /// DB_A with the entries of the workload in its queue.
    pub captured_local: Kept,
    /// DB_B as `install` left it.
    pub captured_central: Kept,
}

/// With or without the triggers of Backhaul.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capture {
    /// As a site that uses Backhaul.
    On,
    /// As a site that relies on its binlog.
    Off,
}

/// How long the writing took.
#[derive(Debug, Clone, Copy)]
pub struct WritingTime {
    /// With capture or without.
    pub capture: Capture,
    /// From the first statement to the last answer.
    pub seconds: f64,
}

/// Creates both sides with the rows they begin with.
pub fn base(bench: &Bench) -> Result<Base> {
    let local = bench.stage.start("base-local", Side::Local, None)?;
    let central = bench.stage.start("base-central", Side::Central, None)?;
    for server in [&local, &central] {
        let mut sql = server.sql()?;
        for statement in sample_tables() {
            sql.run(&statement)?;
        }
        sql.run(WIDE_TABLE)?;
        for statement in base_rows(&bench.scale) {
            sql.run(&statement)?;
        }
    }
    let position = local.sql()?.text("select @@global.gtid_binlog_pos")?;
    central.sql()?.run(&format!("set global gtid_slave_pos = '{position}'"))?;
    Ok(Base { local: local.keep()?, central: central.keep()? })
}

/// The statements of the published schema that create the two sample tables.
fn sample_tables() -> Vec<String> {
    let schema = include_str!("../../sql/central/schema.sql");
    let statement = |table: &str| {
        let start = schema.find(&format!("create table if not exists {table} ("))?;
        schema[start..].split(';').next().map(str::to_owned)
    };
    ["users", "orders"].into_iter().filter_map(statement).collect()
}

/// Writes `workload` as often as `times` says, alternating between with and without capture; the first of each
/// kind is what the candidates begin with.
pub fn write(
    bench: &Bench,
    base: &Base,
    workload: Workload,
    times: u64,
) -> Result<(Written, Vec<WritingTime>)> {
    let (mut took, mut plain, mut captured) = (Vec::new(), None, None);
    for time in 0..times.max(1) {
        let order =
            if time.is_multiple_of(2) { [Capture::On, Capture::Off] } else { [Capture::Off, Capture::On] };
        for capture in order {
            let word = if capture == Capture::On { "with" } else { "without" };
            bench.progress.step(&format!("({}) writing {word} capture", workload.letter()));
            let (local, central, seconds) = write_once(bench, base, workload, capture)?;
            took.push(WritingTime { capture, seconds });
            let kept = if capture == Capture::On { &mut captured } else { &mut plain };
            if kept.is_none() {
                *kept = Some((local.keep()?, central));
            }
        }
    }
    let (plain_local, plain_central) = plain.context("nothing was written without capture")?;
    let (captured_local, captured_central) = captured.context("nothing was written with capture")?;
    Ok((Written { plain_local, plain_central, captured_local, captured_central }, took))
}

/// Writes a workload once: gives DB_A running, DB_B stopped, and the time.
pub fn write_once(
    bench: &Bench,
    base: &Base,
    workload: Workload,
    capture: Capture,
) -> Result<(Server, Kept, f64)> {
    let name = |side: Side| {
        let kind = if capture == Capture::On { "captured" } else { "plain" };
        // A kept directory may not be written again, so each writing has a name of its own.
        format!("{}-{kind}-{}-{}", workload.letter(), side.word(), bench.next_number())
    };
    let local = bench.stage.start(&name(Side::Local), Side::Local, Some(&base.local))?;
    let central = bench.stage.start(&name(Side::Central), Side::Central, Some(&base.central))?;
    if capture == Capture::On {
        bench.program(&local, &central.url(), workload.tables(), "")?.install()?;
    }
    let central = central.keep()?;
    let seconds = play(bench, &bench.scale, &local, workload)?;
    let mut sql = local.sql()?;
    if capture == Capture::On {
        let entries = sql.number("select count(*) from sync_queue where sync_status = 'PENDING'")?;
        let wanted = workload.entries(&bench.scale);
        ensure!(entries == wanted, "{entries} entries were captured instead of {wanted}");
    }
    Ok((local, central, seconds))
}

impl Base {
    /// Starts both sides with the first rows; with capture, `install` has been there.
    pub fn start(&self, bench: &Bench, tables: &[&str], capture: Capture) -> Result<(Server, Server)> {
        let number = bench.next_number();
        let local = bench.stage.start(&format!("extra-local-{number}"), Side::Local, Some(&self.local))?;
        let central =
            bench.stage.start(&format!("extra-central-{number}"), Side::Central, Some(&self.central))?;
        if capture == Capture::On {
            bench.program(&local, &central.url(), tables, "")?.install()?;
        }
        Ok((local, central))
    }
}

/// Lets all writers loose at once, and tells how long the last one took.
pub fn play(bench: &Bench, scale: &Scale, server: &Server, workload: Workload) -> Result<f64> {
    let writers = workload.writers(scale);
    let barrier = Arc::new(Barrier::new(usize::try_from(writers)? + 1));
    let mut threads = Vec::new();
    for writer in 0..writers {
        let (url, barrier) = (server.url(), Arc::clone(&barrier));
        let (scale, seed) = (scale.clone(), bench.seed);
        threads.push(thread::spawn(move || {
            let connection = Sql::connect(&url);
            let script = workload.script(&scale, seed, writer);
            barrier.wait();
            let mut sql = connection?;
            script.into_iter().try_for_each(|transaction| send(&mut sql, &transaction))
        }));
    }
    barrier.wait();
    let started = monotonic();
    for thread in threads {
        thread.join().map_err(|_| anyhow!("a writer panicked"))??;
    }
    Ok(started.elapsed().as_secs_f64())
}

fn send(sql: &mut Sql, transaction: &Transaction) -> Result<()> {
    match transaction.as_slice() {
        [only] => sql.run(only),
        several => {
            sql.run("begin")?;
            several.iter().try_for_each(|statement| sql.run(statement))?;
            sql.run("commit")
        }
    }
}

impl Bench {
    /// Gives the program with its settings for these two sides.
    pub fn program(&self, local: &Server, central: &str, tables: &[&str], more: &str) -> Result<Program> {
        let dir = self.stage.path(&format!("settings-{}", self.next_number()));
        Program::new(&self.binary, &dir, &local.url(), central, tables, more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_tables_are_found_in_the_published_schema() {
        let tables = sample_tables();
        assert_eq!(tables.len(), 2);
        assert!(tables[0].contains("exists users (") && tables[1].contains("references users (id)"));
    }
}
