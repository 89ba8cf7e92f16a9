//! Carries the bytes of one direction of one connection, as far as the weather lets it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Counts, Direction, Fault, Weather};

/// What the two directions of a connection share.
#[derive(Clone)]
pub(super) struct Link<'a> {
    pub(super) forecast: watch::Receiver<Weather>,
    pub(super) counts: &'a Counts,
    pub(super) cut: &'a CancellationToken,
    pub(super) mute: &'a AtomicBool,
    /// The next reply cuts the connection.
    pub(super) fuse: &'a AtomicBool,
}

/// The piece by which a slow line is measured: small, so that a line that gets well again is so at once.
const PIECE: usize = 1024;

/// One direction of one connection.
pub(super) struct Pump<'a> {
    direction: Direction,
    link: Link<'a>,
    weather: Weather,
    carried: u64,
    holding: bool,
    ended: bool,
    held: Vec<u8>,
    tail: Vec<u8>,
}

impl<'a> Pump<'a> {
    pub(super) fn new(direction: Direction, mut link: Link<'a>) -> Self {
        let weather = link.forecast.borrow_and_update().clone();
        Self {
            direction,
            link,
            weather,
            carried: 0,
            holding: false,
            ended: false,
            held: Vec::new(),
            tail: Vec::new(),
        }
    }

    /// Works until its end is closed and nothing is held any more.
    pub(super) async fn run(mut self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) {
        let mut buffer = vec![0; 64 * 1024];
        let mut open = true;
        while open || !self.held.is_empty() {
            tokio::select! {
                // A fault that was set before bytes were sent must meet them.
                biased;
                changed = self.link.forecast.changed() => {
                    if changed.is_err() { return; }
                    self.follow_weather(&mut to).await;
                }
                read = from.read(&mut buffer), if open => match read {
                    Ok(length @ 1..) => self.take(&buffer[..length], &mut to).await,
                    // A reset ends a direction as an orderly close does.
                    Ok(0) | Err(_) => open = false,
                },
            }
        }
        if !self.drops() {
            // The other side may have gone first.
            let _ = to.shutdown().await;
        }
    }

    async fn follow_weather(&mut self, to: &mut WriteHalf<'_>) {
        let cuts = self.weather.cuts;
        self.weather = self.link.forecast.borrow_and_update().clone();
        if self.weather.cuts > cuts {
            self.link.cut.cancel();
            return;
        }
        self.carried = 0;
        self.tail.clear();
        self.holding = false;
        if self.weather.fault == Fault::HalfClose(self.direction) {
            self.ended = true;
            // The other side may have gone first.
            let _ = to.shutdown().await;
        }
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            self.take(&held, to).await;
        }
    }

    async fn take(&mut self, bytes: &[u8], to: &mut WriteHalf<'_>) {
        self.look_for_trigger(bytes);
        if self.direction == Direction::ToClient && self.link.fuse.load(Ordering::SeqCst) {
            self.link.cut.cancel();
        }
        if self.link.cut.is_cancelled() {
            return;
        }
        if self.holding || self.is_request_under(&Fault::HoldRequests) {
            self.link.counts.held.fetch_add(bytes.len() as u64, Ordering::SeqCst);
            self.held.extend_from_slice(bytes);
        } else if self.drops() {
            self.link.counts.swallowed.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        } else {
            self.carry(bytes, to).await;
        }
    }

    async fn carry(&mut self, bytes: &[u8], to: &mut WriteHalf<'_>) {
        let room = match self.weather.fault {
            Fault::CutAfter(direction, limit) if direction == self.direction => limit - self.carried,
            _ => u64::MAX,
        };
        let length = usize::try_from(room).map_or(bytes.len(), |room| room.min(bytes.len()));
        let counter = match self.direction {
            Direction::ToServer => &self.link.counts.to_server,
            Direction::ToClient => &self.link.counts.to_client,
        };
        // Before the bytes are there: whoever has heard an answer finds it counted.
        counter.fetch_add(length as u64, Ordering::SeqCst);
        for piece in bytes[..length].chunks(self.piece()) {
            self.slow_down(piece.len()).await;
            // Nobody reads any more: go on all the same, so that the sender is not stopped by a full buffer.
            let _ = to.write_all(piece).await;
        }
        self.carried += length as u64;
        if length as u64 == room {
            self.link.cut.cancel();
        }
    }

    fn piece(&self) -> usize {
        if matches!(self.weather.fault, Fault::Throttle(_)) { PIECE } else { usize::MAX }
    }

    /// Waits as long as the weather makes these bytes take, and no longer than it lasts.
    async fn slow_down(&self, length: usize) {
        let time = match self.weather.fault {
            Fault::Latency(time) => time,
            Fault::Throttle(rate) => Duration::from_secs(length as u64) / rate,
            _ => return,
        };
        let mut forecast = self.link.forecast.clone();
        let _ = tokio::time::timeout(time, forecast.changed()).await;
    }

    fn is_request_under(&self, fault: &Fault) -> bool {
        self.direction == Direction::ToServer && self.weather.fault == *fault
    }

    fn drops(&self) -> bool {
        let reply = self.direction == Direction::ToClient;
        match self.weather.fault {
            Fault::BlackHole => true,
            Fault::SwallowReplies if reply => true,
            _ if self.ended => true,
            _ => reply && self.link.mute.load(Ordering::SeqCst),
        }
    }

    /// Looks for the text that makes a fault strike; it may lie across two reads.
    fn look_for_trigger(&mut self, bytes: &[u8]) {
        let (Fault::SwallowReplyTo(text)
        | Fault::HoldRequestWith(text)
        | Fault::CutBefore(text)
        | Fault::CutAfterRequest(text)) = self.weather.fault
        else {
            return;
        };
        if self.direction == Direction::ToClient {
            return;
        }
        self.tail.extend_from_slice(bytes);
        let found = self.tail.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text.as_bytes()));
        let keep_from = self.tail.len().saturating_sub(text.len() - 1);
        self.tail.drain(..keep_from);
        if found && !self.weather.struck.swap(true, Ordering::SeqCst) {
            match self.weather.fault {
                Fault::SwallowReplyTo(_) => self.link.mute.store(true, Ordering::SeqCst),
                Fault::CutBefore(_) => self.link.cut.cancel(),
                Fault::CutAfterRequest(_) => self.link.fuse.store(true, Ordering::SeqCst),
                _ => self.holding = true,
            }
        }
    }
}
