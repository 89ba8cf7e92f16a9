//! Carries the changes of a local, often offline database to a central one, exactly once.
//!
//! The rooms, each of which may use only those below it:
//!
//! - [`demo`]: private database servers, for the demo and the tests
//! - [`db`]: the two databases, the only room with SQL and the driver
//! - [`config`]: settings from `.env` and the environment
//! - [`models`], [`utils`]: the words of the product, and small named things

pub mod config;
pub mod db;
pub mod demo;
pub mod models;
pub mod utils;
