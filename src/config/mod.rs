//! Reads the settings from `.env` and the environment, and refuses bad ones with one line.
//!
//! [`environment::Environment`] is where values come from, [`settings::Settings`] what they mean.

pub mod authority;
pub mod database_url;
pub mod doubts;
pub mod environment;
pub mod error;
pub mod settings;

pub use database_url::DatabaseUrl;
pub use doubts::Doubt;
pub use environment::Environment;
pub use error::ConfigError;
pub use settings::{CentralCompression, LogFormat, Settings, TableSelection};
