//! `pt-table-sync`, table by table; on a sample of the rows.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use backhaul::utils::clock::monotonic;
use serde_json::json;

use super::{Arena, Measured};
use crate::equality;
use crate::measure::cpu_seconds;
use crate::stage::{DATABASE, Server};
use crate::workload::BASE_ROWS_PER_WRITER;

/// Says that rows were changed and all is well; the program has a bit for that in its exit status.
const CHANGED_ROWS: i32 = 2;

pub(super) fn run(arena: &Arena) -> Result<Measured> {
    let target = arena.plain_central()?;
    let scale = &arena.bench.scale;
    // Parents first, and no more of the children than have their parents.
    let first_new = BASE_ROWS_PER_WRITER * scale.writers;
    let mut source_sql = arena.source.sql()?;
    let mut condition = |table: &str, further: &str| -> Result<(String, u64)> {
        let limit = scale.sample / 2;
        let last = source_sql.number(&format!(
            "select coalesce(max(id), 0) from (select id from {table} where id > {first_new} {further} \
             order by id limit {limit}) as sample"
        ))?;
        let condition = format!("id > {first_new} and id <= {last} {further}");
        let rows = source_sql.number(&format!("select count(*) from {table} where {condition}"))?;
        Ok((condition, rows))
    };
    let (users, user_rows) = condition("users", "")?;
    let last_user = users.rsplit("<= ").next().unwrap_or_default().trim().to_owned();
    let (orders, order_rows) = condition("orders", &format!("and user_id <= {last_user}"))?;
    let cpu = (cpu_seconds(arena.source.pid()?)?, cpu_seconds(target.pid()?)?);
    let started = monotonic();
    sync(arena.source, &target, "users", &users)?;
    sync(arena.source, &target, "orders", &orders)?;
    let measured = Measured {
        seconds: started.elapsed().as_secs_f64(),
        units: user_rows + order_rows,
        local_cpu_seconds: cpu_seconds(arena.source.pid()?)? - cpu.0,
        central_cpu_seconds: cpu_seconds(target.pid()?)? - cpu.1,
        details: json!({ "users": user_rows, "orders": order_rows }),
    };
    let (mut source, mut target) = (arena.source.sql()?, target.sql()?);
    let who = "pt-table-sync";
    equality::rows(&mut source, &mut target, "users", "name, email, updated_at", &users, who)?;
    equality::rows(&mut source, &mut target, "orders", "user_id, amount, status, updated_at", &orders, who)?;
    Ok(measured)
}

fn sync(source: &Server, target: &Server, table: &str, condition: &str) -> Result<()> {
    let place = |server: &Server| {
        format!("F={},h=127.0.0.1,P={},D={DATABASE},t={table}", server.client_file().display(), server.port())
    };
    let status = Command::new("pt-table-sync")
        .args(["--execute", "--charset=utf8mb4", "--where", condition])
        .args([place(source), place(target)])
        .stdin(Stdio::null())
        .status()
        .context("cannot start pt-table-sync")?;
    ensure!(matches!(status.code(), Some(0 | CHANGED_ROWS)), "pt-table-sync of {table} ended with {status}");
    Ok(())
}
