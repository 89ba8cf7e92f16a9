//! `/openapi.json` and `/docs`.

use reqwest::StatusCode;
use serde_json::Value;

use super::site::Site;

#[tokio::test]
async fn the_description_lists_every_address_with_its_errors() {
    let site = Site::without_tables(&[]).await;
    let api = site.get("/openapi.json").await.expect(StatusCode::OK);
    assert!(api["openapi"].as_str().unwrap().starts_with("3.1"), "{}", api["openapi"]);
    let mut listed = Vec::new();
    let mut names = std::collections::BTreeSet::new();
    for (path, methods) in api["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            listed.push(format!("{method} {path}"));
            assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
            let answers = &operation["responses"];
            for status in ["401", "500", "503"] {
                assert!(!answers[status].is_null(), "{method} {path} {status}");
            }
            let takes_body = !operation["requestBody"].is_null();
            assert_eq!(!answers["413"].is_null(), takes_body, "{method} {path}");
        }
    }
    listed.sort();
    assert_eq!(
        listed,
        [
            "delete /orders/{id}",
            "delete /session",
            "delete /users/{id}",
            "get /healthz",
            "get /metrics",
            "get /orders",
            "get /orders/{id}",
            "get /readyz",
            "get /sync/events",
            "get /sync/explain/{table}/{record}",
            "get /sync/problems",
            "get /sync/runs",
            "get /sync/status",
            "get /users",
            "get /users/{id}",
            "post /orders",
            "post /session",
            "post /sync/retry",
            "post /sync/run",
            "post /users",
            "put /orders/{id}",
            "put /users/{id}",
        ]
    );
}

#[tokio::test]
async fn the_description_states_the_rules_that_are_kept() {
    let site = Site::without_tables(&[]).await;
    let api = site.get("/openapi.json").await.expect(StatusCode::OK);
    let schemas = &api["components"]["schemas"];
    let user = &schemas["NewUser"];
    assert_eq!(user["properties"]["name"]["maxLength"], backhaul::models::user::NAME_MAX_CHARS);
    assert_eq!(user["properties"]["email"]["maxLength"], backhaul::models::user::EMAIL_MAX_CHARS);
    assert_eq!(user["required"], serde_json::json!(["name", "email"]));
    assert_eq!(schemas["NewOrder"]["required"], serde_json::json!(["user_id", "amount"]));
    let limit = &api["paths"]["/users"]["get"]["parameters"][0]["schema"];
    assert_eq!(limit["maximum"], backhaul::models::page::Limit::MOST, "{limit}");
    assert_every_reference_leads_somewhere(&api, &api);
}

fn assert_every_reference_leads_somewhere(api: &Value, part: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                assert!(api.pointer(target.trim_start_matches('#')).is_some(), "{target}");
            }
            fields.values().for_each(|value| assert_every_reference_leads_somewhere(api, value));
        }
        Value::Array(values) => {
            for value in values {
                assert_every_reference_leads_somewhere(api, value);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_browser_of_the_api_comes_from_here() {
    let site = Site::without_tables(&[]).await;
    let page = site.get("/docs").await;
    assert!(page.status == 200 && page.text.contains("swagger-ui"), "{page:?}");
    assert!(!page.text.contains("https://"), "{}", page.text);
    assert_eq!(site.get("/docs/swagger-ui-bundle.js").await.status, 200);
}
