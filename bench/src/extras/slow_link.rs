//! The drain of (a) over a round trip of 200 ms and 2 Mbit/s, and how well its bytes are packed.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::Found;
use crate::bench::Bench;
use crate::equality;
use crate::measure::real;
use crate::progress::note;
use crate::proxy::{Link, Proxy};
use crate::sql::Sql;
use crate::stage::{DATABASE, Kept, Side};
use crate::stats::Spread;
use crate::workload::Workload;
use crate::writing::{Base, Capture, write_once};

const LINK: Link = Link { one_way: Duration::from_millis(100), bits_per_second: 2_000_000 };

/// One drain over the link.
struct Crossing {
    seconds: f64,
    bytes: u64,
    bytes_back: u64,
}

pub(super) fn run(bench: &Bench, base: &Base) -> Result<Found> {
    bench.progress.step("slow link: writing with capture");
    let (local, central, _) = write_once(bench, base, Workload::Oltp, Capture::On)?;
    let packed = packed_bytes(&mut local.sql()?, &bench.stage.path("changed-rows.tsv"))?;
    let local = local.keep()?;
    let mut crossings = Vec::new();
    for round in 0..bench.scale.extra_rounds {
        bench.progress.step(&format!("slow link: round {}", round + 1));
        let crossing = cross(bench, &local, &central)?;
        note(&format!(
            "{:.1} s; {} bytes there, {} back; zstd -19 makes {packed:?} of the changed rows",
            crossing.seconds, crossing.bytes, crossing.bytes_back
        ));
        crossings.push(crossing);
    }
    let own_time = |bytes: u64| real(bytes) * 8.0 / real(LINK.bits_per_second);
    let time = Spread::of(crossings.iter().map(|crossing| crossing.seconds / own_time(crossing.bytes)));
    let size = packed
        .and_then(|packed| Spread::of(crossings.iter().map(|crossing| real(crossing.bytes) / real(packed))));
    let figures = [("slow_link_time_against_bytes", time), ("slow_link_bytes_against_zstd", size)];
    let details = json!({
        "round_trip_ms": 200,
        "bits_per_second": LINK.bits_per_second,
        "zstd_19_bytes_of_changed_rows": packed,
        "seconds": crossings.iter().map(|crossing| crossing.seconds).collect::<Vec<_>>(),
        "bytes_to_central": crossings.iter().map(|crossing| crossing.bytes).collect::<Vec<_>>(),
        "bytes_back": crossings.iter().map(|crossing| crossing.bytes_back).collect::<Vec<_>>(),
    });
    let figures = figures.into_iter().filter_map(|(name, spread)| Some((name, spread?))).collect();
    Ok(Found { figures, details })
}

fn cross(bench: &Bench, local: &Kept, central: &Kept) -> Result<Crossing> {
    let local = bench.stage.start("run-local", Side::Local, Some(local))?;
    let central = bench.stage.start("run-central", Side::Central, Some(central))?;
    let tables = Workload::Oltp.tables();
    local.warm(tables)?;
    let proxy = Proxy::open(central.port(), LINK)?;
    let address = central
        .url()
        .replace(&format!(":{}/{DATABASE}", central.port()), &format!(":{}/{DATABASE}", proxy.port()));
    let program = bench.program(&local, &address, tables, "")?;
    let ended = program.run(&["sync", "--json"])?;
    ensure!(ended.code == Some(0), "sync over the slow link: {} {}", ended.report, program.complaint());
    let (bytes, bytes_back) = proxy.bytes();
    equality::tables(&mut local.sql()?, &mut central.sql()?, tables, "backhaul over the slow link")?;
    Ok(Crossing { seconds: ended.usage.seconds, bytes, bytes_back })
}

/// Writes the present rows of the changed records as text, and the keys of those that are gone, and packs them;
/// `None` where there is no zstd.
fn packed_bytes(sql: &mut Sql, file: &Path) -> Result<Option<u64>> {
    let mut text = BufWriter::new(File::create(file).context("cannot write the changed rows")?);
    for table in Workload::Oltp.tables() {
        let changed = format!(
            "(select distinct cast(record_id as unsigned) as id from sync_queue where table_name = '{table}')"
        );
        let rows =
            sql.rows(&format!("select t.* from {table} t join {changed} q on q.id = t.id order by t.id"))?;
        let gone = sql.rows(&format!(
            "select q.id from {changed} q left join {table} t on q.id = t.id where t.id is null"
        ))?;
        for row in rows.into_iter().chain(gone) {
            let fields: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
            writeln!(text, "{}", fields.join("\t"))?;
        }
    }
    text.flush()?;
    let packed =
        Command::new("zstd").args(["-19", "--stdout", "--quiet"]).arg(file).stdin(Stdio::null()).output();
    Ok(packed.ok().filter(|output| output.status.success()).map(|output| output.stdout.len() as u64))
}
