//! Log lines: to standard error, as text or JSON.

use std::io::stderr;

use anstream::{AutoStream, ColorChoice};
use tracing_subscriber::EnvFilter;

use super::bars::BesideBars;
use crate::config::{ConfigError, LogFormat};

/// What is logged when `RUST_LOG` says nothing.
const DEFAULT_FILTER: &str = "info";

/// Begins to log. `filter` has the form of `RUST_LOG`. A second call, as in tests, changes nothing.
///
/// # Errors
/// When the filter cannot be understood.
pub fn begin(format: LogFormat, filter: Option<&str>) -> Result<(), ConfigError> {
    let text = filter.unwrap_or(DEFAULT_FILTER);
    let filter = EnvFilter::builder().parse(text).map_err(|_| ConfigError::BadValue {
        key: "RUST_LOG",
        value: text.to_owned(),
        expected: "a level such as info or debug, or parts such as backhaul=debug,info".to_owned(),
    })?;
    // A line that nobody takes any more is lost; telling of that on the same way out would end the task at work.
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| BesideBars)
        .log_internal_errors(false);
    // Another subscriber is already there only in tests, whose choice stands.
    let _ = match format {
        LogFormat::Text => lines.with_ansi(is_coloured()).with_target(false).try_init(),
        LogFormat::Json => {
            lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
        }
    };
    Ok(())
}

/// Asks as for reports: is it a terminal that shows colour, and does nobody say otherwise (`NO_COLOR`, `CLICOLOR_FORCE`)?
fn is_coloured() -> bool {
    AutoStream::choice(&stderr()) != ColorChoice::Never
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_filter_is_one_line() {
        let text = begin(LogFormat::Text, Some("loud=very")).unwrap_err().to_string();
        assert!(text.starts_with("RUST_LOG=loud=very: expected a level"), "{text}");
    }
}
