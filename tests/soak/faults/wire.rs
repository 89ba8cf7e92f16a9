//! Faults on the wire, mostly on the line to DB_B, now and then on the one to DB_A.

use std::time::{Duration, Instant};

use super::{last, quiet};
use crate::support::dice::Dice;
use crate::support::{ChaosProxy, Direction, Fault};
use crate::world::World;

/// Longer than the program may go on believing that DB_B answers: the look at it, its time-out, and a slow machine.
const OUTAGE: Duration = Duration::from_secs(27);

/// What aimed faults wait for: mostly the batch with its COMMIT, for there an answer matters most; else settling and searching.
const CENTRAL_AIMS: &[&str] = &[
    "set last_token",
    "set last_token",
    "set last_token",
    "set last_token",
    "insert into `people`",
    "delete from",
    "set generation",
    "commit",
    "savepoint",
];
const LOCAL_AIMS: &[&str] =
    &["insert into sync_intents", "update sync_queue", "commit", "get_lock", "sync_runs"];

pub async fn rage(world: &World, mut dice: Dice, end: Instant) {
    while quiet(&mut dice, 3_000, end).await {
        let line = if dice.happens(75) { Line::Central } else { Line::Local };
        match dice.roll(30) {
            0 if line == Line::Central => outage(world).await,
            _ => bad_weather(world, &mut dice, line).await,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Central,
    Local,
}

async fn outage(world: &World) {
    world.count("wire: long outage");
    let line = &world.stage.central_line;
    line.set(Fault::CutNow);
    line.set(Fault::Refuse);
    world.central_is_gone(true);
    tokio::time::sleep(OUTAGE).await;
    world.central_is_gone(false);
    line.set(Fault::None);
}

async fn bad_weather(world: &World, dice: &mut Dice, which: Line) {
    let (line, aims): (&ChaosProxy, _) = match which {
        Line::Central => (&world.stage.central_line, CENTRAL_AIMS),
        Line::Local => (&world.stage.local_line, LOCAL_AIMS),
    };
    let (name, fault) = draw(dice, aims);
    world.count(&format!("wire: {name}{}", if which == Line::Local { " (DB_A)" } else { "" }));
    line.set(fault.clone());
    // DB_A stands beside the program: a line to it that swallows bytes for long is no fault that sites have.
    last(dice, if which == Line::Central { 3_000 } else { 1_500 }).await;
    if which == Line::Local && swallows(&fault) {
        line.set(Fault::CutNow);
    }
    line.set(Fault::None);
}

/// Tells whether what was sent meanwhile never arrives.
fn swallows(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::BlackHole
            | Fault::Silence
            | Fault::SwallowReplies
            | Fault::SwallowReplyTo(_)
            | Fault::HalfClose(_)
    )
}

fn draw(dice: &mut Dice, aims: &[&'static str]) -> (&'static str, Fault) {
    let aim = *dice.pick(aims);
    let direction = *dice.pick(&[Direction::ToServer, Direction::ToClient]);
    match dice.roll(20) {
        0 => ("cut with RST", Fault::CutNow),
        1 | 2 => ("cut before a request", Fault::CutBefore(aim)),
        3 | 4 | 16 | 17 => ("cut after a request", Fault::CutAfterRequest(aim)),
        5 => ("half-close", Fault::HalfClose(direction)),
        6 => ("black hole", Fault::BlackHole),
        7 => ("refuse", Fault::Refuse),
        8 => ("accept and stay silent", Fault::Silence),
        9 => ("swallow replies", Fault::SwallowReplies),
        10 | 11 | 18 | 19 => ("swallow the reply to a request", Fault::SwallowReplyTo(aim)),
        12 => ("stop after some bytes", Fault::CutAfter(direction, 1 + dice.roll(20_000))),
        13 => ("hold one request back", Fault::HoldRequestWith(aim)),
        14 => ("latency", Fault::Latency(Duration::from_millis(5 + dice.roll(200)))),
        _ => ("throttle", Fault::Throttle(u32::try_from(2_000 + dice.roll(60_000)).unwrap())),
    }
}
