//! The API's description in OpenAPI 3.1: what stands beside the routes, and what is common to all of them.
//!
//! The routes describe themselves where they are written. What their macros cannot say, or would say eighteen times over, is
//! added here, to the description as JSON.

mod answers;
mod examples;
mod operations;

use serde_json::{Value, json};
use utoipa::{OpenApi, openapi};

use self::operations::for_each_operation;
use crate::controllers::problem::Problem;
use crate::controllers::session::COOKIE;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Backhaul",
        description = "Users and orders of this site, and how far their changes have come on the way to the central database.\n\n\
                       Every error is a problem of RFC 9457 (`application/problem+json`); its `type` is an address of this server \
                       that explains it. Whatever cannot be carried out changes nothing. A known address that does not know the method \
                       answers 405 and names those it knows in `Allow`. Unknown fields and parameters are refused, not ignored. \
                       Every answer carries `X-Request-Id`, under which the log tells more; one of 1 to 64 letters, digits, `-`, `_` and \
                       `.` that the request brings along is kept. A body may hold 64 KiB and take 20 seconds to arrive, and a request may take 30 seconds, \
                       a cycle excepted. A head that is garbled or has more than 32 KiB gets a bare 400 or 431, before there is anything to \
                       give an id to. Lists are pages of 20, or of `limit`, up to 500."
    ),
    components(schemas(Problem)),
    tags(
        (name = "users", description = "Users of this site; every change is queued for the central database"),
        (name = "orders", description = "Orders of this site; every change is queued for the central database"),
        (name = "sync", description = "The queue and the cycles that empty it"),
        (name = "session", description = "Signing in with a browser, where `API_TOKEN` is set"),
        (name = "health", description = "For monitoring; whether the process is alive and ready, anyone may ask"),
        (name = "problems", description = "What each `type` of a problem means"),
    )
)]
struct Skeleton;

/// Gives the description without any route.
pub(super) fn skeleton() -> openapi::OpenApi {
    Skeleton::openapi()
}

/// Whether a request needs a token here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// `API_TOKEN` is set.
    Token,
    /// Anyone on this machine may ask.
    Open,
}

/// Completes the description of all routes.
pub(super) fn complete(api: &openapi::OpenApi, access: Access) -> Value {
    // What the macros made can be written; if it could not, the tests would see an empty description.
    let mut api = serde_json::to_value(api).unwrap_or_default();
    api["servers"] = json!([{"url": "/", "description": "This program"}]);
    api["components"]["securitySchemes"]["bearer"] = json!({"type": "http", "scheme": "bearer", "description": "The value of `API_TOKEN`, where it is set"});
    api["components"]["securitySchemes"]["session"] = json!({
        "type": "apiKey", "in": "cookie", "name": COOKIE, "description": "What `POST /session` sets, for browsers",
    });
    let (bearer, session) = (json!({"bearer": []}), json!({"session": []}));
    api["security"] =
        if access == Access::Token { json!([bearer, session]) } else { json!([bearer, session, {}]) };
    answers::add_components(&mut api);
    for_each_operation(&mut api, |path, method, operation| {
        tidy_words(operation);
        tidy_body(operation);
        tidy_optional(operation);
        answers::add(path, method, operation);
    });
    examples::add(&mut api);
    refuse_unknown_fields(&mut api);
    api["components"]["schemas"]["RetryRequest"]["dependentRequired"] =
        json!({"table_name": ["record_id"], "record_id": ["table_name"]});
    api["components"]["schemas"]["RetryRequest"]["not"] = json!({"required": ["group", "table_name"]});
    for schema in ["Problem", "ProblemKind"] {
        api["components"]["schemas"][schema]["properties"]["type"]["format"] = json!("uri-reference");
    }
    name_whole_numbers(&mut api);
    api
}

/// Cuts off what the documentation of the code says to programmers only.
fn tidy_words(operation: &mut Value) {
    if let Some(words) = operation["description"].as_str() {
        let words = words.split("# Errors").next().unwrap_or_default().trim().to_owned();
        operation["description"] = Value::String(words);
    }
    if let Some(summary) = operation["summary"].as_str() {
        operation["summary"] = Value::String(summary.trim_end_matches('.').to_owned());
    }
}

/// A parameter or a header that may be left out is not one that may be `null`.
fn tidy_optional(operation: &mut Value) {
    let mut schemas: Vec<&mut Value> = Vec::new();
    if let Some(fields) = operation.as_object_mut() {
        for (name, part) in fields {
            match name.as_str() {
                "parameters" => schemas.extend(part.as_array_mut().into_iter().flatten()),
                "responses" => {
                    let answers = part.as_object_mut().into_iter().flat_map(|all| all.values_mut());
                    let headers = answers.filter_map(|answer| answer.get_mut("headers")?.as_object_mut());
                    schemas.extend(headers.flat_map(|all| all.values_mut()));
                }
                _ => {}
            }
        }
    }
    for schema in schemas.into_iter().filter_map(|part| part.get_mut("schema")) {
        let only =
            schema["type"].as_array().and_then(|types| types.iter().find(|one| *one != "null")).cloned();
        if let Some(only) = only {
            schema["type"] = only;
        }
    }
}

/// A body that may be left out is not one that may be `null`.
fn tidy_body(operation: &mut Value) {
    let Some(body) = operation.get_mut("requestBody") else { return };
    let Some(schema) = body.pointer_mut("/content/application~1json/schema") else { return };
    let named = schema["oneOf"].as_array().and_then(|any| any.iter().find(|one| one["$ref"].is_string()));
    if let Some(named) = named.cloned() {
        *schema = named;
        body["required"] = Value::Bool(false);
    }
}

/// Says of every body that its fields are all there are.
fn refuse_unknown_fields(api: &mut Value) {
    let mut bodies = Vec::new();
    for_each_operation(api, |_, _, operation| {
        let schema = operation.pointer("/requestBody/content/application~1json/schema/$ref");
        bodies.extend(schema.and_then(Value::as_str).map(|name| name.trim_start_matches('#').to_owned()));
    });
    for pointer in bodies {
        if let Some(schema) = api.pointer_mut(&pointer) {
            schema["additionalProperties"] = Value::Bool(false);
        }
    }
}

/// Ids and counts go up to 2⁶⁴ − 1, which `int64` would deny.
fn name_whole_numbers(part: &mut Value) {
    match part {
        Value::Object(fields) => {
            let is_u64 = fields.get("format").is_some_and(|format| format == "int64")
                && fields.get("minimum").and_then(Value::as_f64).is_some_and(|least| least >= 0.0);
            if is_u64 {
                fields.insert("format".to_owned(), json!("uint64"));
                fields.entry("maximum").or_insert(json!(u64::MAX));
            }
            fields.values_mut().for_each(name_whole_numbers);
        }
        Value::Array(values) => values.iter_mut().for_each(name_whole_numbers),
        _ => {}
    }
}
