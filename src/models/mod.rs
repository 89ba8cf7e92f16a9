//! The words of the product as types: entries, records, cycles, users, orders.

pub mod change;
pub mod cycle;
pub mod entry;
pub mod entry_ids;
pub mod intent;
pub mod order;
pub mod setback;
pub mod status;
pub mod user;
