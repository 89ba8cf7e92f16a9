//! `/users`.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::site::{Site, assert_moment};

#[tokio::test]
async fn a_user_is_created_changed_found_and_deleted_with_one_entry_for_each_write() {
    let site = Site::new().await;
    let body = json!({"name": "  O'Ne\\il 🚢 ", "email": "neil@shop.example"}).to_string();
    let answer = site.send(Method::POST, "/users", body).await;
    assert_eq!(answer.header("location"), "/users/2");
    let created = answer.expect(StatusCode::CREATED);
    assert_eq!((&created["id"], &created["name"]), (&json!(2), &json!("  O'Ne\\il 🚢 ")));
    assert_moment(&created["updated_at"]);
    assert_eq!(site.get("/users/2").await.expect(StatusCode::OK), created);

    let changed =
        site.send(Method::PUT, "/users/2", r#"{"email": "n@shop.example"}"#).await.expect(StatusCode::OK);
    assert_eq!((&changed["name"], &changed["email"]), (&created["name"], &json!("n@shop.example")));
    assert_ne!(changed["updated_at"], created["updated_at"]);
    assert_eq!(site.get("/users/2").await.json, changed);

    let answer = site.delete("/users/2").await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(site.get("/users/2").await.status, 404);
    assert_eq!(site.queue().await, ["users 2 INSERT", "users 2 UPDATE", "users 2 DELETE"]);
}

#[tokio::test]
async fn a_change_that_changes_nothing_answers_the_user_as_it_is() {
    let site = Site::new().await;
    let before = site.get("/users/1").await.json;
    let body = r#"{"name": "Ada Sample"}"#;
    assert_eq!(site.send(Method::PUT, "/users/1", body).await.expect(StatusCode::OK), before);
}

#[tokio::test]
async fn bad_fields_are_named_and_nothing_is_written() {
    let site = Site::new().await;
    let long_name = json!({"name": "x".repeat(256), "email": "x@shop.example"}).to_string();
    let long_email = json!({"name": "x", "email": format!("{}@shop.example", "x".repeat(242))}).to_string();
    for (body, field) in [
        ("{}", "name"),
        ("{}", "email"),
        (r#"{"name": "x"}"#, "email"),
        (r#"{"email": "x@shop.example"}"#, "name"),
        (r#"{"name": null, "email": "x@shop.example"}"#, "name"),
        (r#"{"name": 7, "email": "x@shop.example"}"#, "name"),
        (r#"{"name": {"first": "x"}, "email": "x@shop.example"}"#, "name"),
        (r#"{"name": " ", "email": "x@shop.example"}"#, "name"),
        (r#"{"name": "x", "email": "x"}"#, "email"),
        (r#"{"name": "x", "email": ["x@shop.example"]}"#, "email"),
        (r#"{"name": "x", "email": "x@shop.example", "id": 9}"#, "id"),
        (r#"{"name": "x", "email": "x@shop.example", "email": "y@shop.example"}"#, "email"),
        (r#"{"name": "\ud800", "email": "x@shop.example"}"#, "name"),
        (long_name.as_str(), "name"),
        (long_email.as_str(), "email"),
        ("[]", "body"),
        ("null", "body"),
        ("\"x\"", "body"),
    ] {
        site.refuses(Method::POST, "/users", body, 422, field).await;
    }
    for (body, field) in [
        ("{}", "name"),
        ("{}", "email"),
        (r#"{"name": null}"#, "name"),
        (r#"{"updated_at": "x"}"#, "updated_at"),
    ] {
        site.refuses(Method::PUT, "/users/1", body, 422, field).await;
    }
}

#[tokio::test]
async fn names_and_addresses_are_taken_up_to_their_longest() {
    let site = Site::new().await;
    let email = format!("{}@shop.example", "x".repeat(254 - "@shop.example".len()));
    let body = json!({"name": "😀".repeat(255), "email": email});
    let user = site.send(Method::POST, "/users", body.to_string()).await.expect(StatusCode::CREATED);
    assert_eq!((&user["name"], &user["email"]), (&body["name"], &body["email"]));
}

#[tokio::test]
async fn a_taken_address_is_a_conflict() {
    let site = Site::new().await;
    let body = r#"{"name": "Other", "email": "ADA@shop.example"}"#;
    site.refuses(Method::POST, "/users", body, 409, "email").await;
    let other = r#"{"name": "Other", "email": "other@shop.example"}"#;
    site.send(Method::POST, "/users", other).await.expect(StatusCode::CREATED);
    // The refused insert used up an id.
    let id = site.pair.local.one::<u64>("select max(id) from users").await;
    site.refuses(Method::PUT, &format!("/users/{id}"), r#"{"email": "ada@shop.example"}"#, 409, "email")
        .await;
}

#[tokio::test]
async fn of_many_who_want_one_address_at_once_one_gets_it() {
    let site = Site::new().await;
    let body = r#"{"name": "Twin", "email": "twin@shop.example"}"#;
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let request =
            site.request(Method::POST, "/users").header("content-type", "application/json").body(body);
        requests.spawn(request.send());
    }
    let mut statuses = Vec::new();
    while let Some(response) = requests.join_next().await {
        statuses.push(response.unwrap().unwrap().status().as_u16());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(site.queue().await.len(), 1);
}

#[tokio::test]
async fn an_unknown_user_is_not_found() {
    let site = Site::new().await;
    for id in ["0", "2", "18446744073709551615"] {
        let path = format!("/users/{id}");
        site.refuses(Method::GET, &path, "", 404, "id").await;
        site.refuses(Method::PUT, &path, r#"{"name": "x"}"#, 404, "id").await;
        site.refuses(Method::DELETE, &path, "", 404, "id").await;
    }
}

#[tokio::test]
async fn a_user_with_orders_stays() {
    let site = Site::new().await;
    site.refuses(Method::DELETE, "/users/1", "", 409, "id").await;
    assert_eq!(site.delete("/orders/1").await.status, 204);
    assert_eq!(site.delete("/users/1").await.status, 204);
}
