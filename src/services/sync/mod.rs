//! The cycle: settle, claim, coalesce, note the intent, apply, acknowledge.
//!
//! # What a crash leaves
//!
//! The process, either server, or the link may die between any two steps. What is on disk then decides alone
//! what the next cycle does; nothing in memory is needed. Between every two rows, and around each COMMIT, the code names a
//! point at which `a_fault_at_any_point_heals_at_the_next_cycle` kills it, drops its connection, fails or delays it.
//!
//! | died after | on disk in DB_A | on disk in DB_B | the next cycle | shown by the test |
//! |---|---|---|---|---|
//! | settle | all as before | a new generation | settles again | `a_crash_at_any_point_heals_at_the_next_cycle` |
//! | claim | all as before | a new generation | settles, claims anew | the same |
//! | intent | an OPEN intent; its entries PENDING | the token before it | drops the intent, claims anew | the same |
//! | apply, not committed | an OPEN intent; its entries PENDING | the token before it; a transaction that ends, or is shut out by the new generation | waits for it or ends it, drops the intent, claims anew | `a_batch_that_commits_after_the_client_gave_up_is_settled` |
//! | apply, committed | an OPEN intent; its entries PENDING | the intent's token and its changes | acknowledges exactly the intent's entries | `a_lost_answer_to_commit_is_settled_as_applied` |
//! | setting aside, intent replaced | the first intent DROPPED, a second OPEN that names only what remains | the token before both | drops the second, claims anew | `a_crash_after_setting_aside_keeps_the_rejected_record_pending` |
//! | setting aside, committed | the same | the second token and the remaining changes | acknowledges the second: what was set aside stays PENDING | the same |
//! | acknowledge, while the next batch is applied | two OPEN intents | the first token, or the second with its changes | acknowledges the first, and the second if it stands there | `a_fault_while_one_batch_is_acknowledged_and_the_next_is_on_its_way_heals` |
//! | acknowledge | ACKNOWLEDGED; entries SYNCED | the intent's token | nothing to settle | `a_crash_at_any_point_heals_at_the_next_cycle` |

pub mod apply;
pub mod attempt;
pub mod batch;
pub mod claim;
pub mod coalesce;
mod cycle;
mod diagnose;
pub mod failure;
pub mod gate;
pub mod identify;
pub mod intent;
pub mod interruption;
pub mod lines;
mod log;
mod neighbours;
pub mod pacing;
pub mod page;
mod pass;
pub mod plan;
pub mod reach;
pub mod read_ahead;
pub mod ready;
mod reason;
pub mod service;
pub mod set_aside;
pub mod settle;
mod together;
mod untangle;

pub use service::SyncService;
