//! Stopping on the token that signals cancel.

use std::time::Duration;

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
