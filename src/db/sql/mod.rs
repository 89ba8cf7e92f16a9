//! Builds SQL text: pure functions, no connection.

pub mod apply;
pub mod entry_ids;
pub mod quoting;
pub mod rows;
pub mod template;
pub mod trigger;
