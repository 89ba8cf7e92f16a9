//! Faults of the program: killed, stopped, frozen, doubled, and switched off.

use std::time::Instant;

use backhaul::utils::clock::monotonic;

use super::{last, quiet};
use crate::serving::stop;
use crate::support::dice::Dice;
use crate::support::program::free_port;
use crate::world::World;

/// How a cycle beside the service may end: never stopped, never in a panic.
const ENDS_OF_A_CYCLE: &[Option<i32>] = &[Some(0), Some(1), Some(3), Some(4), Some(5)];

pub async fn rage(world: &World, mut dice: Dice, end: Instant) {
    while quiet(&mut dice, 5_000, end).await {
        match dice.roll(12) {
            0..=2 => restart(world, &mut dice, End::Killed).await,
            3 | 4 => restart(world, &mut dice, End::Asked).await,
            5 | 6 => freeze(world, &mut dice).await,
            7 => second_service(world, &mut dice).await,
            8..=10 => cycles_beside(world, &mut dice).await,
            _ => switch_off(world, &mut dice).await,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Killed,
    Asked,
}

async fn restart(world: &World, dice: &mut Dice, end: End) {
    let mut serving = world.serving.lock().await;
    world.now(|truth| truth.serving_since = None);
    if end == End::Killed {
        world.count("program: kill -9");
        serving.kill();
    } else {
        world.count("program: SIGTERM");
        serving.stop().await;
    }
    if dice.happens(50) {
        last(dice, 3_000).await;
    }
    serving.start(dice);
    world.now(|truth| truth.serving_since = Some(monotonic()));
}

async fn freeze(world: &World, dice: &mut Dice) {
    world.count("program: SIGSTOP");
    let serving = world.serving.lock().await;
    let Some(running) = serving.running() else { return };
    world.now(|truth| truth.serving_since = None);
    running.signal("STOP");
    last(dice, 6_000).await;
    running.signal("CONT");
    world.now(|truth| truth.serving_since = Some(monotonic()));
}

async fn second_service(world: &World, dice: &mut Dice) {
    world.count("program: two services at once");
    let program = world.serving.lock().await.program().clone().with("PORT", &free_port());
    let mut second = program.start(&["serve"]);
    last(dice, 6_000).await;
    assert!(!second.has_ended(), "a second service ended by itself: {}", second.stderr());
    if dice.happens(50) {
        second.kill();
    } else {
        assert_eq!(stop(second).await, None);
    }
}

async fn cycles_beside(world: &World, dice: &mut Dice) {
    let program = world.serving.lock().await.program().clone();
    for _ in 0..=dice.roll(3) {
        world.count("program: a cycle beside the service");
        let ended = program.run(&["sync", "--json"]).await;
        assert!(
            ENDS_OF_A_CYCLE.contains(&ended.code),
            "a cycle ended with {:?}: {}{}",
            ended.code,
            ended.stdout,
            ended.stderr
        );
    }
}

async fn switch_off(world: &World, dice: &mut Dice) {
    world.count("program: IS_ONLINE off and on");
    world.now(|truth| truth.switch = false);
    world.stage.set_online(false);
    world.now(|_| ());
    last(dice, 5_000).await;
    world.now(|truth| truth.switch = true);
    world.stage.set_online(true);
    world.now(|_| ());
}
