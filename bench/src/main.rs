//! Measures Backhaul beside what one could pick instead: in one run, in turns, on the same work.
//!
//! - [`workload`]: the work, drawn from a seed by [`dice`], as much of it as [`scale`] says
//! - [`stage`]: the servers; [`writing`]: writes the work in DB_A, with and without capture
//! - [`candidates`]: who carries it to DB_B, each checked by [`equality`]
//! - [`extras`]: single figures: what capture costs, a long queue, a slow [`proxy`], the API over [`http`]
//! - [`measure`], [`stats`]: what they use, medians and ratios
//! - [`results`], [`targets`], [`report`], [`chart`]: what is published

mod bench;
mod candidates;
mod chart;
mod dice;
mod equality;
mod extras;
mod http;
mod machine;
mod measure;
mod plan;
mod program;
mod progress;
mod proxy;
mod report;
mod results;
mod scale;
mod sql;
mod stage;
mod stats;
mod targets;
mod workload;
mod writing;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Parser;

use crate::bench::Bench;
use crate::scale::Scale;
use crate::stage::Stage;

/// Measures Backhaul beside what one could pick instead, and writes tables and charts.
#[derive(Debug, Parser)]
pub struct Options {
    /// Little work, within three minutes: shows that everything runs
    #[arg(long)]
    quick: bool,
    /// From which all work is drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Parts to run, by name, separated by commas; all of them by default
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// The program under measurement
    #[arg(long, default_value = "target/release/backhaul")]
    binary: PathBuf,
    /// Where the servers live, on a real disk; emptied first
    #[arg(long, default_value = "target/bench")]
    work_dir: PathBuf,
    /// Where the results go
    #[arg(long, default_value = "docs/benchmarks")]
    out: PathBuf,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let binary = std::path::absolute(&options.binary)?;
    anyhow::ensure!(binary.exists(), "{} is not there; `make bench` builds it", binary.display());
    let work_dir = std::path::absolute(&options.work_dir)?;
    let scale = if options.quick { Scale::quick() } else { Scale::full() };
    let stage = Stage::open(work_dir.clone(), scale.redo_log_mib)?;
    stage::refuse_memory(&work_dir)?;
    let plan = plan::Plan::choose(&options.only)?;
    let progress = progress::Progress::new(plan.steps(&scale));
    let node_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("node-loop");
    let bench = Bench::new(scale, options.seed, stage, binary, node_dir, progress);
    let results = plan.run(&bench).context("the run is void")?;
    report::publish(&results, &options.out)?;
    bench.stage.clear()?;
    print!("{}", report::targets(&results.targets));
    eprintln!("results: {}", options.out.display());
    Ok(())
}
