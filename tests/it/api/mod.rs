//! The HTTP API on a real DB_A; the files mirror the addresses.

mod assets;
mod docs;
mod events;
mod every_address;
mod health;
mod idempotency;
mod metrics;
mod orders;
mod pages;
mod parameters;
mod problems;
mod session;
pub mod site;
mod slow_clients;
mod stopping;
mod sync;
mod sync_problems;
mod token;
mod unavailable;
mod users;
