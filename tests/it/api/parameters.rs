//! What nobody asked for is refused at every address: parameters where there are none, and bodies.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::site::{Answer, Site};

#[tokio::test]
async fn a_parameter_that_an_operation_does_not_know_is_refused_and_nothing_is_done() {
    let site = Site::new().await;
    let api = site.get("/openapi.json").await.expect(StatusCode::OK);
    let before = site.contents().await;
    let mut tried = 0;
    for (path, methods) in api["paths"].as_object().unwrap() {
        let filled = [("{id}", "1"), ("{table}", "users"), ("{record}", "1"), ("{name}", "internal")];
        let address = filled.iter().fold(path.clone(), |path, (part, value)| path.replace(part, value));
        for (method, operation) in methods.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let request = site.request(method.clone(), &format!("{address}?dry_run=true"));
            let body = operation.pointer("/requestBody/content/application~1json/example");
            let request = match body {
                Some(body) => request.header("content-type", "application/json").body(body.to_string()),
                None => request,
            };
            let answer = Answer::of(request.send().await.unwrap()).await;
            assert_eq!(answer.status, 422, "{method} {path}: {answer:?}");
            answer.assert_problem();
            assert_eq!(answer.json["type"], "/problems/invalid-fields", "{method} {path}");
            assert_eq!(answer.json["errors"][0]["field"], "dry_run", "{method} {path}");
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
    assert_eq!(site.contents().await, before);
    let head = site.request(Method::HEAD, "/users/1?x=1").send().await.unwrap();
    assert_eq!(head.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn pages_and_their_files_take_a_parameter_and_an_empty_one_is_none() {
    let site = Site::new().await;
    for path in ["/?from=mail", "/docs/?x=1", "/assets/icon.svg?v=2", "/users/1?", "/users?limit=5"] {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
    site.refuses(Method::GET, "/nowhere?x=1", "", 404, "").await;
    site.refuses(Method::PATCH, "/users/1?x=1", "", 405, "").await;
}

#[tokio::test]
async fn a_cycle_takes_no_body_but_an_empty_object() {
    let site = Site::new().await;
    for body in ["", "{}", " { } "] {
        let report = site.send(Method::POST, "/sync/run", body).await.expect(StatusCode::OK);
        assert_eq!(report["outcome"], "offline", "{body}");
    }
    site.refuses(Method::POST, "/sync/run", r#"{"tables": "users"}"#, 422, "tables").await;
    site.refuses(Method::POST, "/sync/run", "[]", 422, "body").await;
    site.refuses(Method::POST, "/sync/run", "no JSON", 400, "").await;
    site.refuses(Method::POST, "/sync/run", &"x".repeat(1024 * 1024), 413, "").await;
    let undeclared = site.request(Method::POST, "/sync/run").body("no JSON").send().await.unwrap();
    assert_eq!(undeclared.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let runs = site.get("/sync/runs").await.expect(StatusCode::OK);
    assert_eq!(runs["runs"].as_array().unwrap().len(), 3, "{runs}");
    assert_eq!(runs["next_after"], json!(null));
}
