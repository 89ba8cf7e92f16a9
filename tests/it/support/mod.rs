//! What the tests stand on: servers, database pairs, the program itself, a bad network, and patience.
//!
//! A test begins with [`Pair::new`], which gives it two fresh databases on the shared servers,
//! and changes the world with [`side::Side::execute`] and [`Pair::backhaul`].

pub mod backup;
pub mod chaos_proxy;
pub mod dice;
pub mod engines;
pub mod equality;
pub mod faulty;
pub mod pair;
pub mod program;
pub mod schema;
pub mod servers;
pub mod shop;
pub mod side;
pub mod wait;

pub use backup::Backup;
pub use chaos_proxy::{ChaosProxy, Direction, Fault};
pub use engines::Place;
pub use equality::assert_equal_on_both_sides;
pub use pair::Pair;
pub use servers::OwnServer;
pub use side::Side;
pub use wait::wait_for;

/// Says that something is not tested here, past the harness, which shows nothing of a test that passes.
pub fn not_tested_here(what: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "NOT TESTED HERE: {what}");
}
