//! A connection to DB_B.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::config::{CentralCompression, Settings};
use crate::db::catalog::{self, Catalog};
use crate::db::error::DbError;
use crate::db::session::{Access, ScriptAnswer, Session, Traffic};
use crate::db::sql::quoting;
use crate::db::sql::template::fill;
use crate::models::intent::CentralConnection;
use crate::utils::clock::monotonic;

/// How long a session of ours may be idle on DB_B, in seconds, before the server ends it and undoes its transaction.
const IDLE_SECONDS: u64 = 60;

/// Longest wait for a lock on DB_B, in seconds; kept below the time one answer may take.
const LONGEST_LOCK_WAIT_SECONDS: u64 = 10;

/// A round trip that takes this long is one over a line whose bytes count more than the time to compress
/// them. Within one building it takes a tenth of that.
pub const SLOW_ROUND_TRIP: Duration = Duration::from_millis(20);

/// How many statements `session.sql` and `about.sql` have.
const FIRST_ANSWERS: usize = 4;

/// Whether the line was fast when this process connected last.
static LINE_IS_FAST: AtomicBool = AtomicBool::new(false);

/// Whether DB_B refused to load rows, as for want of a privilege; it is not asked again as long as this process runs.
static LOADS_ARE_REFUSED: AtomicBool = AtomicBool::new(false);

/// DB_B, seen by one cycle.
#[derive(Debug)]
pub struct CentralDb {
    pub(super) session: Session,
    pub(super) max_packet_bytes: usize,
    /// Whether several statements can be told to go on after one that fails, as MariaDB can.
    pub(super) can_go_on: bool,
    line_is_slow: bool,
    takes_loads: bool,
    connection: CentralConnection,
    /// The catalogue, if it was asked for when connecting and not read since.
    pub(super) catalog: Option<Catalog>,
}

impl CentralDb {
    /// Connects; once more when the line is not as it was the last time, since only a slow one is worth compression.
    ///
    /// # Errors
    /// When DB_B cannot be reached, refuses, or stays silent.
    pub async fn connect(settings: &Settings) -> Result<Self, DbError> {
        Ok(Self::connect_asking(settings, None).await?.0)
    }

    /// Connects, and asks more in the first packet: gives the answer to that as well.
    pub(super) async fn connect_asking(
        settings: &Settings,
        more: Option<&str>,
    ) -> Result<(Self, ScriptAnswer), DbError> {
        let is_auto = settings.central_compression == CentralCompression::Auto;
        // As long as nothing is known of the line it counts as slow: on a fast one, connecting anew is a matter of milliseconds.
        let assumed_slow = is_auto && !LINE_IS_FAST.load(Ordering::Relaxed);
        let compress = assumed_slow || settings.central_compression == CentralCompression::On;
        let (central, answer) = Self::connect_with(settings, compress, more).await?;
        let is_slow = central.line_is_slow;
        LINE_IS_FAST.store(!is_slow, Ordering::Relaxed);
        if !is_auto || is_slow == assumed_slow {
            return Ok((central, answer));
        }
        let spent = central.traffic();
        central.close().await;
        let (mut central, _) = Self::connect_with(settings, is_slow, None).await?;
        central.session.count(spent);
        Ok((central, answer))
    }

    async fn connect_with(
        settings: &Settings,
        compress: bool,
        more: Option<&str>,
    ) -> Result<(Self, ScriptAnswer), DbError> {
        let access =
            if compress { Access::central(settings).compressed() } else { Access::central(settings) };
        let lock_wait = (settings.central_timeout.as_secs() / 2).clamp(1, LONGEST_LOCK_WAIT_SECONDS);
        let setup = fill(
            include_str!("session.sql"),
            &[("lock_wait_seconds", &lock_wait.to_string()), ("idle_seconds", &IDLE_SECONDS.to_string())],
        );
        let began = monotonic();
        let mut session = access.open().await?;
        let opened = monotonic();
        if more.is_some() {
            session.before_commit("generation").await?;
        }
        let first = [&setup, include_str!("about.sql")].into_iter().chain(more);
        let mut answer = session.script(&first.collect::<Vec<_>>().join(";\n")).await;
        // Opening takes two round trips at least, and either may take longer for reasons of its own. Of the packet only
        // the first answer counts: what is asked further on gives the server work.
        let round_trip = answer.first_answered_after.min((opened - began) / 2);
        if answer.sets.len() < FIRST_ANSWERS {
            return Err(answer.into_sets().err().unwrap_or_else(unanswered));
        }
        let more = answer.split_off(FIRST_ANSWERS);
        let mut answers = answer.sets.iter().filter_map(|rows| rows.first());
        let (Some(about), Some(uptime)) = (answers.next(), answers.next()) else {
            return Err(unanswered());
        };
        let central = Self {
            max_packet_bytes: about.get(1)?,
            can_go_on: about.get::<u8>(3)? == 1,
            line_is_slow: round_trip >= SLOW_ROUND_TRIP,
            takes_loads: about.get::<u8>(4)? == 1,
            connection: CentralConnection {
                id: about.get(0)?,
                // Once the server's clock was set back to before its start, the uptime is below 0, printed without a sign.
                server_started_at: about.get::<i64>(2)? - uptime.get::<u64>(1)?.cast_signed(),
            },
            session,
            catalog: None,
        };
        Ok((central, more))
    }

    /// Connects, asks whether DB_B answers, and closes.
    ///
    /// # Errors
    /// When it does not.
    pub async fn probe(settings: &Settings) -> Result<(), DbError> {
        let mut session = Access::central(settings).connect("select 1").await?;
        session.close().await;
        Ok(())
    }

    /// Tells whether the line may be a slow one, as far as this process knows.
    #[must_use]
    pub fn line_may_be_slow() -> bool {
        !LINE_IS_FAST.load(Ordering::Relaxed)
    }

    /// Tells which connection this is.
    #[must_use]
    pub const fn connection(&self) -> CentralConnection {
        self.connection
    }

    /// Tells whether a question took so long that bytes on this line count.
    #[must_use]
    pub const fn line_is_slow(&self) -> bool {
        self.line_is_slow
    }

    /// Tells whether wide rows may be loaded: each load costs a round trip, which a slow line is too dear for.
    #[must_use]
    pub fn may_load(&self) -> bool {
        self.takes_loads && !self.line_is_slow
    }

    /// Tells whether DB_B turned out not to take them.
    #[must_use]
    pub fn loads_are_refused() -> bool {
        LOADS_ARE_REFUSED.load(Ordering::Relaxed)
    }

    /// Brings no more rows as data, after DB_B answered one such statement with this error.
    pub(super) fn give_up_loading(error: &DbError) {
        // The next batch was perhaps written before this one was answered.
        if !LOADS_ARE_REFUSED.swap(true, Ordering::Relaxed) {
            tracing::info!(
                "DB_B does not take wide rows as data ({error}). Nothing is lost: they go as SQL, which takes it longer. \
                 Where a privilege is wanting, grant CREATE TEMPORARY TABLES, and start the program again"
            );
        }
    }

    /// Tells whether the server may soon end this session, since nothing was asked on it for long.
    #[must_use]
    pub fn may_be_ended(&self) -> bool {
        self.session.quiet_for() >= Duration::from_secs(IDLE_SECONDS / 2)
    }

    /// Gives each request from now on the time that so many bytes of other batches need on the same line.
    pub const fn share_line_with(&mut self, bytes: usize) {
        self.session.share_line_with(bytes);
    }

    /// Tells how much was asked so far.
    #[must_use]
    pub const fn traffic(&self) -> Traffic {
        self.session.traffic()
    }

    /// Reads the catalogue, unless that was done when connecting.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn catalog(&mut self) -> Result<Catalog, DbError> {
        match self.catalog.take() {
            Some(catalog) => Ok(catalog),
            None => catalog::load(&mut self.session).await,
        }
    }

    /// Tells in which database this session is, if its server sees the lock of this name.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub(in crate::db) async fn sees_lock(&mut self, name: &str) -> Result<Option<String>, DbError> {
        let sql = format!("select if(is_used_lock({}) is null, null, database())", quoting::text(name));
        self.session.query_one(&sql).await?.optional_text(0)
    }

    /// Marks a point between two steps, at which tests let a fault happen.
    ///
    /// # Errors
    /// What a test lets happen there.
    pub fn fault_point(&mut self, name: &'static str) -> impl Future<Output = Result<(), DbError>> {
        self.session.fault_point(name)
    }

    /// Closes the connection; the server undoes whatever was not committed.
    pub async fn close(mut self) {
        self.session.close().await;
    }

    /// Ends another connection of our own account that an earlier cycle left behind, if it is still the same one.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub(super) async fn kill(&mut self, other: CentralConnection) -> Result<(), DbError> {
        if !self.is_same_server(other) || other.id == self.connection.id {
            return Ok(());
        }
        let ours = format!(
            "select count(*) from information_schema.processlist \
             where id = {} and user = substring_index(current_user(), '@', 1)",
            other.id
        );
        if self.session.query_one(&ours).await?.get::<u8>(0)? == 1 {
            // It may end by itself in this very moment, which is as good.
            let _ = self.session.execute(&format!("kill connection {}", other.id)).await;
        }
        Ok(())
    }

    fn is_same_server(&self, other: CentralConnection) -> bool {
        let apart = Duration::from_secs(other.server_started_at.abs_diff(self.connection.server_started_at));
        apart <= START_TIME_TOLERANCE
    }
}

fn unanswered() -> DbError {
    DbError::Decode("the server tells nothing of itself".to_owned())
}

/// Start times are computed from an uptime in whole seconds.
const START_TIME_TOLERANCE: Duration = Duration::from_secs(3);
