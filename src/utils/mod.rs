//! Small named things that know nothing of the product.

pub mod backoff;
pub mod clock;
pub mod fault;
pub mod hex;
pub mod pulse;
pub mod schedule;
pub mod secret;
pub mod spelling;
pub mod task;
pub mod token;
pub mod wording;
