//! DB_B: the central database, its ledger, and the application of batches.

mod apply;
mod blockers;
mod compare;
mod connection;
mod install;
mod ledger;
mod survey;

pub use apply::{Applied, Unit};
pub use connection::CentralDb;
