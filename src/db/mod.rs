//! Talks to the two databases; the only room that knows the driver and SQL.

pub mod buffers;
pub mod catalog;
pub mod central_db;
pub mod codes;
pub mod digests;
pub mod error;
mod fault_points;
pub mod fields;
pub mod local_db;
pub mod mapping;
pub mod row;
pub mod same_database;
mod script_answer;
pub mod session;
pub mod sql;
pub mod survey;
mod traffic;
mod uploads;
pub mod watched;

pub use error::DbError;
pub use row::Row;
