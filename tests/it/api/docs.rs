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
            for status in ["422", "500", "503"] {
                assert!(!answers[status].is_null(), "{method} {path} {status}");
            }
            let takes_body = !operation["requestBody"].is_null();
            let is_open = operation["security"] == serde_json::json!([]);
            for (status, expected) in [
                ("400", takes_body || path.contains('{')),
                ("401", !is_open || (method == "post" && path == "/session")),
                ("403", method != "get"),
                ("408", takes_body),
                ("413", takes_body),
                ("415", takes_body),
                ("421", !["/healthz", "/readyz"].contains(&path.as_str())),
            ] {
                assert_eq!(!answers[status].is_null(), expected, "{method} {path} {status}");
            }
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
            "get /problems",
            "get /problems/{name}",
            "get /readyz",
            "get /sync/events",
            "get /sync/explain",
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
    let key = &api["paths"]["/orders"]["post"]["parameters"][0];
    let longest = backhaul::models::idempotency::KEY_MAX_CHARS;
    assert_eq!(
        (&key["name"], &key["schema"]["maxLength"]),
        (&"Idempotency-Key".into(), &(longest + 2).into())
    );
    assert!(key["schema"]["pattern"].as_str().unwrap().contains(&format!("{{1,{longest}}}")), "{key}");
    for body in ["NewUser", "UserChange", "NewOrder", "OrderChange", "RetryRequest", "CycleRequest"] {
        assert_eq!(schemas[body]["additionalProperties"], false, "{body}");
    }
    let after = &api["paths"]["/users"]["get"]["parameters"][1]["schema"];
    assert_eq!((&after["format"], &after["maximum"]), (&"uint64".into(), &u64::MAX.into()));
    let limit = &api["paths"]["/users"]["get"]["parameters"][0]["schema"];
    assert_eq!(limit["maximum"], backhaul::models::page::Limit::MOST, "{limit}");
    assert_every_reference_leads_somewhere(&api, &api);
}

#[tokio::test]
async fn the_description_explains_each_operation_and_its_examples_are_true_to_its_schemas() {
    let site = Site::without_tables(&[]).await;
    let api = site.get("/openapi.json").await.expect(StatusCode::OK);
    let mut examples = 0;
    for (path, methods) in api["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let place = format!("{method} {path}");
            for words in ["summary", "description"] {
                let words = operation[words].as_str().unwrap_or_default();
                assert!(words.len() > 10 && !words.contains('#'), "{place}: {words}");
            }
            let body = operation.get("requestBody");
            let answers = operation["responses"].as_object().unwrap();
            for (status, answer) in answers
                .iter()
                .map(|(status, answer)| (status.as_str(), answer))
                .chain(body.map(|body| ("request", body)))
            {
                let answer = resolved(&api, answer);
                assert!(
                    status == "request" || !answer["headers"]["X-Request-Id"].is_null(),
                    "{place} {status}"
                );
                for (media_type, content) in answer["content"].as_object().into_iter().flatten() {
                    if media_type.ends_with("json") {
                        let several =
                            content["examples"].as_object().into_iter().flat_map(|all| all.values());
                        let shown: Vec<&Value> =
                            several.map(|one| &one["value"]).chain(content.get("example")).collect();
                        assert!(!shown.is_empty(), "{place} {status} has no example");
                        for example in shown {
                            let fits = fits(&api, &content["schema"], example);
                            assert_eq!(fits, Ok(()), "{place} {status}: {example}");
                            examples += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(examples > 100, "{examples}");
}

fn resolved<'a>(api: &'a Value, part: &'a Value) -> &'a Value {
    part["$ref"].as_str().map_or(part, |target| api.pointer(target.trim_start_matches('#')).unwrap())
}

/// Looks that a value has the shape of a schema, its fields all named there.
fn fits(api: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let schema = resolved(api, schema);
    if let Some(any) = schema["oneOf"].as_array() {
        return any
            .iter()
            .map(|one| fits(api, one, value))
            .find(Result::is_ok)
            .unwrap_or_else(|| Err(format!("none fits {value}")));
    }
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
    };
    let types = &schema["type"];
    let allowed = types == is || types.as_array().is_some_and(|types| types.contains(&is.into()));
    let is_word = schema["enum"].as_array().is_none_or(|words| words.contains(value));
    if !allowed || !is_word {
        return Err(format!("{value} is no {types} of {}", schema["enum"]));
    }
    for element in value.as_array().into_iter().flatten() {
        fits(api, &schema["items"], element)?;
    }
    for name in schema["required"].as_array().into_iter().flatten().filter(|_| value.is_object()) {
        value.get(name.as_str().unwrap()).ok_or_else(|| format!("{name} is missing"))?;
    }
    for (name, field) in value.as_object().into_iter().flatten() {
        fits(api, schema["properties"].get(name).ok_or_else(|| format!("{name} is not declared"))?, field)?;
    }
    Ok(())
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
