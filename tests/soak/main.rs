//! The campaign: `backhaul serve` under a workload of several writers and faults of every kind, drawn from one seed.
//! See `docs/decisions/0015-a-campaign-of-faults.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

mod campaign;
mod checks;
mod faults;
mod planted;
mod restores;
mod serving;
mod sql;
mod stage;
mod statements;
#[path = "../it/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the campaign needs a part of what tests/it needs")]
mod support;
mod tables;
mod world;
mod writers;

use std::sync::Mutex;
use std::time::Duration;

use world::unpoisoned;

/// Two campaigns at once would measure each other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// How long a campaign is within the tests.
const MINUTES: f64 = 1.0;

#[test]
fn a_fixed_campaign_finds_nothing() {
    let _alone = unpoisoned(&ONE_AT_A_TIME);
    campaign::play(Duration::from_secs_f64(MINUTES * 60.0), 1);
}

/// `make soak` says how long, and draws a new seed if it is told none; the tests play another fixed one.
#[test]
fn a_campaign_as_long_as_asked_for_finds_nothing() {
    let _alone = unpoisoned(&ONE_AT_A_TIME);
    let minutes = setting("MINUTES");
    let seed = setting("SEED").unwrap_or_else(|| minutes.map_or(2, |_| drawn_anew()));
    campaign::play(Duration::from_secs_f64(minutes.unwrap_or(MINUTES) * 60.0), seed);
}

fn drawn_anew() -> u64 {
    u64::from(backhaul::utils::clock::now().subsec_nanosecond().unsigned_abs())
}

/// Reads what `make soak` was told; an empty one was not told.
#[expect(clippy::disallowed_methods, reason = "the one place where the campaign is told its length and seed")]
fn setting<T: std::str::FromStr>(key: &str) -> Option<T> {
    let text = std::env::var(key).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{key}={text} is no number")))
}
