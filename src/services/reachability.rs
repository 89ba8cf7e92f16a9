//! Whether DB_B answered when it was last asked, known to all who ask it.

use jiff::Timestamp;
use tokio::sync::watch;

use crate::utils::clock;

/// What became of one attempt to reach DB_B.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Why it could not be used; `None` when it answered.
    pub trouble: Option<String>,
    /// Whether it answered, and refused: the line is there, and someone must mend an account, a setting, or the server.
    pub refused: bool,
    /// When it was asked.
    pub checked_at: Timestamp,
    /// Since when it has answered, or has not, as far as this process has seen.
    pub since: Timestamp,
}

/// Keeps the last sighting; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Reachability(watch::Sender<Option<Sighting>>);

impl Reachability {
    /// Notes that DB_B just answered.
    pub fn answered(&self) {
        self.record(None, false);
    }

    /// Notes that DB_B cannot be used, and why: its address and its words; and whether it answered so itself.
    pub fn failed(&self, trouble: String, refused: bool) {
        self.record(Some(trouble), refused);
    }

    fn record(&self, trouble: Option<String>, refused: bool) {
        let now = clock::now();
        self.0.send_modify(|last| {
            let as_before = last.as_ref().filter(|last| last.trouble.is_some() == trouble.is_some());
            let since = as_before.map_or(now, |last| last.since);
            *last = Some(Sighting { trouble, refused, checked_at: now, since });
        });
    }

    /// Gives the last sighting; `None` before the first.
    #[must_use]
    pub fn last(&self) -> Option<Sighting> {
        self.0.borrow().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_counted_from_its_beginning_whatever_it_is_called() {
        let reachability = Reachability::default();
        assert_eq!(reachability.last(), None);
        reachability.failed("refused".to_owned(), false);
        let first = reachability.last().unwrap();
        reachability.failed("silent".to_owned(), false);
        let second = reachability.last().unwrap();
        assert_eq!((second.trouble.as_deref(), second.since), (Some("silent"), first.since));
        reachability.answered();
        let third = reachability.last().unwrap();
        assert_eq!((third.trouble, third.since), (None, third.checked_at));
    }
}
