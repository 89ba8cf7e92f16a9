//! Tells what is not arriving, grouped by cause.

mod causes_first;
mod run;

pub use run::Problems;
