//! Builds SQL text: pure functions, no connection.

pub mod quoting;
