//! A server's clock, settings, and the account in use.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::db::error::DbError;
use crate::db::row::Row;
use crate::db::session::Session;
use crate::utils::clock;

/// The account may not ask for the state of replication.
const MAY_NOT_ASK: u16 = 1227;

/// What a server says of itself.
#[derive(Debug, Clone, Default)]
pub struct ServerFacts {
    /// Its version.
    pub version: String,
    /// The account in use, `name@host`.
    pub account: String,
    /// How far its clock is ahead of this machine's, at the least: the time that the answer took is doubt.
    pub clock_ahead: SignedDuration,
    /// Whether it applies another server's changes.
    pub is_replica: bool,
    settings: BTreeMap<String, String>,
}

impl ServerFacts {
    /// Tells whether it is MariaDB.
    #[must_use]
    pub fn is_mariadb(&self) -> bool {
        self.version.contains("MariaDB")
    }

    /// Gives a global setting; empty where the server does not have it.
    #[must_use]
    pub fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", String::as_str)
    }

    /// Tells whether a global setting is on.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        matches!(self.setting(name).to_uppercase().as_str(), "ON" | "1" | "YES")
    }

    /// Gives a global setting as a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.setting(name).parse().ok()
    }

    #[cfg(test)]
    pub(crate) fn fixture(settings: &[(&str, &str)]) -> Self {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Self { settings: settings.iter().map(owned).collect(), ..Self::default() }
    }
}

pub(super) async fn load(session: &mut Session) -> Result<ServerFacts, DbError> {
    let asked = clock::now();
    let sets = session.script(include_str!("server.sql")).await.into_sets()?;
    let answered = clock::now();
    let about = sets
        .first()
        .and_then(|rows| rows.first())
        .ok_or_else(|| DbError::Decode("the server tells nothing of itself".to_owned()))?;
    let status = pairs(sets.get(2))?;
    let mut facts = ServerFacts {
        version: about.text(2)?,
        account: about.text(1)?,
        clock_ahead: ahead(server_clock(about)?, asked, answered),
        is_replica: status.values().any(|value| value == "ON"),
        settings: pairs(sets.get(1))?,
    };
    match session.query("show replica status").await {
        Ok(rows) => facts.is_replica |= !rows.is_empty(),
        Err(error) if error.code() == Some(MAY_NOT_ASK) => {}
        Err(error) => return Err(error),
    }
    Ok(facts)
}

/// Tells how far a clock that was read between two moments is outside of them.
fn ahead(shown: Timestamp, asked: Timestamp, answered: Timestamp) -> SignedDuration {
    shown.duration_since(shown.clamp(asked, answered))
}

fn server_clock(about: &Row) -> Result<Timestamp, DbError> {
    let text = about.text(0)?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let moment = || {
        let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
        let seconds = seconds.parse::<i64>().ok()?;
        Timestamp::from_microsecond(seconds.checked_mul(1_000_000)?.checked_add(micros)?).ok()
    };
    moment().ok_or_else(|| DbError::Decode(format!("{text} is no moment")))
}

fn pairs(rows: Option<&Vec<Row>>) -> Result<BTreeMap<String, String>, DbError> {
    let rows = rows.into_iter().flatten();
    rows.map(|row| Ok((row.text(0)?.to_lowercase(), row.optional_text(1)?.unwrap_or_default()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_wait_for_the_answer_does_not_explain_is_a_difference() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let seconds = |shown| ahead(at(shown), at(100), at(110)).as_secs();
        assert_eq!([100, 110, 115, 90].map(seconds), [0, 0, 5, -10]);
    }
}
