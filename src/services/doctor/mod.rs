//! `doctor`: every way a change could escape or a row could fail, each with its remedy.
//!
//! Facts are asked of both servers, in a few questions each; the checks are plain functions over them, one for each
//! thing that can be wrong, in a file for each subject. Nothing is changed on either side, and nobody has to wait.

mod capture;
mod central_triggers;
mod constraints;
mod definers;
mod error;
mod facts;
mod ledger;
mod own_settings;
mod own_tables;
mod privileges;
mod rows;
mod run;
mod servers;
mod tables;

pub use error::DoctorError;
pub use run::run;
