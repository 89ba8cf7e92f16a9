//! Everything that goes wrong, drawn from the seed: on the wire, in the program, in the servers. Each fault is over when
//! its function returns, so that a phase ends in good weather.

mod program;
mod servers;
mod wire;

use std::time::{Duration, Instant};

use backhaul::utils::clock::monotonic;

use crate::support::dice::Dice;
use crate::world::World;

/// Lets faults of all three kinds strike until `end`, each kind independent of the others.
pub async fn rage(world: &World, seed: u64, end: Instant) {
    let dice = |number: u64| Dice::new(seed.wrapping_mul(10) + number);
    tokio::join!(
        wire::rage(world, dice(1), end),
        program::rage(world, dice(2), end),
        servers::rage(world, dice(3), end)
    );
}

/// Waits for a drawn time, but not beyond `end`; false when the phase is over.
async fn quiet(dice: &mut Dice, most_ms: u64, end: Instant) -> bool {
    let time = Duration::from_millis(200 + dice.roll(most_ms));
    let left = end.saturating_duration_since(monotonic());
    tokio::time::sleep(time.min(left)).await;
    monotonic() < end
}

/// Lets a fault last for a drawn time.
async fn last(dice: &mut Dice, most_ms: u64) {
    tokio::time::sleep(Duration::from_millis(100 + dice.roll(most_ms))).await;
}
