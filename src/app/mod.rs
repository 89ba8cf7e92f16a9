//! The running program: where it listens, what it logs, how it stops.

pub mod bars;
pub mod error;
pub mod logging;
pub mod serve;
pub mod shutdown;

pub use error::ServeError;
pub use serve::{listen, serve, serve_on};
