//! What a server says of its tables: columns, keys, foreign keys, triggers.
//!
//! Everything the cycle, the triggers and the SQL builders know of a table comes from here.

mod load;
pub mod server;
pub mod table;

pub use load::{load, read, request};
pub use server::Server;
pub use table::{Catalog, Column, ForeignKey, Table, TriggerInfo, UniqueKey};
