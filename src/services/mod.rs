//! What the product does, free of HTTP, command line and driver.

pub mod reachability;
pub mod sync;
