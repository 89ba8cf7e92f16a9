//! A bad network between the program and a server: a TCP proxy whose fault is switched while it runs.
//!
//! It listens on loopback and lives in a thread of its own, so a test that blocks does not stop the traffic.

mod pump;

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::pump::{Link, Pump};

/// What the network does at present, to open connections as well as to new ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Carries everything.
    None,
    /// Resets each new connection at once.
    Refuse,
    /// Accepts new connections and never says a word; nobody reaches the server.
    Silence,
    /// Carries requests, drops replies.
    SwallowReplies,
    /// Drops every reply after the first request that contains this text (upper and lower case alike), on that
    /// request's connection, for good. Other connections, and later ones, are well.
    SwallowReplyTo(&'static str),
    /// Carries this many bytes in one direction of each connection, then resets it on both sides.
    CutAfter(Direction, u64),
    /// Keeps back all requests. They are delivered when the fault changes, even if the client has gone by then.
    HoldRequests,
    /// Keeps back the first request that contains this text, and what follows it on its connection.
    HoldRequestWith(&'static str),
    /// Drops everything in both directions, the news of a closed connection included.
    BlackHole,
    /// Resets every connection that is open at this moment; later ones are well.
    CutNow,
    /// Resets the connection instead of delivering the first request that contains this text; others are well.
    CutBefore(&'static str),
    /// Delivers the first request that contains this text, and resets its connection when the server answers.
    CutAfterRequest(&'static str),
    /// Ends one direction of every open connection in good order and drops what else would go that way; the other
    /// direction goes on, and later connections are well.
    HalfClose(Direction),
    /// Delivers everything late by this much, each read by itself.
    Latency(Duration),
    /// Carries so many bytes a second in each direction of each connection.
    Throttle(u32),
}

/// The way of a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the program to the server.
    ToServer,
    /// From the server to the program.
    ToClient,
}

/// What passed through the proxy so far.
#[derive(Debug, Default)]
pub struct Counts {
    /// Connections accepted.
    pub connections: AtomicU64,
    /// Bytes delivered to the server.
    pub to_server: AtomicU64,
    /// Bytes delivered to the program.
    pub to_client: AtomicU64,
    /// Bytes of replies dropped: once it grows, the server has answered what the program waits for.
    pub swallowed: AtomicU64,
    /// Bytes of requests that were kept back at some time.
    pub held: AtomicU64,
    /// Connections cut.
    pub cuts: AtomicU64,
}

impl Counts {
    /// Reads a counter.
    pub fn of(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::SeqCst)
    }
}

/// A running proxy; dropping it resets all its connections.
pub struct ChaosProxy {
    port: u16,
    weather: watch::Sender<Weather>,
    counts: Arc<Counts>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// A fault since it was set; what strikes once remembers whether it has.
#[derive(Clone)]
struct Weather {
    fault: Fault,
    number: u64,
    /// How often everything was cut: whoever is slow to look must not miss it.
    cuts: u64,
    struck: Arc<AtomicBool>,
}

impl ChaosProxy {
    /// Listens on a free port and leads to `target_port` of this machine, without fault.
    pub fn start(target_port: u16) -> Self {
        let (weather, forecast) =
            watch::channel(Weather { fault: Fault::None, number: 0, cuts: 0, struck: Arc::default() });
        let (counts, stop) = (Arc::<Counts>::default(), CancellationToken::new());
        let (tell, listening) = mpsc::channel();
        let (counts_there, stop_there) = (Arc::clone(&counts), stop.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
                tell.send(listener.local_addr().unwrap().port()).unwrap();
                let accept = accept(listener, target_port, forecast, counts_there);
                stop_there.run_until_cancelled(accept).await;
            });
        });
        Self { port: listening.recv().unwrap(), weather, counts, stop, thread: Some(thread) }
    }

    /// Gives the port on which the program is to look for the server.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Switches the fault, from now on; what was held is delivered unless the new fault holds it too.
    pub fn set(&self, fault: Fault) {
        self.weather.send_modify(|weather| {
            let cuts = weather.cuts + u64::from(fault == Fault::CutNow);
            *weather = Weather { fault, number: weather.number + 1, cuts, struck: Arc::default() };
        });
    }

    /// Gives the counters.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
}

impl Drop for ChaosProxy {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(
    listener: TcpListener,
    target_port: u16,
    forecast: watch::Receiver<Weather>,
    counts: Arc<Counts>,
) {
    let connections = TaskTracker::new();
    let mut silent = Vec::new();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        counts.connections.fetch_add(1, Ordering::SeqCst);
        let fault = forecast.borrow().fault.clone();
        match fault {
            Fault::Refuse => reset(&client),
            Fault::Silence | Fault::BlackHole => silent.push(client),
            _ => {
                let (forecast, counts) = (forecast.clone(), Arc::clone(&counts));
                connections.spawn(async move {
                    match TcpStream::connect((Ipv4Addr::LOCALHOST, target_port)).await {
                        Ok(server) => connect(client, server, forecast, counts).await,
                        Err(_) => reset(&client),
                    }
                });
            }
        }
    }
}

/// Makes the coming close of the socket a reset instead of an orderly end.
fn reset(socket: &TcpStream) {
    socket.set_zero_linger().unwrap();
}

async fn connect(
    mut client: TcpStream,
    mut server: TcpStream,
    forecast: watch::Receiver<Weather>,
    counts: Arc<Counts>,
) {
    let (cut, mute, fuse) = (CancellationToken::new(), AtomicBool::new(false), AtomicBool::new(false));
    let link = Link { forecast, counts: &counts, cut: &cut, mute: &mute, fuse: &fuse };
    let (client_read, client_write) = client.split();
    let (server_read, server_write) = server.split();
    let requests = Pump::new(Direction::ToServer, link.clone()).run(client_read, server_write);
    let replies = Pump::new(Direction::ToClient, link.clone()).run(server_read, client_write);
    cut.run_until_cancelled(async { tokio::join!(requests, replies) }).await;
    if cut.is_cancelled() {
        counts.cuts.fetch_add(1, Ordering::SeqCst);
        reset(&client);
        reset(&server);
    }
}
