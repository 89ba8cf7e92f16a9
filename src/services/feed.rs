//! The state of synchronisation as it changes, for everyone who listens. However many do, DB_A is asked by one; while nobody
//! does, by none.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::status::Status;
use crate::models::status::{EntryPage, SyncState};
use crate::utils::clock;

/// Time between two looks at DB_A; a change is told after this much at most, a state read in full included.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// How long the state of a long queue may go unread while its mark stays the same.
const LONGEST_UNREAD: Duration = Duration::from_secs(10);

/// Most who may listen at once: a hundred pages that someone left open must not take every connection of the system.
const MOST_LISTENERS: usize = 64;

/// How long one may listen without asking again, and so without showing again that it may.
const LONGEST_LISTENING: Duration = Duration::from_hours(1);

/// Tells all listeners of changes; clones share the one who looks.
#[derive(Debug, Clone)]
pub struct Feed {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    status: Status,
    tasks: TaskTracker,
    stop: CancellationToken,
    seats: Arc<Semaphore>,
    /// Holds the newest reading alone: whoever listens slowly misses what came between, and nothing is kept for it.
    newest: watch::Sender<Option<Reading>>,
    looking: Mutex<Option<JoinHandle<()>>>,
}

/// What one look showed.
#[derive(Debug, Clone)]
enum Reading {
    State(Arc<SyncState>),
    Trouble(String),
}

/// What a listener is told.
#[derive(Debug, Clone)]
pub enum News {
    /// The state, as it is now.
    State(Arc<SyncState>),
    /// DB_A cannot be read; the listener goes on and is told once it can.
    Trouble(String),
    /// The program stops; nothing follows.
    Stopping,
}

impl Feed {
    /// Tells of what `status` reads, by one of `tasks`, until `stop` is cancelled.
    #[must_use]
    pub fn new(status: Status, tasks: TaskTracker, stop: CancellationToken) -> Self {
        let seats = Arc::new(Semaphore::new(MOST_LISTENERS));
        let (newest, looking) = (watch::Sender::new(None), Mutex::new(None));
        Self { shared: Arc::new(Shared { status, tasks, stop, seats, newest, looking }) }
    }

    /// Begins to listen; `None` when as many do as may.
    #[must_use]
    pub fn listen(&self) -> Option<Listener> {
        let seat = self.shared.seats.clone().try_acquire_owned().ok()?;
        let newest = self.shared.newest.subscribe();
        self.look();
        let stop = self.shared.stop.clone();
        Some(Listener {
            newest,
            stop,
            until: clock::monotonic() + LONGEST_LISTENING,
            state: Heard::Nothing,
            _seat: seat,
        })
    }

    /// Lets someone look, unless someone does.
    fn look(&self) {
        let mut looking = self.shared.looking.lock().unwrap_or_else(PoisonError::into_inner);
        if looking.as_ref().is_none_or(JoinHandle::is_finished) {
            let shared = self.shared.clone();
            *looking = Some(self.shared.tasks.spawn(async move { shared.look_until_nobody_listens().await }));
        }
    }
}

impl Shared {
    async fn look_until_nobody_listens(&self) {
        tokio::select! {
            () = self.look_again_and_again() => {}
            () = self.stop.cancelled() => {}
        }
    }

    async fn look_again_and_again(&self) {
        let mut before = None;
        loop {
            before = self.look_once(before).await;
            sleep(LOOK_INTERVAL).await;
            let mut looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever begins to listen is counted before it asks whether someone looks.
            if self.newest.receiver_count() == 0 {
                self.newest.send_replace(None);
                *looking = None;
                return;
            }
        }
    }

    /// Reads the state, unless the queue is long and nothing hints at a change since `before`.
    async fn look_once(&self, before: Option<Look>) -> Option<Look> {
        let is_long = matches!(&*self.newest.borrow(), Some(Reading::State(state)) if state.counts.is_long());
        let mark = if is_long { self.status.mark().await.ok() } else { None };
        let unread = before.filter(|look| look.read_at.elapsed() < LONGEST_UNREAD);
        if let Some(look) = unread.filter(|look| mark.is_some() && look.mark == mark) {
            return Some(look);
        }
        let read_at = clock::monotonic();
        let reading = match self.status.read(EntryPage::default()).await {
            Ok(state) => Reading::State(Arc::new(state)),
            Err(error) => Reading::Trouble(error.to_string()),
        };
        self.newest.send_if_modified(|newest| {
            let is_news = newest.as_ref().is_none_or(|newest| is_news(newest, &reading));
            *newest = Some(reading);
            is_news
        });
        Some(Look { mark, read_at })
    }
}

/// What is remembered of the last full reading.
#[derive(Debug)]
struct Look {
    mark: Option<String>,
    read_at: Instant,
}

/// Tells whether a reading shows more than that time has passed.
fn is_news(old: &Reading, new: &Reading) -> bool {
    match (old, new) {
        (Reading::State(old), Reading::State(new)) => !old.is_as(new),
        (Reading::Trouble(old), Reading::Trouble(new)) => old != new,
        (Reading::State(_), Reading::Trouble(_)) | (Reading::Trouble(_), Reading::State(_)) => true,
    }
}

/// One who listens; whoever stops to is forgotten.
#[derive(Debug)]
pub struct Listener {
    newest: watch::Receiver<Option<Reading>>,
    stop: CancellationToken,
    until: Instant,
    state: Heard,
    _seat: OwnedSemaphorePermit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Nothing,
    Something,
    TheEnd,
}

impl Listener {
    /// Waits for the next news; the first is what is known already. `None` at the end.
    pub async fn next(&mut self) -> Option<News> {
        if self.state == Heard::TheEnd {
            return None;
        }
        if self.state == Heard::Nothing {
            self.state = Heard::Something;
            self.newest.mark_changed();
        }
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {
                    self.state = Heard::TheEnd;
                    return Some(News::Stopping);
                }
                () = sleep_until(self.until.into()) => return None,
                changed = self.newest.changed() => changed.ok()?,
            }
            match self.newest.borrow_and_update().clone() {
                Some(Reading::State(state)) => return Some(News::State(state)),
                Some(Reading::Trouble(message)) => return Some(News::Trouble(message)),
                None => {}
            }
        }
    }
}
