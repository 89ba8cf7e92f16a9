//! One function for each route: understand the request, ask a service, shape the answer.
//!
//! Every error, whoever raises it, becomes a [`problem::Problem`].

pub mod assets;
pub mod events;
pub mod explain;
pub mod health;
pub mod home;
pub mod json;
mod link;
pub mod metrics;
pub mod once;
pub mod orders;
pub mod page;
pub mod path;
pub mod problem;
pub mod problem_types;
pub mod problems;
pub mod query;
pub mod session;
pub mod state;
pub mod sync;
pub mod users;

pub use problem::Problem;
pub use state::{ApiState, Services};
