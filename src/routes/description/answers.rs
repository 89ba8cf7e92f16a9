//! The answers any route may give beside its own, and the headers of all answers.

use serde_json::{Map, Value, json};

use crate::controllers::problem::MEDIA_TYPE;
use crate::controllers::problem_types::{self as types, ProblemType};

/// An answer that several routes give.
struct Common {
    name: &'static str,
    meaning: &'static str,
    kinds: &'static [ProblemType],
}

const BAD_REQUEST: Common = Common {
    name: "BadRequest",
    meaning: "The request is garbled: its body is no JSON, or a part of the path or a header cannot be understood",
    kinds: &[types::MALFORMED_JSON, types::BROKEN_BODY, types::INVALID_PATH, types::INVALID_IDEMPOTENCY_KEY],
};
const UNAUTHORIZED: Common = Common {
    name: "Unauthorized",
    meaning: "`API_TOKEN` is set and the request carries neither it nor a session",
    kinds: &[types::UNAUTHORIZED],
};
const FORBIDDEN: Common = Common {
    name: "Forbidden",
    meaning: "A page of another site sent the request",
    kinds: &[types::CROSS_SITE],
};
const TOO_SLOW: Common = Common {
    name: "TooSlow",
    meaning: "The body did not arrive within 20 seconds",
    kinds: &[types::SLOW_BODY],
};
const TOO_LARGE: Common =
    Common { name: "TooLarge", meaning: "The body has more than 64 KiB", kinds: &[types::TOO_LARGE] };
const UNSUPPORTED_MEDIA_TYPE: Common = Common {
    name: "UnsupportedMediaType",
    meaning: "The body is not declared as `application/json`",
    kinds: &[types::UNSUPPORTED_MEDIA_TYPE],
};
const MISDIRECTED: Common = Common {
    name: "Misdirected",
    meaning: "No token is set, and the request calls this machine by a foreign name",
    kinds: &[types::FOREIGN_NAME],
};
const UNKNOWN_PARAMETER: Common = Common {
    name: "UnknownParameter",
    meaning: "The request has a parameter, and this operation has none",
    kinds: &[types::INVALID_FIELDS],
};
const INTERNAL: Common = Common {
    name: "Internal",
    meaning: "A defect; the log says more under the answer's `X-Request-Id`",
    kinds: &[types::INTERNAL],
};
const UNAVAILABLE: Common = Common {
    name: "Unavailable",
    meaning: "DB_A cannot be used at present, or is not installed, or it took too long; see `Retry-After`",
    kinds: &[types::UNAVAILABLE],
};
const ALL: [Common; 10] = [
    BAD_REQUEST,
    UNAUTHORIZED,
    FORBIDDEN,
    TOO_SLOW,
    TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    MISDIRECTED,
    UNKNOWN_PARAMETER,
    INTERNAL,
    UNAVAILABLE,
];

/// Adds the answers to which routes refer.
pub(super) fn add_components(api: &mut Value) {
    for common in ALL {
        let mut answer = json!({
            "description": common.meaning,
            "content": {MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples(common.kinds),
            }},
        });
        add_headers(common.kinds[0].status, &mut answer);
        api["components"]["responses"][common.name] = answer;
    }
}

/// Adds to a route what it may answer beside its own answers.
pub(super) fn add(path: &str, method: &str, operation: &mut Value) {
    let takes_body = operation.get("requestBody").is_some();
    let watched = matches!(path, "/healthz" | "/readyz");
    let open = watched || path == "/session" || path.starts_with("/problems");
    if open {
        operation["security"] = json!([]);
    }
    let may_come = |common: &Common| match common.kinds[0].status {
        400 => takes_body || path.contains('{'),
        401 => !open,
        421 => !watched,
        403 => method != "get",
        408 | 413 | 415 => takes_body,
        _ => true,
    };
    let Some(answers) = operation["responses"].as_object_mut() else { return };
    for (status, answer) in answers.iter_mut() {
        add_headers(status.parse().unwrap_or_default(), answer);
    }
    for common in ALL.iter().filter(|common| may_come(common)) {
        let named = json!({"$ref": format!("#/components/responses/{}", common.name)});
        answers.entry(common.kinds[0].status.to_string()).or_insert(named);
    }
}

/// Adds the headers that every answer of this status has.
fn add_headers(status: u16, answer: &mut Value) {
    let header = |meaning: &str, schema: Value, required: bool| {
        let mut header = json!({"description": meaning, "schema": schema});
        if required {
            header["required"] = Value::Bool(true);
        }
        header
    };
    let text = json!({"type": "string"});
    let headers = &mut answer["headers"];
    headers["X-Request-Id"] = header("Finds the request in the log", text.clone(), true);
    match status {
        201 => headers["Location"]["required"] = Value::Bool(true),
        401 => headers["WWW-Authenticate"] = header("How to say who asks", text, true),
        // Only one of the conflicts passes by itself.
        409 => {
            headers["Retry-After"] = header("After how many seconds, where waiting helps", seconds(), false);
        }
        503 => headers["Retry-After"] = header("After how many seconds to ask again", seconds(), true),
        _ => {}
    }
}

fn seconds() -> Value {
    json!({"type": "integer", "minimum": 1})
}

/// Shows each kind as a whole problem.
pub(super) fn examples(kinds: &[ProblemType]) -> Value {
    let all: Map<String, Value> = kinds
        .iter()
        .map(|kind| {
            let mut problem = json!({
                "type": kind.uri, "title": kind.title, "status": kind.status, "detail": kind.detail,
            });
            // Where a field, a parameter or a header is named, the detail begins with it.
            if let Some((field, message)) = kind.detail.split_once(": ").filter(|_| kind.names_fields()) {
                problem["errors"] = json!([{"field": field, "message": message}]);
            }
            (kind.name().to_owned(), json!({"summary": kind.title, "value": problem}))
        })
        .collect();
    Value::Object(all)
}
