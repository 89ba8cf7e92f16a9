//! What holds at every address: bodies, ids, methods, headers, browsers.

use reqwest::{Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::site::{Answer, Site};

#[tokio::test]
async fn malformed_json_is_refused() {
    let site = Site::new().await;
    for body in ["", "{", "{\"name\": }", "{'name': 'x'}", "{\"name\": \"x\"} x", "{\"amount\": 01}"] {
        for (method, path) in [
            (Method::POST, "/users"),
            (Method::PUT, "/users/1"),
            (Method::POST, "/orders"),
            (Method::PUT, "/orders/1"),
        ] {
            site.refuses(method, path, body, 400, "").await;
        }
    }
    site.refuses(Method::POST, "/sync/retry", "{", 400, "").await;
}

#[tokio::test]
async fn a_body_that_is_no_utf8_or_not_declared_as_json_is_refused() {
    let site = Site::new().await;
    let before = site.contents().await;
    let garbled = site.request(Method::POST, "/users").header("content-type", "application/json");
    let answer =
        Answer::of(garbled.body(b"{\"name\": \"\xff\", \"email\": \"x@y\"}".to_vec()).send().await.unwrap())
            .await;
    assert_eq!(answer.status, 400);
    answer.assert_problem();
    for declared in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        let mut request =
            site.request(Method::POST, "/users").body(r#"{"name": "x", "email": "x@shop.example"}"#);
        if let Some(declared) = declared {
            request = request.header("content-type", declared);
        }
        let answer = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(answer.status, 415, "{declared:?}");
        answer.assert_problem();
    }
    assert_eq!(site.contents().await, before);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_one_at_the_limit_is_read() {
    let site = Site::new().await;
    let limit = 64 * 1024;
    for size in [limit + 1, 300 * 1024, 3 * 1024 * 1024] {
        site.refuses(Method::POST, "/users", &" ".repeat(size), 413, "").await;
        site.refuses(Method::POST, "/sync/retry", &" ".repeat(size), 413, "").await;
    }
    let user = r#"{"name": "x", "email": "x@shop.example"}"#;
    let body = format!("{user}{}", " ".repeat(limit - user.len()));
    site.send(Method::POST, "/users", body).await.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn a_client_that_sends_all_before_it_listens_sees_the_refusal() {
    let site = Site::new().await;
    let address = site.url("").trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let bytes = 3 * 1024 * 1024;
    let head = format!(
        "POST /users HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {bytes}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..bytes / 4096 {
        stream.write_all(&[b' '; 4096]).await.unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn an_id_that_is_no_number_is_refused() {
    let site = Site::new().await;
    for id in ["x", "-1", "+1", "1.0", "1e0", "18446744073709551616", "%FF", "1%20", "0x1"] {
        for path in [format!("/users/{id}"), format!("/orders/{id}")] {
            site.refuses(Method::GET, &path, "", 400, "id").await;
            site.refuses(Method::PUT, &path, r#"{"name": "x"}"#, 400, "id").await;
            site.refuses(Method::DELETE, &path, "", 400, "id").await;
        }
    }
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems_too() {
    let site = Site::new().await;
    for path in ["/nowhere", "/users/1/orders", "/users/", "/docs/nowhere.js", "/sync"] {
        site.refuses(Method::GET, path, "", 404, "").await;
    }
    for (method, path, allowed) in [
        (Method::PATCH, "/users/1", ["GET", "PUT", "DELETE"].as_slice()),
        (Method::DELETE, "/users", &["GET", "POST"]),
        (Method::GET, "/sync/run", &["POST"]),
        (Method::POST, "/sync/status", &["GET"]),
        (Method::POST, "/", &["GET"]),
    ] {
        let answer = site.send(method.clone(), path, "").await;
        assert_eq!(answer.status, 405, "{method} {path}");
        answer.assert_problem();
        for known in allowed {
            assert!(answer.header("allow").contains(known), "{method} {path}: {}", answer.header("allow"));
        }
    }
}

#[tokio::test]
async fn every_answer_carries_an_id_and_the_headers_for_browsers() {
    let site = Site::new().await;
    for path in ["/", "/users", "/nowhere", "/docs/"] {
        let answer = site.get(path).await;
        assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe-eval"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("script-src 'self' 'unsafe-inline'"), "{path}: {policy}");
    }
    let kept =
        site.request(Method::GET, "/healthz").header("x-request-id", "from-proxy-1").send().await.unwrap();
    assert_eq!(kept.headers()["x-request-id"], "from-proxy-1");
}

#[tokio::test]
async fn a_page_of_another_site_can_change_nothing() {
    let site = Site::new().await;
    for path in ["/sync/run", "/sync/retry"] {
        for (name, value) in [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")] {
            let answer =
                Answer::of(site.request(Method::POST, path).header(name, value).send().await.unwrap()).await;
            assert_eq!(answer.status, 403, "{path} {name}");
            answer.assert_problem();
        }
    }
    let own = site.request(Method::POST, "/sync/retry").header("origin", site.url("")).send().await.unwrap();
    assert_eq!(own.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_first_page_leads_on_and_loads_only_what_is_served_here() {
    let site = Site::new().await;
    let page = site.get("/").await;
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text.contains("href=\"/docs/\"") && page.text.contains("href=\"/sync/status\""));
    let targets = page.text.split([' ', '>']).filter_map(|word| {
        word.strip_prefix("src=\"").or_else(|| word.strip_prefix("href=\""))?.strip_suffix('"')
    });
    let targets: Vec<&str> = targets.filter(|target| !target.starts_with('#')).collect();
    assert!(targets.len() > 5, "{targets:?}");
    for target in targets {
        assert!(target.starts_with('/') && !target.starts_with("//"), "{target}");
        assert_eq!(site.get(target).await.status, 200, "{target}");
    }
}
