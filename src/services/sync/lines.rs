//! The connections to DB_B of one cycle, and the batches under way on them.
//!
//! There is one connection. Over a slow line, where answers are long in coming, further ones are opened, and the next
//! batches are sent on them while one is under way. Whichever arrives first, its fence lets it pass only once the one before
//! it has committed.

use std::collections::VecDeque;
use std::sync::Arc;

use super::apply::apply_whole;
use super::batch::Batch;
use crate::config::Settings;
use crate::db::central_db::{Applied, CentralDb, Script};
use crate::db::session::Traffic;
use crate::db::sql::apply::Fence;
use crate::db::{DbError, watched};
use crate::models::intent::{CentralConnection, Intent};
use crate::models::site_status::SiteStatus;
use crate::utils::task::{self, Task};

/// The connections to DB_B of one cycle.
#[derive(Debug)]
pub struct Lines {
    settings: Arc<Settings>,
    are_slow: bool,
    may_load: bool,
    /// The one that was used last stands at the end, and is used next: servers end those that are quiet for long.
    idle: Vec<CentralDb>,
    opening: VecDeque<Opening>,
    /// Whether further connections are not to be had, or did not help: nothing is sent ahead any more.
    are_alone: bool,
    under_way: VecDeque<Flight>,
    /// What was asked on connections that are closed.
    closed: Traffic,
}

/// A connection that is being opened; dropped, it is not.
pub type Opening = Task<Result<CentralDb, DbError>>;

/// How many batches may be under way at once: while the line carries one, the answer to another is on its way back, and the
/// third is made ready. A fourth won nothing.
const MOST_UNDER_WAY: usize = 3;

/// A batch whose intent is noted, and what is to be sent of it.
#[derive(Debug)]
pub struct Noted {
    /// Its intent.
    pub intent: Intent,
    /// What it carries.
    pub batch: Arc<Batch>,
    /// Makes its changes.
    pub script: Script,
    /// What the script notes in DB_B of how far the site has come.
    pub tells: Option<SiteStatus>,
}

/// A batch that was noted and sent.
#[derive(Debug)]
pub struct Flight {
    /// Its intent.
    pub noted: Intent,
    /// What it carries.
    pub batch: Arc<Batch>,
    tells: Option<SiteStatus>,
    /// Whether the batch before it was still under way when it was sent.
    pub is_ahead: bool,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    Awaited(Task<(CentralDb, Applied)>),
    Here(Box<(Option<CentralDb>, Applied)>),
}

/// A batch of which DB_B has answered, or will not.
#[derive(Debug)]
pub struct Landed {
    /// Its intent.
    pub noted: Intent,
    /// What it carries.
    pub batch: Arc<Batch>,
    /// Whether the batch before it was still under way when it was sent.
    pub is_ahead: bool,
    /// What became of it.
    pub whole: Applied,
    /// What DB_B was told of how far the site has come, if it was committed whole.
    pub tells: Option<SiteStatus>,
}

impl Lines {
    /// Begins with one connection.
    #[must_use]
    pub fn new(settings: Arc<Settings>, central: CentralDb) -> Self {
        Self {
            settings,
            are_slow: central.line_is_slow(),
            may_load: central.may_load(),
            idle: vec![central],
            opening: VecDeque::new(),
            are_alone: false,
            under_way: VecDeque::new(),
            closed: Traffic::default(),
        }
    }

    /// Tells whether wide rows may go as data.
    #[must_use]
    pub fn may_load(&self) -> bool {
        self.may_load && !CentralDb::loads_are_refused()
    }

    /// Tells whether bytes count on them, and answers are long in coming.
    #[must_use]
    pub const fn are_slow(&self) -> bool {
        self.are_slow
    }

    /// Gives the connection over which this intent was sent, if nothing is under way on it; or else another one.
    ///
    /// # Errors
    /// That all are under way.
    pub fn central_of(&mut self, intent: &Intent) -> Result<&mut CentralDb, DbError> {
        let position = self.position(intent);
        self.idle.get_mut(position).ok_or(DbError::Closed)
    }

    /// Gives a connection on which nothing is under way.
    ///
    /// # Errors
    /// That there is none.
    pub fn central(&mut self) -> Result<&mut CentralDb, DbError> {
        self.idle.last_mut().ok_or(DbError::Closed)
    }

    /// Gives the batch under way that was sent first.
    #[must_use]
    pub fn first_under_way(&self) -> Option<&Flight> {
        self.under_way.front()
    }

    /// Gives the batch under way that was sent last.
    #[must_use]
    pub fn last_under_way(&self) -> Option<&Flight> {
        self.under_way.back()
    }

    /// Tells about how many bytes of values are under way.
    #[must_use]
    pub fn bytes_under_way(&self) -> usize {
        self.under_way.iter().map(|flight| flight.batch.bytes).sum()
    }

    /// Tells how many entries the batches under way name.
    #[must_use]
    pub fn entries_under_way(&self) -> u64 {
        self.under_way.iter().map(|flight| flight.noted.entry_count()).sum()
    }

    /// Tells whether another batch may be sent behind those under way: these lines are slow, and it helped so far.
    #[must_use]
    pub fn take_another(&self) -> bool {
        self.are_slow && !self.are_alone && (1..MOST_UNDER_WAY).contains(&self.under_way.len())
    }

    /// Begins to open the connections that so many batches need, if these lines are slow.
    pub fn open_for(&mut self, batches: usize) {
        let wanted = if self.are_slow && !self.are_alone { batches.min(MOST_UNDER_WAY) } else { 0 };
        while self.idle.len() + self.under_way.len() + self.opening.len() < wanted {
            self.opening.push_back(open(&self.settings));
        }
    }

    /// Takes connections that are being opened already.
    pub fn take_opening(&mut self, opening: impl IntoIterator<Item = Opening>) {
        self.opening.extend(opening);
    }

    /// Sends nothing ahead any more.
    pub fn stay_alone(&mut self) {
        self.are_alone = true;
        self.opening.clear();
    }

    /// Waits for a connection on which a batch can be sent ahead; `None` when the first answer came before, or there is to be
    /// none.
    pub async fn free_for_next(&mut self) -> Option<CentralConnection> {
        while self.idle.last().is_some_and(CentralDb::may_be_ended) {
            if let Some(quiet) = self.idle.pop() {
                self.close_one(quiet).await;
            }
        }
        if self.idle.is_empty() {
            self.open_for(self.under_way.len() + 1);
            let (first, opening) = (self.under_way.front_mut()?, self.opening.front_mut()?);
            let opened = tokio::select! {
                biased;
                opened = opening => opened.unwrap_or(Err(DbError::Closed)),
                () = first.arrive() => return None,
            };
            self.opening.pop_front();
            match opened {
                // A large backlog may have had no use for it until now.
                Ok(central) if central.may_be_ended() => self.close_one(central).await,
                Ok(central) => self.idle.push(central),
                Err(error) => {
                    tracing::debug!(%error, "no further connection to DB_B");
                    self.stay_alone();
                }
            }
        }
        self.idle.last().map(CentralDb::connection)
    }

    /// Sends a batch whose intent is noted.
    ///
    /// # Errors
    /// That something is under way on every connection.
    pub fn send(&mut self, fence: Fence, noted: Noted) -> Result<(), DbError> {
        if self.idle.is_empty() {
            return Err(DbError::Closed);
        }
        let Noted { intent, batch, script, tells } = noted;
        let mut central = self.idle.remove(self.position(&intent));
        if self.are_slow {
            // Whatever is under way when it is sent, or sent before it is through, shares the line with it.
            central.share_line_with(self.bytes_under_way() + batch.bytes);
        }
        let is_ahead = !self.under_way.is_empty();
        let task = task::start(watched::here(async move {
            let whole = apply_whole(&mut central, &fence, script, is_ahead).await;
            central.share_line_with(0);
            (central, whole)
        }));
        let answer = Answer::Awaited(task);
        self.under_way.push_back(Flight { noted: intent, batch, tells, is_ahead, answer });
        Ok(())
    }

    /// Waits for the answer to the batch that was sent first; `None` when none is under way.
    pub async fn land(&mut self) -> Option<Landed> {
        // Waited for in its place: whoever stops waiting takes nothing away.
        self.under_way.front_mut()?.arrive().await;
        let Flight { noted, batch, tells, is_ahead, answer } = self.under_way.pop_front()?;
        let Answer::Here(here) = answer else { return None };
        let (central, whole) = *here;
        self.idle.extend(central);
        let tells = tells.filter(|_| matches!(whole, Applied::Committed));
        Some(Landed { noted, batch, is_ahead, whole, tells })
    }

    /// Closes every idle connection but one.
    pub async fn close_spare(&mut self) {
        while self.idle.len() > 1 {
            let spare = self.idle.remove(0);
            self.close_one(spare).await;
        }
    }

    /// Waits for what is under way, and closes all connections; the servers undo whatever was not committed. Tells how much
    /// was asked on all of them.
    pub async fn close(mut self) -> Traffic {
        while self.land().await.is_some() {}
        while let Some(central) = self.idle.pop() {
            self.close_one(central).await;
        }
        self.closed
    }

    async fn close_one(&mut self, central: CentralDb) {
        self.closed = self.closed.and(central.traffic());
        central.close().await;
    }

    /// Gives the place of the connection over which this intent was sent, or else of the one that was used last.
    fn position(&self, intent: &Intent) -> usize {
        let sent = self.idle.iter().position(|central| Some(central.connection()) == intent.sent_by);
        sent.unwrap_or(self.idle.len().saturating_sub(1))
    }
}

/// Begins to open the further connections that so many batches need over a slow line.
#[must_use]
pub fn open_further(settings: &Arc<Settings>, batches: usize) -> Vec<Opening> {
    (1..batches.min(MOST_UNDER_WAY)).map(|_| open(settings)).collect()
}

fn open(settings: &Arc<Settings>) -> Opening {
    let settings = Arc::clone(settings);
    task::start(async move { CentralDb::connect(&settings).await })
}

impl Flight {
    /// Waits until its answer is here.
    async fn arrive(&mut self) {
        if let Answer::Awaited(task) = &mut self.answer {
            let (central, whole) = match task.await {
                Ok((central, whole)) => (Some(central), whole),
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Err(_) => (None, Applied::InDoubt(DbError::Closed)),
            };
            self.answer = Answer::Here(Box::new((central, whole)));
        }
    }
}
