//! What every command stands on: settings, logging, a runtime, and how to print.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::output;
use crate::app::logging;
use crate::app::shutdown::StopSignals;
use crate::config::{ConfigError, Environment, Settings};
use crate::services::RequestError;

/// Threads beside the main one. The API's requests mostly wait for DB_A; with more threads they would spend a tenth more
/// processor time on waking one another.
const WORKERS: usize = 1;

/// How long left-over work may hold up the end of the process: closing sockets, nothing else.
const LEAVE_TIMEOUT: Duration = Duration::from_millis(300);

/// The circumstances of one run of the program.
#[derive(Debug)]
pub struct Context {
    /// Where settings come from.
    pub environment: Arc<Environment>,
    json: bool,
}

impl Context {
    /// Captures the environment.
    #[must_use]
    pub fn new(env_file: Option<PathBuf>, json: bool) -> Self {
        Self { environment: Arc::new(Environment::capture(env_file)), json }
    }

    /// Runs a command to its end on a runtime of its own.
    pub fn block_on(command: impl Future<Output = anyhow::Result<u8>>) -> anyhow::Result<u8> {
        let runtime: Runtime = Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
        let ended = runtime.block_on(command);
        runtime.shutdown_timeout(LEAVE_TIMEOUT);
        ended
    }

    /// Reads and checks all settings, and begins to log as they say.
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn settings(&self) -> Result<Arc<Settings>, ConfigError> {
        self.settings_with([])
    }

    /// The same, with some values given.
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn settings_with(
        &self,
        given: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Arc<Settings>, ConfigError> {
        let mut values: BTreeMap<String, String> = self.environment.values()?;
        values.extend(given);
        let settings = Settings::from_values(&values)
            .map_err(|error| error.with_absent_file(self.environment.file()))?;
        logging::begin(settings.log_format, self.environment.log_filter()?.as_deref())?;
        Ok(Arc::new(settings))
    }

    /// Writes to the log what in the file of settings is likely a slip.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn warn_of_doubts(&self) -> Result<(), ConfigError> {
        let file = self.environment.file().display();
        for doubt in self.environment.doubts()? {
            tracing::warn!("{file}: {doubt}");
        }
        Ok(())
    }

    /// Prints a report to standard output: as JSON if asked for, else in the words of `text`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn print<R: Serialize>(&self, report: &R, text: impl FnOnce(&R) -> String) -> anyhow::Result<()> {
        if self.json {
            output::print_as_is(serde_json::to_string(report)?)
        } else {
            output::print(text(report))
        }
    }

    /// Prints what comes before a report to standard output, unless that is to be one JSON object.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn print_text(&self, text: impl FnOnce() -> String) -> anyhow::Result<()> {
        if self.json { Ok(()) } else { output::print(text()) }
    }

    /// Watches for SIGTERM, SIGINT and SIGHUP for as long as the answer lives; the token is cancelled at the first.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn watch_signals() -> anyhow::Result<(CancellationToken, JoinSet<()>)> {
        let stop = CancellationToken::new();
        let mut watch = JoinSet::new();
        watch.spawn(StopSignals::receive()?.watch(stop.clone()));
        Ok((stop, watch))
    }
}

/// Says why DB_A could not answer, and where it was looked for.
pub fn of_request(error: RequestError, settings: &Settings) -> anyhow::Error {
    let address = &settings.local;
    match error {
        RequestError::NotInstalled(_) => {
            anyhow::anyhow!(
                "DB_A ({address}) is not installed: run `backhaul install`; see LOCAL_DATABASE_URL"
            )
        }
        RequestError::Unavailable(source)
        | RequestError::Internal(source)
        | RequestError::Refused(source) => anyhow::Error::new(source)
            .context(format!("DB_A ({address}) cannot be used; see LOCAL_DATABASE_URL")),
        other => other.into(),
    }
}
