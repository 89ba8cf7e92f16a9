//! DB_A: the site's own database, with its queue, intents, failures and runs.

pub mod pool;

pub use pool::LocalPool;
