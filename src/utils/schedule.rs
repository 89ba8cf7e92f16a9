//! When a cron expression fires next.

use std::str::FromStr;

use croner::Cron;
use croner::parser::{CronParser, Seconds};
use jiff::{Timestamp, tz::TimeZone};

/// A cron expression of five fields, or six with leading seconds; in the system's time zone.
#[derive(Debug, Clone)]
pub struct Schedule(Cron);

impl Schedule {
    /// Understands `text`.
    ///
    /// # Errors
    /// Says in words what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        CronParser::builder()
            .seconds(Seconds::Optional)
            .build()
            .parse(text)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Gives the first moment after `moment` at which it fires; `None` if it never does again.
    #[must_use]
    pub fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let local = moment.to_zoned(TimeZone::system());
        self.0.find_next_occurrence(&local, false).ok().map(|next| next.timestamp())
    }
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_two_minutes_means_the_even_minutes() {
        let schedule = Schedule::parse("*/2 * * * *").unwrap();
        let moment: Timestamp = "2026-03-01T09:13:59Z".parse().unwrap();
        let next = schedule.next_after(moment).unwrap();
        assert_eq!(next.to_string(), "2026-03-01T09:14:00Z");
        assert_eq!(schedule.next_after(next).unwrap().to_string(), "2026-03-01T09:16:00Z");
    }

    #[test]
    fn six_fields_begin_with_seconds() {
        let schedule = Schedule::parse("*/5 * * * * *").unwrap();
        let moment: Timestamp = "2026-03-01T09:14:01Z".parse().unwrap();
        assert_eq!(schedule.next_after(moment).unwrap().to_string(), "2026-03-01T09:14:05Z");
    }
}
