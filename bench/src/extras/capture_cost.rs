//! What the triggers cost the writers of DB_A: a bulk insert by the clock, single rows by the server's CPU time.

use anyhow::Result;
use backhaul::utils::clock::monotonic;
use serde_json::json;

use super::Found;
use crate::bench::Bench;
use crate::dice::Dice;
use crate::measure::{cpu_seconds, real};
use crate::progress::note;
use crate::scale::Scale;
use crate::stats::Spread;
use crate::workload::{BASE_ROWS_PER_WRITER, Workload, bulk_insert as insert_rows, statements};
use crate::writing::{Base, Capture, play};

/// Measures once with capture and once without in each round, and gives the ratios.
fn in_pairs(
    bench: &Bench,
    what: &str,
    measure: impl Fn(Capture) -> Result<f64>,
) -> Result<(Spread, Vec<[f64; 2]>)> {
    let mut pairs = Vec::new();
    for round in 0..bench.scale.extra_rounds {
        let mut pair = [0.0, 0.0];
        // Whoever comes first meets another disk than who comes second.
        for turn in [round % 2, 1 - round % 2] {
            let capture = if turn == 0 { Capture::On } else { Capture::Off };
            let word = if capture == Capture::On { "with" } else { "without" };
            bench.progress.step(&format!("round {}: {what} {word} capture", round + 1));
            pair[usize::try_from(turn)?] = measure(capture)?;
        }
        note(&format!("with {:.6}, without {:.6}: {:.2} times", pair[0], pair[1], pair[0] / pair[1]));
        pairs.push(pair);
    }
    let spread = Spread::of(pairs.iter().map(|[with, without]| with / without));
    Ok((spread.unwrap_or(Spread { median: f64::NAN, least: f64::NAN, most: f64::NAN }), pairs))
}

/// One statement that inserts many rows, which lie ready in a table of the same server.
pub(super) fn bulk_insert(bench: &Bench, base: &Base) -> Result<Found> {
    let rows = bench.scale.bulk_insert_rows;
    let (ratio, pairs) = in_pairs(bench, "a bulk insert", |capture| {
        let (local, _central) = base.start(bench, &["users", "orders"], capture)?;
        let mut sql = local.sql()?;
        sql.run("set sql_log_bin = 0")?;
        sql.run("create table ready like orders")?;
        let mut dice = Dice::new(bench.seed);
        let users = BASE_ROWS_PER_WRITER * bench.scale.writers;
        sql.run("begin")?;
        for statement in statements(0..rows, 1_000, |ids| insert_rows(ids, users, &mut dice)) {
            sql.run(&statement.replacen("into orders", "into ready", 1))?;
        }
        sql.run("commit")?;
        sql.run("set sql_log_bin = 1")?;
        let started = monotonic();
        sql.run("insert into orders select * from ready")?;
        Ok(started.elapsed().as_secs_f64())
    })?;
    let details = json!({ "rows": rows, "seconds_with_and_without": pairs });
    Ok(Found { figures: vec![("bulk_insert_with_capture", ratio)], details })
}

/// Small transactions of one row each from one connection, as workload (a) mixes them.
pub(super) fn single_row(bench: &Bench, base: &Base) -> Result<Found> {
    let writes = bench.scale.single_row_writes;
    let scale = Scale { oltp_transactions: writes, ..bench.scale.clone() };
    let (ratio, pairs) = in_pairs(bench, "single-row writes", |capture| {
        let (local, central) = base.start(bench, &["users", "orders"], capture)?;
        drop(central);
        let before = cpu_seconds(local.pid()?)?;
        play(bench, &scale, &local, Workload::Oltp)?;
        Ok((cpu_seconds(local.pid()?)? - before) / real(writes))
    })?;
    let details = json!({ "statements": writes, "cpu_seconds_per_statement_with_and_without": pairs });
    Ok(Found { figures: vec![("single_row_cpu_with_capture", ratio)], details })
}
