//! The loop that one would write first: Node, mysql2, pooled, prepared, one entry at a time; on a sample.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{Arena, Measured};
use crate::equality;
use crate::measure::cpu_seconds;
use crate::sql::Sql;

pub(super) fn run(arena: &Arena) -> Result<Measured> {
    let (local, central) = arena.captured()?;
    let sample = arena.bench.scale.sample.min(arena.workload.entries(&arena.bench.scale));
    let cpu = (cpu_seconds(local.pid()?)?, cpu_seconds(central.pid()?)?);
    let output = Command::new("node")
        .arg("loop.js")
        .current_dir(&arena.bench.node_dir)
        .env("LOCAL_DATABASE_URL", local.url())
        .env("CENTRAL_DATABASE_URL", central.url())
        .env("SAMPLE", sample.to_string())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start node")?;
    ensure!(output.status.success(), "the Node loop ended with {}", output.status);
    let said: Value = serde_json::from_slice(&output.stdout).context("the Node loop printed no report")?;
    let measured = Measured {
        // Its own clock: the start of Node is no part of it.
        seconds: said["seconds"].as_f64().context("the Node loop tells no time")?,
        units: said["entries"].as_u64().context("the Node loop tells no count")?,
        local_cpu_seconds: cpu_seconds(local.pid()?)? - cpu.0,
        central_cpu_seconds: cpu_seconds(central.pid()?)? - cpu.1,
        details: said.clone(),
    };
    ensure!(measured.units == sample, "the Node loop carried {} entries instead of {sample}", measured.units);
    check(&mut local.sql()?, &mut central.sql()?)?;
    Ok(measured)
}

/// Compares the records of the entries that the loop marked as carried.
fn check(local: &mut Sql, central: &mut Sql) -> Result<()> {
    for (table, columns) in
        [("users", "name, email, updated_at"), ("orders", "user_id, amount, status, updated_at")]
    {
        let carried = local.rows(&format!(
            "select distinct record_id from sync_queue where sync_status = 'SYNCED' and table_name = '{table}'"
        ))?;
        let ids: Vec<String> = carried.into_iter().flatten().flatten().collect();
        if !ids.is_empty() {
            let condition = format!("id in ({})", ids.join(","));
            equality::rows(local, central, table, columns, &condition, "the Node loop")?;
        }
    }
    Ok(())
}
