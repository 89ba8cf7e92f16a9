//! `API_TOKEN`.

use reqwest::Method;

use super::site::{Answer, Site, settings};
use crate::support::Pair;

#[tokio::test]
async fn with_a_token_set_only_health_and_the_kinds_of_problems_are_open() {
    let site = Site::without_tables(&[("API_TOKEN", "s3cret")]).await;
    site.load_tables().await;
    for path in ["/", "/users", "/sync/status", "/openapi.json", "/docs/", "/nowhere", "/users/x"] {
        for token in [None, Some("Bearer wrong"), Some("Bearer "), Some("Basic s3cret")] {
            let mut request = site.request(Method::GET, path);
            if let Some(token) = token {
                request = request.header("authorization", token);
            }
            let answer = Answer::of(request.send().await.unwrap()).await;
            assert_eq!(answer.status, 401, "{path} {token:?}");
            answer.assert_problem();
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{answer:?}");
        }
    }
    for (method, path) in [(Method::POST, "/users"), (Method::PATCH, "/users"), (Method::POST, "/sync/run")] {
        site.refuses(method, path, "{}", 401, "").await;
    }
    for path in ["/healthz", "/readyz", "/problems", "/problems/unauthorized"] {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
    let known = site.request(Method::GET, "/users").bearer_auth("s3cret").send().await.unwrap();
    assert_eq!(known.status(), 200);
}

#[tokio::test]
async fn without_a_token_it_does_not_listen_to_the_network() {
    let pair = Pair::new().await;
    for host in ["0.0.0.0", "::"] {
        let error = backhaul::app::listen(&settings(&pair, &[("HOST", host)])).await.unwrap_err().to_string();
        assert!(error.contains("API_TOKEN=") && error.contains("HOST=127.0.0.1"), "{error}");
    }
    backhaul::app::listen(&settings(&pair, &[("HOST", "localhost")])).await.unwrap();
    let short = settings(&pair, &[("HOST", "0.0.0.0"), ("API_TOKEN", "fifteen-letters")]);
    let error = backhaul::app::listen(&short).await.unwrap_err().to_string();
    assert!(error.contains("API_TOKEN is short") && error.contains("16 characters"), "{error}");
    assert!(!error.contains("fifteen") && !error.contains('\n'), "{error}");
    let protected = settings(&pair, &[("HOST", "0.0.0.0"), ("API_TOKEN", "sixteen--letters")]);
    backhaul::app::listen(&protected).await.unwrap();
}

#[tokio::test]
async fn a_taken_port_is_said_with_its_remedy() {
    let pair = Pair::new().await;
    let first = backhaul::app::listen(&settings(&pair, &[])).await.unwrap();
    let port = first.local_addr().unwrap().port().to_string();
    let error = backhaul::app::listen(&settings(&pair, &[("PORT", &port)])).await.unwrap_err().to_string();
    assert_eq!(
        error,
        format!("cannot listen on 127.0.0.1:{port}: another program does; set PORT= to a free port")
    );
}
