//! What the values mean: one typed field for each key, with its default and bounds.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::authority;
use super::database_url::{DatabaseUrl, EXPECTED_FORM};
use super::environment::parse_bool;
use super::error::ConfigError;
use crate::models::own_tables::is_own;
use crate::utils::secret::Secret;

/// Every setting of `.env.example`, checked. `IS_ONLINE` is not here: it is read afresh each time.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address on which the API listens.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// DB_A.
    pub local: DatabaseUrl,
    /// DB_B.
    pub central: DatabaseUrl,
    /// When the cycle runs.
    pub cron: String,
    /// Which tables are synchronised.
    pub tables: TableSelection,
    /// Most entries in one batch.
    pub batch_size: usize,
    /// About how many bytes one batch may send.
    pub batch_bytes: usize,
    /// Judged failures before an entry is FAILED.
    pub max_retries: u32,
    /// How long SYNCED entries stay.
    pub retention: Duration,
    /// How this site is shown in DB_B.
    pub site_name: String,
    /// What a request must carry, when set.
    pub api_token: Option<Secret>,
    /// The authority that signed DB_B's certificate; when set, only verified TLS is spoken to DB_B.
    pub central_tls_ca: Option<PathBuf>,
    /// How long DB_B may stay silent before the link is called broken.
    pub central_timeout: Duration,
    /// Whether what is sent to DB_B is compressed.
    pub central_compression: CentralCompression,
    /// How log lines look.
    pub log_format: LogFormat,
}

/// Which tables are synchronised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableSelection {
    /// Every table of the database but Backhaul's own.
    All,
    /// These, in the order in which they were named.
    Named(Vec<String>),
}

/// Whether what is sent to DB_B is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CentralCompression {
    /// Where the line is slow.
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Settings {
    /// Understands `values`, as [`super::Environment::values`] gives them.
    ///
    /// # Errors
    /// Names the first key that is missing or has the wrong form.
    pub fn from_values(values: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let read = Reader(values);
        read.demand(&["LOCAL_DATABASE_URL", "CENTRAL_DATABASE_URL"])?;
        if let Some(word) = values.get("IS_ONLINE").filter(|word| parse_bool(word).is_none()) {
            return Err(bad("IS_ONLINE", word, "true or false"));
        }
        let (local, central) = (read.database("LOCAL_DATABASE_URL")?, read.database("CENTRAL_DATABASE_URL")?);
        if (&local.host, local.port, &local.database) == (&central.host, central.port, &central.database) {
            return Err(bad(
                "CENTRAL_DATABASE_URL",
                &central.to_string(),
                "another database than LOCAL_DATABASE_URL names",
            ));
        }
        Ok(Self {
            host: read.text("HOST").unwrap_or("127.0.0.1").to_owned(),
            port: read.number("PORT", 3000, 0..=u16::MAX)?,
            local,
            central,
            cron: read.cron()?,
            tables: read.tables()?,
            batch_size: read.number("SYNC_BATCH_SIZE", 10_000, 1..=1_000_000)?,
            batch_bytes: read.number("SYNC_BATCH_BYTES", 4 << 20, 1024..=1 << 30)?,
            max_retries: read.number("SYNC_MAX_RETRIES", 5, 1..=1000)?,
            retention: Duration::from_secs(read.number("QUEUE_RETENTION_DAYS", 7, 0..=36_500)? * 86_400),
            site_name: read.site_name()?,
            api_token: read.token()?,
            central_tls_ca: read.authority("CENTRAL_TLS_CA")?,
            central_compression: read.compression()?,
            central_timeout: Duration::from_secs(read.number("CENTRAL_TIMEOUT_SECONDS", 20, 1..=3600)?),
            log_format: read.log_format()?,
        })
    }
}

/// Reads single keys; an empty value counts as not set.
struct Reader<'a>(&'a BTreeMap<String, String>);

impl Reader<'_> {
    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Names all addresses that are missing at once, so that nobody has to set them one after the other.
    fn demand(&self, keys: &[&'static str]) -> Result<(), ConfigError> {
        let absent: Vec<&'static str> = keys.iter().copied().filter(|key| self.text(key).is_none()).collect();
        if absent.is_empty() { Ok(()) } else { Err(missing(absent)) }
    }

    fn number<N>(&self, key: &'static str, default: N, range: RangeInclusive<N>) -> Result<N, ConfigError>
    where
        N: FromStr + PartialOrd + Display,
    {
        let Some(text) = self.text(key) else { return Ok(default) };
        text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            bad(key, text, &format!("a whole number from {} to {}", range.start(), range.end()))
        })
    }

    fn database(&self, key: &'static str) -> Result<DatabaseUrl, ConfigError> {
        let text = self.text(key).ok_or_else(|| missing(vec![key]))?;
        DatabaseUrl::parse(text).ok_or_else(|| bad(key, &DatabaseUrl::mask(text), EXPECTED_FORM))
    }

    fn cron(&self) -> Result<String, ConfigError> {
        let text = self.text("SYNC_CRON").unwrap_or("*/2 * * * *");
        crate::utils::schedule::Schedule::parse(text).map_err(|reason| {
            bad("SYNC_CRON", text, &format!("five fields, or six with leading seconds ({reason})"))
        })?;
        Ok(text.to_owned())
    }

    fn tables(&self) -> Result<TableSelection, ConfigError> {
        let text = self.text("SYNC_TABLES").unwrap_or("users,orders");
        if text == "*" {
            return Ok(TableSelection::All);
        }
        let mut names: Vec<String> = Vec::new();
        for name in text.split(',').map(str::trim) {
            let usable = !name.is_empty() && name.chars().count() <= 64 && name != "*" && !is_own(name);
            if !usable || names.iter().any(|known| known == name) {
                return Err(bad(
                    "SYNC_TABLES",
                    text,
                    "* or table names separated by commas, each once, none of them Backhaul's own",
                ));
            }
            names.push(name.to_owned());
        }
        Ok(TableSelection::Named(names))
    }

    fn site_name(&self) -> Result<String, ConfigError> {
        let name = match self.text("SITE_NAME") {
            Some(name) => name.to_owned(),
            None => host_name(),
        };
        if name.chars().count() > 255 {
            return Err(bad("SITE_NAME", &name, "at most 255 characters"));
        }
        Ok(name)
    }

    /// Takes a token that a header can carry as it is; nobody could send any other.
    fn token(&self) -> Result<Option<Secret>, ConfigError> {
        let Some(token) = self.text("API_TOKEN") else { return Ok(None) };
        if token.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Some(Secret::new(token.to_owned())))
        } else {
            Err(bad("API_TOKEN", "***", "visible ASCII characters without blanks, which any client can send"))
        }
    }

    fn authority(&self, key: &'static str) -> Result<Option<PathBuf>, ConfigError> {
        let Some(text) = self.text(key) else { return Ok(None) };
        let path = PathBuf::from(text);
        authority::check(&path)
            .map_err(|reason| bad(key, text, &format!("{} ({reason})", authority::EXPECTED_FORM)))?;
        Ok(Some(path))
    }

    fn compression(&self) -> Result<CentralCompression, ConfigError> {
        match self.text("CENTRAL_COMPRESSION").unwrap_or("auto") {
            "auto" => Ok(CentralCompression::Auto),
            "on" => Ok(CentralCompression::On),
            "off" => Ok(CentralCompression::Off),
            other => Err(bad("CENTRAL_COMPRESSION", other, "auto, on or off")),
        }
    }

    fn log_format(&self) -> Result<LogFormat, ConfigError> {
        match self.text("LOG_FORMAT").unwrap_or("text") {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            other => Err(bad("LOG_FORMAT", other, "text or json")),
        }
    }
}

fn missing(keys: Vec<&'static str>) -> ConfigError {
    ConfigError::Missing { keys, expected: EXPECTED_FORM.to_owned(), absent_file: None }
}

fn bad(key: &'static str, value: &str, expected: &str) -> ConfigError {
    ConfigError::BadValue { key, value: value.to_owned(), expected: expected.to_owned() }
}

/// Asks the kernel for the host's name; a host without one is called `site`.
fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::fs::read_to_string("/etc/hostname"))
        .map_or_else(|_| "site".to_owned(), |name| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn values(extra: &[(&str, &str)]) -> BTreeMap<String, String> {
        [
            ("LOCAL_DATABASE_URL", "mysql://a:b@127.0.0.1:1/local"),
            ("CENTRAL_DATABASE_URL", "mysql://a:b@127.0.0.1:2/central"),
        ]
        .iter()
        .chain(extra)
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
    }

    #[test]
    fn defaults_are_those_of_the_contract() {
        let settings = Settings::from_values(&values(&[])).unwrap();
        assert_eq!((settings.host.as_str(), settings.port), ("127.0.0.1", 3000));
        assert_eq!(settings.tables, TableSelection::Named(vec!["users".into(), "orders".into()]));
        assert_eq!((settings.batch_size, settings.batch_bytes, settings.max_retries), (10_000, 4_194_304, 5));
        assert_eq!(settings.retention, Duration::from_hours(168));
    }

    #[rstest]
    #[case("PORT", "65536")]
    #[case("PORT", "http")]
    #[case("SYNC_BATCH_SIZE", "0")]
    #[case("SYNC_BATCH_BYTES", "1023")]
    #[case("SYNC_CRON", "* * *")]
    #[case("SYNC_CRON", "61 * * * *")]
    #[case("SYNC_TABLES", "users,,orders")]
    #[case("SYNC_TABLES", "users,users")]
    #[case("SYNC_TABLES", "sync_queue")]
    #[case("SYNC_MAX_RETRIES", "0")]
    #[case("QUEUE_RETENTION_DAYS", "-1")]
    #[case("IS_ONLINE", "perhaps")]
    #[case("LOG_FORMAT", "xml")]
    #[case("CENTRAL_COMPRESSION", "yes")]
    #[case("CENTRAL_TLS_CA", "/does/not/exist.pem")]
    #[case("CENTRAL_TLS_CA", "/")]
    #[case("CENTRAL_TLS_CA", "/dev/null")]
    #[case("CENTRAL_TLS_CA", "Cargo.toml")]
    #[case("API_TOKEN", "t\u{f6}k-secret")]
    #[case("API_TOKEN", "two secret words")]
    #[case("LOCAL_DATABASE_URL", "mysql://a:secret@h")]
    #[case("LOCAL_DATABASE_URL", "mysql://a:b@h/d?password=secret")]
    fn a_bad_value_is_one_line_with_key_value_and_form(#[case] key: &str, #[case] value: &str) {
        let text = Settings::from_values(&values(&[(key, value)])).unwrap_err().to_string();
        assert!(text.starts_with(&format!("{key}=")) && text.contains("expected"), "{text}");
        assert!(!text.contains('\n') && !text.contains("secret"), "{text}");
    }

    #[test]
    fn all_missing_addresses_are_named_at_once_and_where_they_belong() {
        let error = Settings::from_values(&BTreeMap::new()).unwrap_err();
        let text = error.with_absent_file(std::path::Path::new("gone.env")).to_string();
        assert!(
            text.starts_with("LOCAL_DATABASE_URL and CENTRAL_DATABASE_URL are not set: expected"),
            "{text}"
        );
        assert!(text.contains("There is no file gone.env here: copy .env.example to gone.env"), "{text}");
        let one = BTreeMap::from([("LOCAL_DATABASE_URL".to_owned(), "mysql://a:b@h/d".to_owned())]);
        let text = Settings::from_values(&one).unwrap_err().to_string();
        assert!(text.starts_with("CENTRAL_DATABASE_URL is not set") && !text.contains("no file"), "{text}");
    }

    #[rstest]
    #[case("SYNC_BATCH_SIZE", "1")]
    #[case("SYNC_BATCH_BYTES", "1024")]
    #[case("PORT", "65535")]
    #[case("SYNC_CRON", "*/5 * * * * *")]
    #[case("SYNC_TABLES", "*")]
    fn a_value_at_its_edge_is_taken(#[case] key: &str, #[case] value: &str) {
        Settings::from_values(&values(&[(key, value)])).unwrap();
    }
}
