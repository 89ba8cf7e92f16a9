//! What everybody who takes part in a campaign shares: the stage, the servers, the running program, and what is true.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use backhaul::utils::clock::monotonic;

use crate::serving::Serving;
use crate::stage::{Servers, Stage};
use crate::support::OwnServer;

/// One of the two servers, which blocking tasks stop and start.
pub type SharedServer = Arc<Mutex<OwnServer>>;

/// A campaign's world.
pub struct World {
    /// Databases, lines and accounts.
    pub stage: Stage,
    /// DB_A's server.
    pub local: SharedServer,
    /// DB_B's server.
    pub central: SharedServer,
    /// `backhaul serve`.
    pub serving: tokio::sync::Mutex<Serving>,
    truth: Mutex<Truth>,
    tally: Mutex<BTreeMap<String, u64>>,
}

/// What is so at a moment, by the hand of the campaign itself; what the program says is held against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// What `IS_ONLINE` says.
    pub switch: bool,
    /// Since when nobody reaches DB_B at all; `None` while somebody may.
    pub central_gone_since: Option<Instant>,
    /// Since when the program is there and free to answer.
    pub serving_since: Option<Instant>,
    /// Whether entries go back to PENDING by someone's decision, as after a restore.
    pub restoring: bool,
    /// How often any of this has changed.
    pub version: u64,
}

impl World {
    /// Makes a world of a stage and its servers.
    pub fn new(stage: Stage, servers: Servers) -> Self {
        Self {
            serving: tokio::sync::Mutex::new(Serving::new(stage.daily.clone())),
            stage,
            local: Arc::new(Mutex::new(servers.local)),
            central: Arc::new(Mutex::new(servers.central)),
            truth: Mutex::new(Truth {
                switch: true,
                central_gone_since: None,
                serving_since: None,
                restoring: false,
                version: 0,
            }),
            tally: Mutex::default(),
        }
    }

    /// Tells what is so now.
    pub fn truth(&self) -> Truth {
        unpoisoned(&self.truth).clone()
    }

    /// Says what is so from now on.
    pub fn now(&self, change: impl FnOnce(&mut Truth)) {
        let mut truth = unpoisoned(&self.truth);
        change(&mut truth);
        truth.version += 1;
    }

    /// Says that nobody reaches DB_B from now on, or that somebody may.
    pub fn central_is_gone(&self, gone: bool) {
        self.now(|truth| truth.central_gone_since = gone.then(monotonic));
    }

    /// Counts one of a kind.
    pub fn count(&self, kind: &str) {
        *unpoisoned(&self.tally).entry(kind.to_owned()).or_default() += 1;
    }

    /// Gives all counts.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        unpoisoned(&self.tally).clone()
    }
}

/// A panic elsewhere is reported there; what it left here is whole.
pub fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Waits until a condition holds, at most for so long; tells whether it came to hold.
pub async fn comes_to_hold(limit: Duration, mut condition: impl AsyncFnMut() -> bool) -> bool {
    let started = monotonic();
    while started.elapsed() < limit {
        if condition().await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}
