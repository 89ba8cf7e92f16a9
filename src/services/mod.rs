//! What the program does for whoever asks: the API, the crons, the command line.

pub mod error;
pub mod input;
pub mod orders;
pub mod prune;
pub mod reachability;
pub mod readiness;
pub mod retry;
pub mod status;
pub mod sync;
pub mod users;

pub use error::RequestError;
