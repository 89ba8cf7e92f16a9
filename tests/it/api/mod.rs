//! The HTTP API on a real DB_A; the files mirror the addresses.

mod docs;
mod every_address;
mod health;
mod idempotency;
mod metrics;
mod orders;
mod pages;
mod problems;
pub mod site;
mod stopping;
mod sync;
mod token;
mod unavailable;
mod users;
