//! Clients that are slow, silent, or say too much hold nothing up for long.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::site::Site;

/// When a connection that is closed after ten seconds is closed on a busy machine, too.
const LATEST: Duration = Duration::from_secs(30);

/// The same for a request that may take thirty seconds.
const LATEST_ANSWER: Duration = Duration::from_secs(55);

fn host(site: &Site) -> String {
    site.url("").trim_start_matches("http://").to_owned()
}

#[expect(clippy::disallowed_methods, reason = "the tests have a clock of their own")]
fn now() -> Instant {
    Instant::now()
}

/// Sends `first` at once and `then` a byte every quarter of a second, and gives what was answered until the connection was
/// closed, and how long that took.
async fn until_closed(site: &Site, first: &str, then: &str) -> (String, Duration) {
    let started = now();
    let (mut answers, mut requests) = TcpStream::connect(host(site)).await.unwrap().into_split();
    requests.write_all(first.as_bytes()).await.unwrap();
    let dribble = async {
        for byte in then.as_bytes().chunks(1).cycle() {
            if requests.write_all(byte).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut text = Vec::new();
    let read = async {
        let mut part = [0; 1024];
        while let Ok(1..) = answers.read(&mut part).await.inspect(|&length| text.extend(&part[..length])) {}
    };
    let ended = timeout(LATEST_ANSWER, async {
        tokio::select! { () = dribble => {}, () = read => {} }
    })
    .await;
    assert!(ended.is_ok(), "still open after {LATEST_ANSWER:?}: {first:?}");
    (String::from_utf8_lossy(&text).into_owned(), started.elapsed())
}

#[tokio::test]
async fn who_sends_nothing_or_a_byte_at_a_time_is_sent_away() {
    let site = Site::new().await;
    let host = host(&site);
    let asked = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n");
    let whole = format!("{asked}\r\n");
    let body = format!(
        "POST /users HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
    );
    let (silent, slow, idle, slow_body, others) = tokio::join!(
        until_closed(&site, "", ""),
        until_closed(&site, &asked, "X-Slow: very\r\n"),
        until_closed(&site, &whole, ""),
        until_closed(&site, &body, " "),
        site.get("/healthz"),
    );
    assert_eq!(others.status, 200, "whoever else asks is answered meanwhile");
    assert!(silent.1 < LATEST && silent.0.is_empty(), "{silent:?}");
    assert!(slow.1 < LATEST && !slow.0.contains("200 OK"), "{slow:?}");
    assert!(idle.1 < LATEST && idle.0.starts_with("HTTP/1.1 200 OK"), "{idle:?}");
    assert!(slow_body.0.starts_with("HTTP/1.1 408 "), "{slow_body:?}");
    assert!(slow_body.0.contains("/problems/slow-body"), "{slow_body:?}");
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let site = Site::new().await;
    let ask = async |length: usize| {
        let (host, value) = (host(&site), "x".repeat(length));
        let request =
            format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nX: {value}\r\n\r\n");
        until_closed(&site, &request, "").await.0
    };
    assert!(ask(30 * 1024).await.starts_with("HTTP/1.1 200 OK"));
    let refused = ask(33 * 1024).await;
    assert!(refused.starts_with("HTTP/1.1 431 "), "{refused}");
}
