//! DB_A: the site's own database, with its queue, intents, failures and runs.

mod acknowledge;
mod claim;
mod compare;
mod connection;
pub mod cycle_lock;
mod failures;
mod held_tables;
mod install;
mod intents;
pub mod orders;
pub mod pool;
mod prune;
pub mod readiness;
mod request;
pub mod retry;
mod run_log;
pub mod runs;
pub mod status;
mod story;
mod survey;
pub mod users;

pub use claim::{PastFailure, QueueEntry, RecordRow, Window};
pub use compare::Look;
pub use connection::LocalDb;
pub use intents::digest_of;
pub use pool::LocalPool;
pub use story::Story;
pub use survey::OtherAccount;
