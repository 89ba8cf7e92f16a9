//! Goes on after DB_A was restored or cloned, or DB_B restored or replaced: once a person has decided which side is
//! right, a new epoch begins.
//!
//! An epoch is a chain of tokens that stands for itself. DB_B is told of the new one *first*: from that moment its ledger
//! shuts out whatever is still on its way, every other process, every clone, and this DB_A too, which still has the
//! old epoch. Only then are the two sides compared for good, and what follows is carried out in DB_A. DB_A takes
//! the epoch on last, in one transaction that also drops every open intent and begins the new chain.
//!
//! # What a crash leaves
//!
//! Cycles in between stop, since the two epochs differ, and running `resume` again begins another epoch and finishes:
//! every step looks at what is there, and what was done already needs nothing any more.
//!
//! | died after | on disk in DB_A | on disk in DB_B | the next cycle | shown by the test |
//! |---|---|---|---|---|
//! | comparing | all as before | all as before, but for empty tables that were missing | stops as before | `a_crash_at_any_point_of_resume_is_finished_by_running_it_again` |
//! | beginning the epoch in DB_B | the old epoch | the new one; older batches are shut out | stops: another epoch | the same |
//! | raising counters | the old epoch, higher counters | the new one | the same | the same |
//! | queueing, or writing DB_B's rows, in part | some SYNCED entries forgotten, some records queued or overwritten, each in one transaction with its entries | the new one | the same | the same |
//! | beginning the epoch in DB_A | the new epoch, open intents dropped, a new first token | the same epoch and token | goes on | the same |

mod bring_down;
mod classify;
mod counters;
mod error;
mod park;
mod queue;
mod run;
mod sight;
mod write;

pub use error::ResumeError;
pub use run::{Resumption, begin};
pub use sight::Reach;
