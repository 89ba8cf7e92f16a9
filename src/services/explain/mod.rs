//! Tells the whole story of one record.

mod advice;
mod run;
mod values;

pub use run::{Explain, ExplainError};
