//! DB_A: the site's own database, with its queue, intents, failures and runs.

pub mod cycle_lock;
pub mod orders;
pub mod pool;
pub mod readiness;
mod request;
pub mod retry;
pub mod runs;
pub mod status;
pub mod users;

pub use pool::LocalPool;
