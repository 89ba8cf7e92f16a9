//! What the product does, free of HTTP, command line and driver.

pub mod install;
pub mod prune;
pub mod reachability;
pub mod sync;
