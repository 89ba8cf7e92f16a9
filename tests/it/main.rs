//! The tests against real servers: one binary, so that all of them share two servers.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

mod api;
mod chaos_proxy_modes;
mod private_servers;
mod sql_files;
#[allow(dead_code, unused_imports, reason = "the support is there before all of the tests that need it")]
mod support;
mod support_itself;
