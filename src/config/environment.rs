//! Where values come from: the real environment first, then the `.env` file.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::doubts::{self, Doubt};
use super::error::ConfigError;

/// The file read when `--env-file` does not name another.
const DEFAULT_FILE: &str = ".env";

/// The real environment as it was at the start, and the file that is read afresh on every call.
#[derive(Debug)]
pub struct Environment {
    file: PathBuf,
    must_exist: bool,
    process: BTreeMap<String, String>,
    last_is_online: Mutex<Option<String>>,
}

/// What `IS_ONLINE` says at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnlineSwitch {
    /// Synchronise.
    On,
    /// Attempt nothing.
    Off,
    /// The value or the file cannot be understood: attempt nothing, and say so.
    Unreadable(String),
}

impl OnlineSwitch {
    /// Tells whether a cycle may attempt anything.
    #[must_use]
    pub fn is_on(&self) -> bool {
        *self == Self::On
    }
}

impl Environment {
    /// Takes the process's environment, and `file` (default `.env`, which need not exist).
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn capture(file: Option<PathBuf>) -> Self {
        Self::new(
            file,
            std::env::vars_os()
                .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// Builds an environment from given variables; tests use it to stay clear of the real one.
    #[must_use]
    pub fn new(file: Option<PathBuf>, process: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            must_exist: file.is_some(),
            file: file.unwrap_or_else(|| PathBuf::from(DEFAULT_FILE)),
            process: process.into_iter().collect(),
            last_is_online: Mutex::new(None),
        }
    }

    /// Gives the file that is read.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Gives a variable of the real environment that is no setting, as those by which a service manager speaks.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.process.get(name).map(String::as_str)
    }

    /// Reads all values: those of the file, overridden by those of the real environment.
    ///
    /// # Errors
    /// When the file was named but does not exist, or a line of it cannot be understood.
    pub fn values(&self) -> Result<BTreeMap<String, String>, ConfigError> {
        let mut values = self.file_values()?;
        values.extend(self.process.clone());
        Ok(values)
    }

    /// Reads `IS_ONLINE` afresh; unset means `true`.
    ///
    /// An editor may be saving the file at this very moment, so an unreadable file is read a second time,
    /// and a file without the key keeps the last value only if it is empty (truncated, not yet written).
    #[must_use]
    pub fn online_switch(&self) -> OnlineSwitch {
        let values = match self.values().or_else(|_| self.values()) {
            Ok(values) => values,
            Err(error) => return OnlineSwitch::Unreadable(error.to_string()),
        };
        let mut last = self.last_is_online.lock().unwrap_or_else(PoisonError::into_inner);
        let value = values.get("IS_ONLINE").cloned();
        let half_saved = value.is_none() && std::fs::metadata(&self.file).is_ok_and(|file| file.len() == 0);
        if !half_saved {
            last.clone_from(&value);
        }
        match last.as_deref().map(parse_bool) {
            None | Some(Some(true)) => OnlineSwitch::On,
            Some(Some(false)) => OnlineSwitch::Off,
            Some(None) => OnlineSwitch::Unreadable(format!(
                "IS_ONLINE={}: expected true or false",
                last.as_deref().unwrap_or_default()
            )),
        }
    }

    /// Reads `RUST_LOG`, which says what is logged; unset and empty are the same.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn log_filter(&self) -> Result<Option<String>, ConfigError> {
        Ok(self.values()?.remove("RUST_LOG").filter(|filter| !filter.trim().is_empty()))
    }

    /// Finds what in the file is likely a slip: it is ignored, and nobody would know.
    ///
    /// # Errors
    /// When the file was named but does not exist, or a line of it cannot be understood.
    pub fn doubts(&self) -> Result<Vec<Doubt>, ConfigError> {
        let pairs = self.file_pairs()?;
        Ok(doubts::find(pairs.iter().map(|(key, _)| key.as_str())))
    }

    fn file_values(&self) -> Result<BTreeMap<String, String>, ConfigError> {
        // Of two of one key the later one stays.
        Ok(self.file_pairs()?.into_iter().collect())
    }

    fn file_pairs(&self) -> Result<Vec<(String, String)>, ConfigError> {
        let text = match std::fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound && !self.must_exist => {
                return Ok(Vec::new());
            }
            Err(error) => {
                return Err(ConfigError::UnreadableFile {
                    path: self.file.clone(),
                    reason: error.to_string(),
                });
            }
        };
        dotenvy::from_read_iter(text.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| ConfigError::BadLine { path: self.file.clone(), line: first_bad_line(&text) })
    }
}

/// Finds the line the parser stumbled over, since its own error shows the value and not the place.
fn first_bad_line(text: &str) -> usize {
    text.lines()
        .position(|line| dotenvy::from_read_iter(line.as_bytes()).any(|pair| pair.is_err()))
        .map_or(1, |index| index + 1)
}

/// Understands `true` and `false` and the usual other words for them.
pub(super) fn parse_bool(word: &str) -> Option<bool> {
    match word.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(text: &str) -> (tempfile::TempDir, Environment) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("env");
        std::fs::write(&file, text).unwrap();
        (dir, Environment::new(Some(file), []))
    }

    #[test]
    fn the_real_environment_wins_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("env");
        std::fs::write(&file, "PORT=1\nHOST=h\n").unwrap();
        let environment = Environment::new(Some(file), [("PORT".to_owned(), "2".to_owned())]);
        let values = environment.values().unwrap();
        assert_eq!((values["PORT"].as_str(), values["HOST"].as_str()), ("2", "h"));
    }

    #[test]
    fn the_online_switch_follows_the_file() {
        let (_dir, environment) = environment("IS_ONLINE=false\n");
        assert_eq!(environment.online_switch(), OnlineSwitch::Off);
        std::fs::write(environment.file(), "").unwrap();
        assert_eq!(environment.online_switch(), OnlineSwitch::Off, "a half-saved file keeps the last value");
        std::fs::write(environment.file(), "IS_ONLINE=true\n").unwrap();
        assert_eq!(environment.online_switch(), OnlineSwitch::On);
        std::fs::write(environment.file(), "IS_ONLINE=perhaps\n").unwrap();
        assert!(matches!(environment.online_switch(), OnlineSwitch::Unreadable(_)));
        std::fs::write(environment.file(), "PORT=3000\n").unwrap();
        assert_eq!(environment.online_switch(), OnlineSwitch::On, "an unset switch is on");
    }

    #[test]
    fn a_bad_line_is_named_without_its_content() {
        let (_dir, environment) = environment("PORT=1\nAPI_TOKEN='s3cret\n");
        let text = environment.values().unwrap_err().to_string();
        assert!(text.contains("line 2") && !text.contains("s3cret"), "{text}");
    }
}
