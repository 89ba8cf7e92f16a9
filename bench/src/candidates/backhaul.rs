//! `backhaul sync` with default settings, from the start of the process to its end.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{Arena, Measured};
use crate::equality;
use crate::measure::cpu_seconds;

pub(super) fn run(arena: &Arena) -> Result<Measured> {
    let (local, central) = arena.captured()?;
    let tables = arena.workload.tables();
    let program = arena.bench.program(&local, &central.url(), tables, "")?;
    let entries = arena.workload.entries(&arena.bench.scale);
    let cpu = (cpu_seconds(local.pid()?)?, cpu_seconds(central.pid()?)?);
    let ended = program.run(&["sync", "--json"])?;
    let report = &ended.report;
    ensure!(
        ended.code == Some(0) && report["entries_synced"] == entries,
        "backhaul sync ended with {:?}: {report} {}",
        ended.code,
        program.complaint()
    );
    let measured = Measured {
        seconds: ended.usage.seconds,
        units: entries,
        local_cpu_seconds: cpu_seconds(local.pid()?)? - cpu.0,
        central_cpu_seconds: cpu_seconds(central.pid()?)? - cpu.1,
        details: json!({ "report": report, "process": ended.usage }),
    };
    equality::tables(&mut local.sql()?, &mut central.sql()?, tables, "backhaul")?;
    Ok(measured)
}
