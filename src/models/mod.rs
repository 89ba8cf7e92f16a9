//! The words of the product as types: entries, records, cycles, users, orders.

pub mod amount;
pub mod cycle;
pub mod entry;
pub mod field_error;
pub mod order;
pub mod page;
pub mod status;
pub mod user;
