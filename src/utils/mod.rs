//! Small named things that know nothing of the product.

pub mod backoff;
pub mod clock;
pub mod fault;
pub mod schedule;
pub mod secret;
pub mod spelling;
pub mod token;
pub mod wording;
