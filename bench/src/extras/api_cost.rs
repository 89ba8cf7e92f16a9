//! What an order posted to `serve` costs in processor time, beside Express with mysql2 on the same database.

use std::process::{Child, Command, Stdio};
use std::thread;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::json;

use super::Found;
use super::long_queue::{free_port, serve, wait_for_answer};
use crate::bench::Bench;
use crate::http::Http;
use crate::measure::{cpu_seconds, real};
use crate::program::Running;
use crate::progress::note;
use crate::stage::Server;
use crate::stats::Spread;
use crate::writing::{Base, Capture};

/// Clients that post at once, each over one connection that stays open.
const CLIENTS: u64 = 8;

/// Orders posted before the measurement, while connections open and code is compiled.
const WARM_UP: u64 = 400;

pub(super) fn run(bench: &Bench, base: &Base) -> Result<Found> {
    if !bench.node_dir.join("node_modules/express").exists() {
        let details = json!("Node.js or its packages are not there");
        return Ok(Found { figures: Vec::new(), details });
    }
    let mut pairs = Vec::new();
    for round in 0..bench.scale.extra_rounds {
        let mut pair = [0.0, 0.0];
        for turn in [round % 2, 1 - round % 2] {
            let (local, central) = base.start(bench, &["users", "orders"], Capture::On)?;
            let name = if turn == 0 { "serve" } else { "Express" };
            bench.progress.step(&format!("round {}: POST /orders to {name}", round + 1));
            let (port, program) =
                if turn == 0 { serve(bench, &local, &central)? } else { express(bench, &local)? };
            pair[usize::try_from(turn)?] = cpu_per_order(bench, port, program.pid())?;
        }
        note(&format!("CPU per order: serve {:.1} µs, Express {:.1} µs", pair[0] * 1e6, pair[1] * 1e6));
        pairs.push(pair);
    }
    let ratio = Spread::of(pairs.iter().map(|[serve, express]| serve / express)).context("no rounds")?;
    let details =
        json!({ "orders": bench.scale.posted_orders, "cpu_seconds_per_order_serve_and_express": pairs });
    Ok(Found { figures: vec![("serve_cpu_against_express", ratio)], details })
}

/// Starts the Express API on a free port, and waits until it answers.
fn express(bench: &Bench, local: &Server) -> Result<(u16, Running)> {
    let port = free_port()?;
    let child: Child = Command::new("node")
        .arg("api.js")
        .current_dir(&bench.node_dir)
        .env("LOCAL_DATABASE_URL", local.url())
        .env("PORT", port.to_string())
        .env("NODE_ENV", "production")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .context("cannot start node")?;
    let running = Running::new(child);
    wait_for_answer(port, "/healthz")?;
    Ok((port, running))
}

fn cpu_per_order(bench: &Bench, port: u16, pid: u32) -> Result<f64> {
    post(port, WARM_UP)?;
    let before = cpu_seconds(pid)?;
    let orders = bench.scale.posted_orders;
    post(port, orders)?;
    Ok((cpu_seconds(pid)? - before) / real(orders))
}

fn post(port: u16, orders: u64) -> Result<()> {
    let clients = (0..CLIENTS).map(|client| {
        let own = orders * (client + 1) / CLIENTS - orders * client / CLIENTS;
        thread::spawn(move || -> Result<()> {
            let mut http = Http::connect(port)?;
            for number in 0..own {
                let order = format!("{{\"user_id\":{},\"amount\":\"{}.50\"}}", client + 1, number % 1_000);
                let (code, body) = http.ask("POST", "/orders", &order)?;
                ensure!(code == 201, "POST /orders was answered {code}: {body}");
            }
            Ok(())
        })
    });
    let clients: Vec<_> = clients.collect();
    clients.into_iter().try_for_each(|client| client.join().map_err(|_| anyhow!("a client panicked"))?)
}
