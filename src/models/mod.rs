//! The words of the product as types: entries, records, cycles, users, orders.

pub mod cycle;
pub mod entry;
pub mod order;
pub mod status;
pub mod user;
