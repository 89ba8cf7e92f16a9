//! DB_A: the site's own database, with its queue, intents, failures and runs.

mod acknowledge;
mod bring_in;
mod claim;
mod compare;
mod connection;
mod counters;
pub mod cycle_lock;
mod epoch;
mod failures;
mod held_tables;
mod install;
mod intents;
pub mod orders;
mod parents;
pub mod pool;
mod prune;
pub mod readiness;
mod request;
pub mod retry;
mod run_log;
pub mod runs;
mod site_status;
pub mod status;
mod story;
mod survey;
pub mod users;

pub use bring_in::{BroughtIn, Incoming, Way};
pub use claim::{PastFailure, QueueEntry, RecordRow, Window};
pub use compare::Look;
pub use connection::LocalDb;
pub use counters::Counter;
pub use epoch::Anew;
pub use parents::ByValues;
pub use pool::LocalPool;
pub use story::Story;
pub use survey::OtherAccount;
