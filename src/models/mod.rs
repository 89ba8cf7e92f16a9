//! The words of the product as types: entries, records, cycles, users, orders.

pub mod amount;
pub mod change;
pub mod cycle;
pub mod diagnosis;
pub mod entry;
pub mod entry_ids;
pub mod explanation;
pub mod field_error;
pub mod idempotency;
pub mod intent;
pub mod literals;
pub mod order;
pub mod own_tables;
pub mod page;
pub mod problems;
pub mod resumption;
pub mod setback;
pub mod site_status;
pub mod status;
pub mod user;
pub mod verification;
