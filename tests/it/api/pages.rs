//! Lists in pages: `/users`, `/orders`.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::site::Site;

#[tokio::test]
async fn pages_cover_a_list_once_and_end() {
    let site = Site::new().await;
    let users = (2..=25).map(|id| format!("({id}, 'u', 'u{id}@shop.example')")).collect::<Vec<_>>().join(",");
    site.pair.local.execute(&format!("insert into users (id, name, email) values {users}")).await;
    let first = site.get("/users").await.expect(StatusCode::OK);
    assert_eq!((first["users"].as_array().unwrap().len(), &first["next_after"]), (20, &json!(20)));
    let (mut seen, mut after) = (Vec::new(), json!(0));
    while !after.is_null() {
        let page = site.get(&format!("/users?limit=5&after={after}")).await.expect(StatusCode::OK);
        seen.extend(page["users"].as_array().unwrap().iter().map(|user| user["id"].as_u64().unwrap()));
        after = page["next_after"].clone();
    }
    assert_eq!(seen, (1..=25).collect::<Vec<_>>());
    let beyond = site.get("/users?after=18446744073709551615").await.expect(StatusCode::OK);
    assert_eq!(beyond, json!({"users": [], "next_after": null}));
    let orders = site.get("/orders?limit=500").await.expect(StatusCode::OK);
    assert_eq!((&orders["orders"][0]["amount"], &orders["next_after"]), (&json!("12.50"), &json!(null)));
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let site = Site::new().await;
    for path in ["/users", "/orders"] {
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=501", "limit"),
            ("limit=ten", "limit"),
            ("limit=-1", "limit"),
            ("limit=1&limit=2", "limit"),
            ("after=-1", "after"),
            ("after=18446744073709551616", "after"),
            ("offset=3", "offset"),
        ] {
            site.refuses(Method::GET, &format!("{path}?{query}"), "", 422, field).await;
        }
    }
    site.refuses(Method::GET, "/sync/runs?limit=501", "", 422, "limit").await;
    site.refuses(Method::GET, "/sync/status?status=lost", "", 422, "status").await;
    site.refuses(Method::GET, "/sync/status?after=3", "", 422, "after").await;
}
