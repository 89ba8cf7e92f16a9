//! MariaDB's own replication with GTID, as durable as everybody else, from START SLAVE until all is applied.

use std::time::Duration;

use anyhow::{Result, ensure};
use backhaul::utils::clock::monotonic;
use serde_json::json;

use super::{Arena, Measured};
use crate::equality;
use crate::measure::cpu_seconds;

/// How long a replica may take; one that needs longer is stuck.
const PATIENCE: Duration = Duration::from_hours(1);

pub(super) fn run(arena: &Arena, threads: u64) -> Result<Measured> {
    let replica = arena.plain_central()?;
    let mut sql = replica.sql()?;
    let goal = arena.source.sql()?.text("select @@global.gtid_binlog_pos")?;
    sql.run(&format!("set global slave_parallel_threads = {threads}"))?;
    sql.run("set global slave_parallel_mode = 'optimistic'")?;
    sql.run(&format!(
        "change master to master_host = '127.0.0.1', master_port = {}, master_user = '{}', \
         master_password = '{}', master_use_gtid = slave_pos, master_connect_retry = 1",
        arena.source.port(),
        arena.source.database_url().user,
        arena.source.password()
    ))?;
    let cpu = (cpu_seconds(arena.source.pid()?)?, cpu_seconds(replica.pid()?)?);
    let started = monotonic();
    sql.run("start slave")?;
    let waited = sql.text(&format!("select master_gtid_wait('{goal}', {})", PATIENCE.as_secs()))?;
    let seconds = started.elapsed().as_secs_f64();
    ensure!(waited == "0", "the replica did not catch up: {:?}", sql.rows("show slave status")?);
    let measured = Measured {
        seconds,
        units: arena.workload.entries(&arena.bench.scale),
        local_cpu_seconds: cpu_seconds(arena.source.pid()?)? - cpu.0,
        central_cpu_seconds: cpu_seconds(replica.pid()?)? - cpu.1,
        details: json!({ "slave_parallel_threads": threads, "goal": goal }),
    };
    sql.run("stop slave")?;
    let who = if threads == 0 { "serial replication" } else { "replication with four threads" };
    equality::tables(&mut arena.source.sql()?, &mut sql, arena.workload.tables(), who)?;
    Ok(measured)
}
