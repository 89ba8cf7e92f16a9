//! What the product does, free of HTTP, command line and driver.

pub mod doctor;
pub mod error;
pub mod explain;
mod idempotency;
pub mod input;
pub mod install;
pub mod metrics;
pub mod orders;
pub mod prune;
pub mod reachability;
pub mod readiness;
pub mod resume;
pub mod retry;
pub mod status;
pub mod sync;
mod tally;
pub mod users;
pub mod verify;

pub use error::RequestError;
