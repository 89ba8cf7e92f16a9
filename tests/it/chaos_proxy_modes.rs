//! Each fault of the proxy does to a real connection what it says.

use std::io::ErrorKind;
use std::sync::mpsc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::support::chaos_proxy::Counts;
use crate::support::{ChaosProxy, Direction, Fault, wait_for};

/// How long silence must last to count as silence; the tests get no slower answer from a healthy proxy.
const SILENCE: Duration = Duration::from_millis(200);

/// A server that answers each read with the same bytes, and reports what it read.
struct Echo {
    proxy: ChaosProxy,
    heard: mpsc::Receiver<Vec<u8>>,
    _tasks: tokio::task::JoinSet<()>,
}

impl Echo {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = ChaosProxy::start(listener.local_addr().unwrap().port());
        let (report, heard) = mpsc::channel();
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut socket, _)) = listener.accept().await {
                let report = report.clone();
                connections.spawn(async move {
                    let mut buffer = [0; 1024];
                    while let Ok(length @ 1..) = socket.read(&mut buffer).await {
                        report.send(buffer[..length].to_vec()).unwrap();
                        let _ = socket.write_all(&buffer[..length]).await;
                    }
                });
            }
        });
        Self { proxy, heard, _tasks: tasks }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.proxy.port())).await.unwrap()
    }

    async fn hears(&self, expected: &str) {
        let mut so_far = Vec::new();
        wait_for(&format!("the server hears {expected}"), async || {
            so_far.extend(self.heard.try_iter().flatten());
            so_far == expected.as_bytes()
        })
        .await;
    }
}

async fn say(socket: &mut TcpStream, text: &str) {
    socket.write_all(text.as_bytes()).await.unwrap();
}

async fn hear(socket: &mut TcpStream, expected: &str) {
    let mut buffer = vec![0; expected.len()];
    timeout(Duration::from_secs(10), socket.read_exact(&mut buffer)).await.expect("an answer").unwrap();
    assert_eq!(String::from_utf8(buffer).unwrap(), expected);
}

async fn hear_nothing(socket: &mut TcpStream) {
    let heard = timeout(SILENCE, socket.read(&mut [0; 64])).await;
    assert!(heard.is_err(), "silence expected, got {heard:?}");
}

#[tokio::test]
async fn without_a_fault_everything_is_carried_and_counted() {
    let echo = Echo::start().await;
    let mut socket = echo.connect().await;
    say(&mut socket, "hello").await;
    hear(&mut socket, "hello").await;
    let counts = echo.proxy.counts();
    assert_eq!((Counts::of(&counts.connections), Counts::of(&counts.to_server)), (1, 5));
    assert_eq!(Counts::of(&counts.to_client), 5);
}

#[tokio::test]
async fn refusing_resets_new_connections_only() {
    let echo = Echo::start().await;
    let mut old = echo.connect().await;
    say(&mut old, "a").await;
    hear(&mut old, "a").await;
    echo.proxy.set(Fault::Refuse);
    // The reset may come before or after the connection is told to be there.
    let reset = async { TcpStream::connect(("127.0.0.1", echo.proxy.port())).await?.read(&mut [0; 1]).await };
    let error = reset.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    say(&mut old, "b").await;
    hear(&mut old, "b").await;
}

#[tokio::test]
async fn silence_accepts_and_says_nothing() {
    let echo = Echo::start().await;
    echo.proxy.set(Fault::Silence);
    let mut socket = echo.connect().await;
    say(&mut socket, "anyone?").await;
    hear_nothing(&mut socket).await;
    assert!(echo.heard.try_recv().is_err(), "the server hears nothing");
}

#[tokio::test]
async fn swallowed_replies_leave_requests_alone() {
    let echo = Echo::start().await;
    let mut socket = echo.connect().await;
    say(&mut socket, "a").await;
    hear(&mut socket, "a").await;
    echo.proxy.set(Fault::SwallowReplies);
    say(&mut socket, "b").await;
    hear_nothing(&mut socket).await;
    echo.hears("ab").await;
    assert_eq!(Counts::of(&echo.proxy.counts().swallowed), 1);
}

#[tokio::test]
async fn the_reply_to_one_request_is_swallowed_once() {
    let echo = Echo::start().await;
    echo.proxy.set(Fault::SwallowReplyTo("commit"));
    let (mut first, mut second) = (echo.connect().await, echo.connect().await);
    say(&mut first, "begin").await;
    hear(&mut first, "begin").await;
    // The text may be torn apart on its way.
    say(&mut first, "; COM").await;
    hear(&mut first, "; COM").await;
    say(&mut first, "MIT;").await;
    hear_nothing(&mut first).await;
    wait_for("the server has answered", async || Counts::of(&echo.proxy.counts().swallowed) == 4).await;
    say(&mut second, "commit").await;
    hear(&mut second, "commit").await;
    echo.hears("begin; COMMIT;commit").await;
}

#[tokio::test]
async fn a_connection_is_cut_after_exactly_so_many_bytes() {
    let echo = Echo::start().await;
    echo.proxy.set(Fault::CutAfter(Direction::ToServer, 3));
    let mut socket = echo.connect().await;
    say(&mut socket, "ab").await;
    hear(&mut socket, "ab").await;
    say(&mut socket, "cdef").await;
    let mut rest = Vec::new();
    let error = socket.read_to_end(&mut rest).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    echo.hears("abc").await;

    echo.proxy.set(Fault::CutAfter(Direction::ToClient, 2));
    let mut socket = echo.connect().await;
    say(&mut socket, "xyz").await;
    let error = socket.read_exact(&mut [0; 3]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    wait_for("both are counted", async || Counts::of(&echo.proxy.counts().cuts) == 2).await;
}

#[tokio::test]
async fn held_requests_arrive_when_released_though_the_client_has_gone() {
    let echo = Echo::start().await;
    echo.proxy.set(Fault::HoldRequests);
    let mut socket = echo.connect().await;
    say(&mut socket, "late").await;
    hear_nothing(&mut socket).await;
    drop(socket);
    assert!(echo.heard.try_recv().is_err(), "nothing arrives while it is held");
    echo.proxy.set(Fault::None);
    echo.hears("late").await;
}

#[tokio::test]
async fn one_request_is_held_while_others_pass() {
    let echo = Echo::start().await;
    echo.proxy.set(Fault::HoldRequestWith("commit"));
    let (mut first, mut second) = (echo.connect().await, echo.connect().await);
    say(&mut first, "begin").await;
    hear(&mut first, "begin").await;
    say(&mut first, "commit").await;
    wait_for("the request is held", async || Counts::of(&echo.proxy.counts().held) == 6).await;
    say(&mut second, "commit 2").await;
    hear(&mut second, "commit 2").await;
    echo.proxy.set(Fault::None);
    hear(&mut first, "commit").await;
}

#[tokio::test]
async fn a_black_hole_swallows_even_the_news_of_a_closed_connection() {
    let echo = Echo::start().await;
    let mut socket = echo.connect().await;
    say(&mut socket, "a").await;
    hear(&mut socket, "a").await;
    echo.proxy.set(Fault::BlackHole);
    say(&mut socket, "b").await;
    hear_nothing(&mut socket).await;
    echo.hears("a").await;
    wait_for("the request is dropped", async || Counts::of(&echo.proxy.counts().swallowed) == 1).await;
}

#[tokio::test]
async fn a_dropped_proxy_cuts_its_connections() {
    let Echo { proxy, heard: _heard, _tasks: tasks } = Echo::start().await;
    let mut socket = TcpStream::connect(("127.0.0.1", proxy.port())).await.unwrap();
    say(&mut socket, "a").await;
    hear(&mut socket, "a").await;
    drop(proxy);
    let ended = socket.read(&mut [0; 1]).await;
    assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
    drop(tasks);
}

async fn is_reset(socket: &mut TcpStream) {
    let error = socket.read_exact(&mut [0; 64]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn what_is_open_is_cut_and_what_comes_later_is_well() {
    let echo = Echo::start().await;
    let mut idle = echo.connect().await;
    say(&mut idle, "a").await;
    hear(&mut idle, "a").await;
    echo.proxy.set(Fault::CutNow);
    // Good weather at once undoes no cut.
    echo.proxy.set(Fault::None);
    is_reset(&mut idle).await;
    let mut later = echo.connect().await;
    say(&mut later, "b").await;
    hear(&mut later, "b").await;
}

#[tokio::test]
async fn one_request_is_cut_off_before_it_or_after_it() {
    let echo = Echo::start().await;
    echo.proxy.set(Fault::CutBefore("commit"));
    let (mut first, mut second) = (echo.connect().await, echo.connect().await);
    say(&mut first, "commit").await;
    is_reset(&mut first).await;
    say(&mut second, "commit").await;
    hear(&mut second, "commit").await;
    echo.hears("commit").await;
    echo.proxy.set(Fault::CutAfterRequest("commit"));
    say(&mut second, "begin").await;
    hear(&mut second, "begin").await;
    say(&mut second, "commit").await;
    is_reset(&mut second).await;
    echo.hears("begincommit").await;
}

#[tokio::test]
async fn one_direction_ends_and_the_other_goes_on() {
    let echo = Echo::start().await;
    let mut socket = echo.connect().await;
    say(&mut socket, "a").await;
    hear(&mut socket, "a").await;
    echo.proxy.set(Fault::HalfClose(Direction::ToClient));
    assert_eq!(socket.read(&mut [0; 1]).await.unwrap(), 0, "the end arrives in good order");
    say(&mut socket, "b").await;
    echo.hears("ab").await;
    let mut later = echo.connect().await;
    say(&mut later, "c").await;
    hear(&mut later, "c").await;
}

#[tokio::test]
async fn a_slow_line_delivers_late_and_at_once_when_it_is_well_again() {
    let echo = Echo::start().await;
    let mut socket = echo.connect().await;
    for slow in [Fault::Latency(Duration::from_hours(1)), Fault::Throttle(1)] {
        echo.proxy.set(slow);
        say(&mut socket, "late").await;
        hear_nothing(&mut socket).await;
        assert!(echo.heard.try_recv().is_err(), "it is still on its way");
        echo.proxy.set(Fault::None);
        hear(&mut socket, "late").await;
        echo.hears("late").await;
    }
    echo.proxy.set(Fault::Throttle(1_000_000));
    say(&mut socket, "soon").await;
    hear(&mut socket, "soon").await;
}
