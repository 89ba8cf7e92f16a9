//! `/problems`: every `type` leads to its explanation.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::site::{Answer, Site};

#[tokio::test]
async fn every_type_is_an_address_that_explains_it() {
    let site = Site::without_tables(&[]).await;
    let list = site.get("/problems").await;
    assert_eq!(list.header("vary"), "Accept");
    let kinds = list.expect(StatusCode::OK)["problems"].as_array().unwrap().clone();
    assert!(kinds.len() > 15);
    for kind in kinds {
        let address = kind["type"].as_str().unwrap();
        assert_eq!(site.get(address).await.expect(StatusCode::OK), kind);
        let page = site.request(Method::GET, address).header("accept", "text/html,*/*;q=0.8");
        let page = Answer::of(page.send().await.unwrap()).await;
        assert!(page.status == 200 && page.header("content-type").starts_with("text/html"), "{page:?}");
        assert!(page.text.contains(kind["meaning"].as_str().unwrap()), "{page:?}");
    }
    site.get("/problems/nothing").await.assert_problem();
    assert_eq!(site.get("/problems/nothing").await.status, 404);
    assert_eq!(site.get("/problems/%FF").await.status, 400);
}

#[tokio::test]
async fn problems_of_every_status_name_a_type_that_is_explained() {
    let site = Site::new().await;
    let user = r#"{"name": "Other", "email": "ada@shop.example"}"#;
    for (method, path, body, kind) in [
        (Method::POST, "/users", "{", "malformed-json"),
        (Method::GET, "/users/x", "", "invalid-path"),
        (Method::GET, "/nowhere", "", "no-such-route"),
        (Method::GET, "/users/9", "", "not-found"),
        (Method::PATCH, "/users", "", "method-not-allowed"),
        (Method::POST, "/users", user, "email-taken"),
        (Method::DELETE, "/users/1", "", "still-referred-to"),
        (Method::POST, "/users", "{}", "invalid-fields"),
    ] {
        let answer = site.send(method, path, body).await;
        assert_eq!(answer.json["type"], json!(format!("/problems/{kind}")), "{answer:?}");
        let explained = site.get(answer.json["type"].as_str().unwrap()).await.expect(StatusCode::OK);
        assert_eq!(
            (&explained["status"], &explained["title"]),
            (&answer.json["status"], &answer.json["title"])
        );
    }
}
