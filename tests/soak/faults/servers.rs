//! Faults of the servers: killed, frozen, read-only, connections ended, rows locked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use backhaul::utils::clock::monotonic;
use mysql_async::prelude::Queryable;

use super::{last, quiet};
use crate::sql::{Patience, try_connect, try_rows};
use crate::stage::ACCOUNT;
use crate::support::dice::Dice;
use crate::world::{SharedServer, World, unpoisoned};

pub async fn rage(world: &World, mut dice: Dice, end: Instant) {
    while quiet(&mut dice, 8_000, end).await {
        match dice.roll(16) {
            0..=2 => crash(world, &mut dice, Which::Central).await,
            3 => crash(world, &mut dice, Which::Local).await,
            4 | 5 => freeze(world, &mut dice, Which::Central).await,
            6 => freeze(world, &mut dice, Which::Local).await,
            7 | 8 => read_only(world, &mut dice).await,
            9 | 10 => end_connections(world, Which::Central).await,
            11 => end_connections(world, Which::Local).await,
            12 | 13 => lock_rows(world, &mut dice).await,
            _ => lock_the_ledger(world, &mut dice).await,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Local,
    Central,
}

impl Which {
    fn server(self, world: &World) -> SharedServer {
        Arc::clone(match self {
            Self::Local => &world.local,
            Self::Central => &world.central,
        })
    }

    fn url(self, world: &World) -> &str {
        match self {
            Self::Local => &world.stage.pair.local.url,
            Self::Central => &world.stage.pair.central.url,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Local => "DB_A",
            Self::Central => "DB_B",
        }
    }
}

/// Kills a server, leaves it dead for a while, and starts it again.
async fn crash(world: &World, dice: &mut Dice, which: Which) {
    world.count(&format!("server: kill -9 of {}", which.name()));
    let dead = Duration::from_millis(dice.roll(4_000));
    let server = which.server(world);
    let started = tokio::task::spawn_blocking(move || {
        let mut server = unpoisoned(&server);
        server.kill();
        std::thread::sleep(dead);
        let port = server.port();
        server.start_again().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(server.port(), port, "somebody else took the server's port");
    });
    started.await.unwrap();
}

/// Freezes a server's process.
async fn freeze(world: &World, dice: &mut Dice, which: Which) {
    world.count(&format!("server: SIGSTOP of {}", which.name()));
    let server = which.server(world);
    let Some(id) = unpoisoned(&server).process_id() else { return };
    signal(id, "STOP");
    last(dice, if which == Which::Central { 7_000 } else { 2_500 }).await;
    signal(id, "CONT");
}

fn signal(process: u32, name: &str) {
    let sent = std::process::Command::new("sh")
        .args(["-c", "kill -s \"$0\" \"$1\"", name, &process.to_string()])
        .status()
        .unwrap();
    assert!(sent.success(), "signal {name} was not sent");
}

async fn read_only(world: &World, dice: &mut Dice) {
    world.count("server: DB_B read only");
    let url = Which::Central.url(world);
    let _ = try_rows(url, "set global read_only = 1", Patience::Short).await;
    last(dice, 5_000).await;
    // A restart meanwhile has ended it as well.
    for _ in 0..20 {
        if try_rows(url, "set global read_only = 0", Patience::Short).await.is_ok() {
            return;
        }
    }
    panic!("DB_B stayed read only");
}

/// Ends every connection of the program, as an administrator or a fire wall does.
async fn end_connections(world: &World, which: Which) {
    world.count(&format!("server: connections ended in {}", which.name()));
    let url = which.url(world);
    let list = format!("select id from information_schema.processlist where user = '{ACCOUNT}'");
    for row in try_rows(url, &list, Patience::Short).await.unwrap_or_default() {
        // It may have gone by itself.
        let _ = try_rows(url, &format!("kill connection {}", row[0]), Patience::Short).await;
    }
}

/// Somebody at the centre keeps rows locked for a while.
async fn lock_rows(world: &World, dice: &mut Dice) {
    world.count("server: rows of DB_B locked");
    let table = *dice.pick(&["people", "sales", "tree", "shops"]);
    hold(world, dice, &format!("select 1 from {table} limit 20 for update")).await;
}

async fn lock_the_ledger(world: &World, dice: &mut Dice) {
    world.count("server: the ledger locked");
    hold(world, dice, "select 1 from sync_sites for update").await;
}

async fn hold(world: &World, dice: &mut Dice, sql: &str) {
    let until = monotonic() + Duration::from_millis(200 + dice.roll(5_000));
    if let Ok(mut conn) = try_connect(Which::Central.url(world), Patience::Short).await {
        let lock = async {
            conn.query_drop("start transaction").await?;
            conn.query_drop(sql).await
        };
        let _ = tokio::time::timeout(Duration::from_secs(4), lock).await;
        tokio::time::sleep(until.saturating_duration_since(monotonic())).await;
        let _ = tokio::time::timeout(Duration::from_secs(4), conn.query_drop("rollback")).await;
    }
}
