//! The running program: where it listens, what it logs, how it stops, and whom it tells.

pub mod bars;
pub mod error;
mod http;
pub mod logging;
pub mod serve;
mod service_manager;
pub mod shutdown;

pub use error::ServeError;
pub use serve::{listen, serve, serve_on};
