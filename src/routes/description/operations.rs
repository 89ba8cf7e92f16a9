//! The operations of the description, one by one.

use serde_json::Value;

/// Calls `work` with path, method and description of every operation.
pub(super) fn for_each_operation(api: &mut Value, mut work: impl FnMut(&str, &str, &mut Value)) {
    let Some(paths) = api["paths"].as_object_mut() else { return };
    for (path, methods) in paths {
        let Some(methods) = methods.as_object_mut() else { continue };
        for (method, operation) in methods {
            work(path, method, operation);
        }
    }
}
