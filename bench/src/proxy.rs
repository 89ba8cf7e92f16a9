//! A link of our own between two programs on this machine: as slow and as far as it is told to be.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use backhaul::utils::clock::monotonic;

/// The most that is on its way at once in one piece: small, so that the bits leave evenly.
const PIECE: usize = 4 * 1024;

/// Pieces that may be on their way in one direction of one connection: 1 MB, more than any of our links holds.
const PIECES_UNDER_WAY: usize = 256;

/// How far and how narrow a link is.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// The time a bit travels from one end to the other.
    pub one_way: Duration,
    /// Bits per second, in each direction.
    pub bits_per_second: u64,
}

/// One direction of the link, which all connections share.
struct Lane {
    link: Link,
    free_at: Mutex<Instant>,
    bytes: AtomicU64,
}

impl Lane {
    fn new(link: Link) -> Arc<Self> {
        Arc::new(Self { link, free_at: Mutex::new(monotonic()), bytes: AtomicU64::new(0) })
    }

    /// Takes the lane for so many bytes, and tells when the last of them has left.
    fn take(&self, bytes: usize) -> Instant {
        self.bytes.fetch_add(bytes as u64, Ordering::SeqCst);
        let nanoseconds = bytes as u64 * 8 * 1_000_000_000 / self.link.bits_per_second;
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        *free_at = (*free_at).max(monotonic()) + Duration::from_nanos(nanoseconds);
        *free_at
    }
}

/// A port through which one reaches another port over the link.
pub struct Proxy {
    port: u16,
    there: Arc<Lane>,
    back: Arc<Lane>,
    closed: Arc<AtomicBool>,
}

impl Proxy {
    /// Opens the way to `target`, a port of this machine.
    pub fn open(target: u16, link: Link) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("no port for a proxy")?;
        let port = listener.local_addr()?.port();
        let (there, back, closed) = (Lane::new(link), Lane::new(link), Arc::new(AtomicBool::new(false)));
        let (out, home, end) = (Arc::clone(&there), Arc::clone(&back), Arc::clone(&closed));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(server) = TcpStream::connect(("127.0.0.1", target)) {
                    join(&client, &server, &out);
                    join(&server, &client, &home);
                }
            }
        });
        Ok(Self { port, there, back, closed })
    }

    /// Gives the near port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Tells how many bytes have gone there, and how many have come back.
    pub fn bytes(&self) -> (u64, u64) {
        (self.there.bytes.load(Ordering::SeqCst), self.back.bytes.load(Ordering::SeqCst))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        // Wakes the listener, which then ends; if that fails it ends with this process.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Carries one direction of a connection in two threads: one lets the bits leave, the other lets them arrive.
fn join(from: &TcpStream, to: &TcpStream, lane: &Arc<Lane>) {
    let (Ok(mut from), Ok(mut to)) = (from.try_clone(), to.try_clone()) else { return };
    // It only costs a little speed where it fails.
    let _ = to.set_nodelay(true);
    let lane = Arc::clone(lane);
    let one_way = lane.link.one_way;
    let (leave, arrive) = sync_channel::<(Instant, Vec<u8>)>(PIECES_UNDER_WAY);
    thread::spawn(move || {
        let mut piece = vec![0; PIECE];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            let left_at = lane.take(length);
            thread::sleep(left_at.saturating_duration_since(monotonic()));
            if leave.send((left_at + one_way, piece[..length].to_vec())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (at, piece) in arrive {
            thread::sleep(at.saturating_duration_since(monotonic()));
            if to.write_all(&piece).is_err() {
                break;
            }
        }
        // The other end may have gone first.
        let _ = to.shutdown(Shutdown::Write);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_need_the_time_of_the_link_and_arrive_whole() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let target = listener.local_addr().unwrap().port();
        let echo = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut all = Vec::new();
            stream.read_to_end(&mut all).unwrap();
            stream.write_all(&all).unwrap();
        });
        let link = Link { one_way: Duration::from_millis(30), bits_per_second: 1_600_000 };
        let proxy = Proxy::open(target, link).unwrap();
        let sent: Vec<u8> = (0..20_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let started = monotonic();
        let mut stream = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
        stream.write_all(&sent).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
        let took = started.elapsed();
        echo.join().unwrap();
        assert_eq!(received, sent);
        assert_eq!(proxy.bytes(), (20_000, 20_000));
        // 20,000 bytes take 100 ms each way, and the way is 30 ms long.
        assert!((Duration::from_millis(255)..Duration::from_secs(10)).contains(&took), "{took:?}");
    }
}
