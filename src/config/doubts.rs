//! What in the file of settings is likely a slip: a key that is almost one of ours, or one that is there twice.

use std::collections::BTreeSet;
use std::fmt;

use crate::utils::spelling;

/// Every key that has a meaning here.
pub const KEYS: [&str; 18] = [
    "LOCAL_DATABASE_URL",
    "CENTRAL_DATABASE_URL",
    "CENTRAL_TLS_CA",
    "CENTRAL_TIMEOUT_SECONDS",
    "CENTRAL_COMPRESSION",
    "IS_ONLINE",
    "SYNC_CRON",
    "SYNC_TABLES",
    "SYNC_BATCH_SIZE",
    "SYNC_BATCH_BYTES",
    "SYNC_MAX_RETRIES",
    "QUEUE_RETENTION_DAYS",
    "SITE_NAME",
    "HOST",
    "PORT",
    "API_TOKEN",
    "RUST_LOG",
    "LOG_FORMAT",
];

/// How keys of ours begin; anything else in the file is somebody else's.
const PREFIXES: [&str; 8] = ["SYNC_", "CENTRAL_", "LOCAL_", "QUEUE_", "API_", "LOG_", "IS_", "SITE_"];

/// Something in the file that is likely a slip; its text names the key and never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// The key means nothing here.
    Unknown {
        /// The key.
        key: String,
        /// The one that was likely meant.
        meant: Option<&'static str>,
    },
    /// The key stands there more than once.
    Twice {
        /// The key.
        key: String,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { key, meant: Some(meant) } => {
                write!(f, "{key} is no setting and is ignored; did you mean {meant}?")
            }
            Self::Unknown { key, meant: None } => write!(f, "{key} is no setting and is ignored"),
            Self::Twice { key } => write!(f, "{key} is set more than once; the last one counts"),
        }
    }
}

/// Looks at the keys of a file, in their order.
pub(super) fn find<'a>(keys: impl IntoIterator<Item = &'a str>) -> Vec<Doubt> {
    let (mut seen, mut doubts) = (BTreeSet::new(), Vec::new());
    for key in keys {
        let is_ours = KEYS.contains(&key);
        let doubt = if !is_ours && PREFIXES.iter().any(|prefix| key.starts_with(prefix)) {
            Some(Doubt::Unknown { key: key.to_owned(), meant: spelling::nearest(key, KEYS) })
        } else if is_ours && !seen.insert(key) {
            Some(Doubt::Twice { key: key.to_owned() })
        } else {
            None
        };
        doubts.extend(doubt.filter(|doubt| !doubts.contains(doubt)));
    }
    doubts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_once_with_what_was_meant_and_other_programs_keys_are_not() {
        let keys = [
            "PORT",
            "SYNC_TABELS",
            "SYNC_TABELS",
            "PORT",
            "PORT",
            "IS_A_TEAPOT",
            "MYSQL_HOST",
            "PATH",
            "HOST",
        ];
        let told: Vec<String> = find(keys).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "SYNC_TABELS is no setting and is ignored; did you mean SYNC_TABLES?",
                "PORT is set more than once; the last one counts",
                "IS_A_TEAPOT is no setting and is ignored",
            ]
        );
    }
}
