//! Stopping on the token that signals cancel.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use super::site::Site;

#[tokio::test]
async fn it_stops_at_once_when_idle_though_connections_are_open() {
    let mut site = Site::new().await;
    assert_eq!(site.get("/users").await.status, 200);
    let silent = tokio::net::TcpStream::connect(site.url("").trim_start_matches("http://")).await.unwrap();
    site.stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), site.end()).await.unwrap().unwrap();
    drop(silent);
    let refused = site.request(reqwest::Method::GET, "/healthz").send().await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn a_head_that_is_not_whole_does_not_hold_it_up() {
    let mut site = Site::new().await;
    let address = site.url("").trim_start_matches("http://").to_owned();
    let mut unfinished = tokio::net::TcpStream::connect(address).await.unwrap();
    unfinished.write_all(b"GET /users HTTP/1.1\r\nhost: local").await.unwrap();
    assert_eq!(site.get("/healthz").await.status, 200);
    site.stop.cancel();
    // Whoever waits for such a head leaves after nine seconds, and warns of work that was left undone.
    tokio::time::timeout(Duration::from_secs(7), site.end()).await.unwrap().unwrap();
    drop(unfinished);
}

#[tokio::test]
async fn a_client_that_never_finishes_its_request_does_not_hold_it_up() {
    let mut site = Site::new().await;
    let address = site.url("").trim_start_matches("http://").to_owned();
    let mut unfinished = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = "POST /users HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    unfinished.write_all(head.as_bytes()).await.unwrap();
    // The service reads the head before it answers a later request.
    assert_eq!(site.get("/healthz").await.status, 200);
    site.stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), site.end()).await.unwrap().unwrap();
}
