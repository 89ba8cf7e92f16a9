//! Proves that DB_B equals DB_A, or finds every record that differs; and queues these.
//!
//! Both servers walk a table along its primary key and sum up one stretch of it after the other: number of rows and
//! checksums over the digest of every carried column. Where the sums are equal, the rows are, and a few hundred bytes
//! have proven it. Where not, `narrow` finds the records in question, and `judge` looks at each of them again
//! before it counts as a difference: the two sums were taken at two moments, and rows change meanwhile.
//!
//! Nothing is locked: all reads are consistent reads, and queueing takes one short transaction for a few hundred
//! records. A run that was broken off is simply begun again: what it queued is pending then.

mod error;
mod judge;
mod narrow;
mod pace;
mod run;
mod sides;
mod walk;

pub(in crate::services) use error::Failed;
pub use error::VerifyError;
pub(in crate::services) use judge::{difference, names};
pub(in crate::services) use narrow::Suspect;
pub use run::{Progress, run};
pub(in crate::services) use sides::Sides;
pub(in crate::services) use walk::walk;
