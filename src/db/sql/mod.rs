//! Builds SQL text: pure functions, no connection.

pub mod apply;
pub mod canonical;
mod cascade;
pub mod compare;
pub mod each;
pub mod entry_ids;
pub mod fields;
pub mod key_range;
pub mod load;
pub mod queue;
pub mod quoting;
pub mod record_id;
pub mod references;
pub mod rows;
pub mod rows_exist;
pub mod schema;
pub mod template;
pub mod trigger;
pub mod trigger_text;
pub mod whole_numbers;
