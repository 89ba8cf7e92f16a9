//! What is answered while DB_A is away or not installed.

use std::time::Duration;

use reqwest::Method;

use super::site::Site;
use crate::support::{OwnServer, Pair, Place, servers::shared};

#[tokio::test]
async fn without_tables_every_address_says_what_to_do() {
    let site = Site::without_tables(&[]).await;
    for path in ["/users", "/orders/1", "/sync/status", "/sync/runs", "/metrics"] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 503, "{path}");
        answer.assert_problem();
        assert!(answer.json["detail"].as_str().unwrap().contains("backhaul install"), "{answer:?}");
    }
}

#[tokio::test]
async fn while_db_a_is_away_answers_are_quick_and_it_is_used_again_once_back() {
    let mut server = OwnServer::start(Place::Local);
    let pair = Pair::on(&server, &shared().central).await;
    let site = Site::on(pair, &[]).await;
    site.load_tables().await;
    assert_eq!(site.get("/users").await.status, 200);
    server.stop();
    let user = r#"{"name": "x", "email": "x@shop.example"}"#;
    for (method, path) in [
        (Method::GET, "/users"),
        (Method::POST, "/users"),
        (Method::GET, "/sync/status"),
        (Method::GET, "/readyz"),
    ] {
        let asked = tokio::time::timeout(Duration::from_secs(20), site.send(method, path, user));
        let answer = asked.await.unwrap();
        assert_eq!(answer.status, 503, "{path} {answer:?}");
        answer.assert_problem();
        assert_eq!(answer.header("retry-after"), "5");
        assert!(!answer.text.contains("127.0.0.1") && !answer.text.contains("test"), "{answer:?}");
    }
    assert_eq!(site.get("/healthz").await.status, 200);
    server.start_again().unwrap();
    assert_eq!(site.send(Method::POST, "/users", user).await.status, 201);
}
