//! The floor: the final rows written out by `mariadb-dump` and read in by `mariadb`.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use backhaul::utils::clock::monotonic;
use serde_json::json;

use super::{Arena, Measured};
use crate::equality;
use crate::measure::cpu_seconds;
use crate::stage::DATABASE;

pub(super) fn run(arena: &Arena) -> Result<Measured> {
    let target = arena.plain_central()?;
    let tables = arena.workload.tables();
    let cpu = (cpu_seconds(arena.source.pid()?)?, cpu_seconds(target.pid()?)?);
    let started = monotonic();
    let mut dump = Command::new("mariadb-dump")
        .arg(arena.source.defaults_file())
        .args(["--single-transaction", "--hex-blob", DATABASE])
        .args(tables)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start mariadb-dump")?;
    let rows = dump.stdout.take().context("mariadb-dump has no output")?;
    let loaded = Command::new("mariadb").arg(target.defaults_file()).arg(DATABASE).stdin(rows).status();
    let (dumped, loaded) = (dump.wait()?, loaded.context("cannot start mariadb")?);
    let seconds = started.elapsed().as_secs_f64();
    ensure!(dumped.success() && loaded.success(), "dumping ended with {dumped}, loading with {loaded}");
    let measured = Measured {
        seconds,
        units: arena.workload.entries(&arena.bench.scale),
        local_cpu_seconds: cpu_seconds(arena.source.pid()?)? - cpu.0,
        central_cpu_seconds: cpu_seconds(target.pid()?)? - cpu.1,
        details: json!({}),
    };
    equality::tables(&mut arena.source.sql()?, &mut target.sql()?, tables, "dump and load")?;
    Ok(measured)
}
