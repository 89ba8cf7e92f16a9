//! What the product does, free of HTTP, command line and driver.

mod capture_gaps;
pub mod doctor;
pub mod error;
pub mod explain;
pub mod feed;
mod idempotency;
pub mod input;
pub mod install;
pub mod metrics;
pub mod orders;
pub mod problems;
pub mod prune;
pub mod reachability;
pub mod readiness;
pub mod resume;
pub mod retry;
pub mod sign_in;
pub mod standing;
pub mod status;
pub mod sync;
mod tally;
pub mod unknown_table;
pub mod users;
pub mod verify;

pub use error::RequestError;
