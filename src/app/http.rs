//! Speaks HTTP with whoever connects, and puts up with nobody who is slow, silent, or one too many.
//!
//! What is bounded here comes before any request is understood; the bounds of requests themselves stand with the routes.

use std::io::{self, ErrorKind};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::utils::pulse::Pulse;

/// How long a client may take for the head of a request, from the moment it may send one: a connection that is open and
/// silent is closed after this time, too. Ten times more, and whoever opens many holds them ten times as long.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Most bytes of a request's head; proxies and browsers send a few.
const HEAD_LIMIT: usize = 32 * 1024;

/// How long the other side may leave what was sent to it unconfirmed, or its window closed, before the system drops the
/// connection, in milliseconds: as long as a request may take.
#[cfg(target_os = "linux")]
const UNREAD_TIMEOUT_MS: u32 = 30_000;

/// Most connections at once; whoever comes then waits until one is closed. A process may usually have a thousand open files.
const MOST_CLIENTS: usize = 512;

/// How long a request may still arrive once the program stops: its head is on its way, or never will be whole.
const LAST_HEAD: Duration = Duration::from_secs(1);

/// The longest wait between two signs of life.
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// How long to wait when the system has no connection to give, for want of open files or memory.
const PAUSE: Duration = Duration::from_secs(1);

/// Answers whoever connects to `listener` until `stop` is cancelled, and then until the requests under way are answered;
/// shows a sign of life at each turn.
pub async fn serve(listener: TcpListener, app: Router, pulse: Pulse, stop: CancellationToken) {
    serve_at_most(MOST_CLIENTS, listener, app, pulse, stop).await;
}

async fn serve_at_most(
    most: usize,
    listener: TcpListener,
    app: Router,
    pulse: Pulse,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(most));
    let open = TaskTracker::new();
    while !stop.is_cancelled() {
        pulse.next_within(LONGEST_WAIT);
        tokio::select! {
            (client, place) = next(&listener, &places) => {
                open.spawn(converse(client, place, app.clone(), stop.clone()));
            }
            () = tokio::time::sleep(LONGEST_WAIT) => {}
            () = stop.cancelled() => {}
        }
    }
    drop(listener);
    open.close();
    open.wait().await;
}

/// Waits for a free place, and for the next who connects.
async fn next(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed, so there always is a place in the end.
    let place = places.clone().acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((client, _)) => return (client, place),
            Err(error) if is_the_client_s(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot take a connection of a client; it is tried again");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Tells whether a connection failed for its own sake: it was closed before anyone could take it.
fn is_the_client_s(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

/// Answers the requests of one connection, one after the other.
async fn converse(
    client: TcpStream,
    _place: Option<OwnedSemaphorePermit>,
    app: Router,
    stop: CancellationToken,
) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(&client, UNREAD_TIMEOUT_MS) {
        tracing::debug!(%error, "a client may leave its answers unread for as long as it likes");
    }
    let (under_way, app) = (TaskTracker::new(), TowerToHyperService::new(app));
    let requests = under_way.clone();
    let service = service_fn(move |request| requests.track_future(app.call(request)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_header_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(client), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = nothing_comes(&under_way) => return,
            }
        }
    };
    if let Err(error) = ended {
        // Clients go away as they like, or speak something else; the log of whoever runs the program is not the place.
        tracing::debug!(%error, "a connection ended before its time");
    }
}

/// Returns once no request was under way for as long as one that has begun to arrive may still take.
async fn nothing_comes(under_way: &TaskTracker) {
    loop {
        let was_idle = under_way.is_empty();
        tokio::time::sleep(LAST_HEAD).await;
        if was_idle && under_way.is_empty() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::JoinSet;

    use super::*;
    use crate::utils::clock;
    use crate::utils::pulse::MARGIN;

    #[tokio::test]
    async fn whoever_is_one_too_many_waits_for_a_place() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let app = Router::new().route("/", axum::routing::get(async || "here"));
        let mut serving = JoinSet::new();
        let pulse = Pulse::default();
        serving.spawn(serve_at_most(2, listener, app, pulse.clone(), stop.clone()));
        let ask = async || {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
            let mut answer = [0; 15];
            let read = client.read_exact(&mut answer);
            let is_answered = tokio::time::timeout(Duration::from_millis(300), read).await.is_ok();
            (client, is_answered)
        };
        let (first, is_answered) = ask().await;
        assert!(is_answered);
        let (_second, is_answered) = ask().await;
        assert!(is_answered);
        let (mut third, is_answered) = ask().await;
        assert!(!is_answered);
        let now = clock::monotonic();
        assert!(
            !pulse.is_overdue(now + LONGEST_WAIT) && pulse.is_overdue(now + 2 * MARGIN),
            "it owes a sign"
        );
        drop(first);
        assert!(third.read_exact(&mut [0; 15]).await.is_ok(), "a place was free");
        stop.cancel();
        serving.join_next().await.unwrap().unwrap();
    }
}
