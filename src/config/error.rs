//! What can be wrong with the settings.

use std::path::PathBuf;

/// A setting that cannot be used; its text is the one line a person gets to see.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value has the wrong form.
    #[error("{key}={value}: expected {expected}")]
    BadValue {
        /// The setting.
        key: &'static str,
        /// What it was set to; a password in it is masked.
        value: String,
        /// The form it must have.
        expected: String,
    },
    /// A required value is not set.
    #[error("{key} is not set: expected {expected}, in .env or in the environment")]
    Missing {
        /// The setting.
        key: &'static str,
        /// The form it must have.
        expected: String,
    },
    /// The file of `--env-file` cannot be read.
    #[error("cannot read {path}: {reason}")]
    UnreadableFile {
        /// The file.
        path: PathBuf,
        /// Why, without any value of the file.
        reason: String,
    },
    /// A line of the file cannot be understood; the line itself may hold a password and is not shown.
    #[error(
        "{path}: line {line} is not of the form KEY=value; values with blanks, quotes, # or $ go in single quotes"
    )]
    BadLine {
        /// The file.
        path: PathBuf,
        /// Its line, counted from 1.
        line: usize,
    },
}
