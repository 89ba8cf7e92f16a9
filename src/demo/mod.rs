//! Runs private database servers: two for `backhaul demo`, and those of the tests.

pub mod engine;
pub mod error;
mod home;
mod keeper;
mod left_over;
pub mod mariadb;
pub mod pair;
pub mod private_server;
pub mod template;

pub use error::DemoError;
pub use pair::Demo;
