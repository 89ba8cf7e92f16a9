//! What can be wrong with the settings.

use std::path::{Path, PathBuf};

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
    /// Required values are not set.
    #[error("{} not set: expected {expected}, in .env or in the environment{}", are(keys), absent(absent_file.as_deref()))]
    Missing {
        /// The settings.
        keys: Vec<&'static str>,
        /// The form each must have.
        expected: String,
        /// The file in which they would have been looked for, when there is none.
        absent_file: Option<PathBuf>,
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

impl ConfigError {
    /// Adds that there is no file of settings at all, where that is why values are missing.
    #[must_use]
    pub fn with_absent_file(self, file: &Path) -> Self {
        match self {
            Self::Missing { keys, expected, .. } if !file.exists() => {
                Self::Missing { keys, expected, absent_file: Some(file.to_owned()) }
            }
            other => other,
        }
    }
}

fn are(keys: &[&str]) -> String {
    format!("{} {}", keys.join(" and "), if keys.len() == 1 { "is" } else { "are" })
}

fn absent(file: Option<&Path>) -> String {
    file.map_or_else(String::new, |file| {
        format!(
            ". There is no file {0} here: copy .env.example to {0} and set them there, or name a file with --env-file",
            file.display()
        )
    })
}
