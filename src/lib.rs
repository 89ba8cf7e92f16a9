//! Carries the changes of a local, often offline database to a central one, exactly once.
//!
//! The rooms, each of which may use only those below it:
//!
//! - [`cli`]: the commands
//! - [`app`]: the running program: listening, logging, stopping
//! - [`routes`]: the one table of HTTP routes
//! - [`controllers`] and [`cron`]: two ways to ask a service for something
//! - [`services`]: what the program does
//! - [`demo`]: private database servers, for the demo and the tests
//! - [`db`]: the two databases, the only room with SQL and the driver
//! - [`config`]: settings from `.env` and the environment
//! - [`models`], [`utils`]: the words of the product, and small named things

pub mod app;
pub mod cli;
pub mod config;
pub mod controllers;
pub mod cron;
pub mod db;
pub mod demo;
pub mod models;
pub mod routes;
pub mod services;
pub mod utils;
