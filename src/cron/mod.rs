//! What happens by the clock. A tick takes no input: it asks the same services as everyone else.

pub mod prune_cron;
pub mod reachability_cron;
pub mod sync_cron;
