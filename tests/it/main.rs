//! The tests against real servers: one binary, so that all of them share two servers.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

mod api;
mod capture;
mod carrying;
mod chaos_proxy_modes;
mod crashes;
mod demo;
mod doctor;
mod explain;
mod in_doubt;
mod keys;
mod main_job;
mod online;
mod order;
mod private_servers;
mod random_work;
mod session_answers;
mod setbacks;
mod settling;
mod sql_files;
mod stopping;
mod support;
mod support_itself;
mod two_processes;
mod values;
mod verify;
