//! Examples of requests and answers, from `examples.json`: by operation, then `request` or the status of an answer. An error's
//! example is a list of the kinds of problems it may be.

use serde_json::{Map, Value};

use super::answers;
use super::operations::for_each_operation;
use crate::controllers::problem::MEDIA_TYPE;
use crate::controllers::problem_types::{self as types, ProblemType};

/// What operations with nothing of their own in the file answer to wrong requests.
const USUAL: [ProblemType; 2] = [types::NOT_FOUND, types::INVALID_FIELDS];

/// Adds the examples to every operation.
pub(super) fn add(api: &mut Value) {
    // The tests see to it that the file can be read.
    let all: Map<String, Value> = serde_json::from_str(include_str!("examples.json")).unwrap_or_default();
    for_each_operation(api, |_, _, operation| {
        let own = operation["operationId"].as_str().and_then(|id| all.get(id)).cloned().unwrap_or_default();
        if let (Some(body), Some(example)) = (operation.get_mut("requestBody"), own.get("request")) {
            for content in body["content"].as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
                content["example"] = example.clone();
            }
        }
        let Some(answers) = operation["responses"].as_object_mut() else { return };
        for (status, answer) in answers {
            let Some(contents) = answer.get_mut("content").and_then(Value::as_object_mut) else { continue };
            for (media_type, content) in contents {
                if media_type == MEDIA_TYPE {
                    content["examples"] = answers::examples(&kinds(status, own.get(status)));
                } else if let Some(example) = own.get(status).filter(|_| media_type == "application/json") {
                    content["example"] = example.clone();
                }
            }
        }
    });
}

fn kinds(status: &str, listed: Option<&Value>) -> Vec<ProblemType> {
    let named = listed.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let named: Vec<ProblemType> = named.filter_map(ProblemType::named).copied().collect();
    let usual = || USUAL.into_iter().filter(|kind| kind.status.to_string() == status).collect();
    if named.is_empty() { usual() } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_of_the_file_exists_and_has_the_status_under_which_it_stands() {
        let all: Map<String, Value> = serde_json::from_str(include_str!("examples.json")).unwrap();
        let mut seen = 0;
        for (status, example) in all.values().filter_map(Value::as_object).flatten() {
            for name in example.as_array().into_iter().flatten() {
                let kind = ProblemType::named(name.as_str().unwrap()).unwrap_or_else(|| panic!("{name}"));
                assert_eq!(kind.status.to_string(), *status, "{name}");
                seen += 1;
            }
        }
        assert!(seen > 5);
    }
}
