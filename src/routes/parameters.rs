//! Refuses parameters where an operation has none: one that is silently ignored would do more, or something else, than was asked.
//!
//! Which operations have some, their description tells. Those read theirs themselves, and refuse what they do not know.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::{OpenApi, RefOr};

use crate::controllers::query::Query;

/// The operations that take no parameters behind the question mark, by method and path.
#[derive(Debug, Clone)]
pub(super) struct WithoutParameters(Arc<BTreeSet<(Method, String)>>);

impl WithoutParameters {
    /// Finds them in the description of all routes.
    pub(super) fn of(described: &OpenApi) -> Self {
        let operations = described.paths.paths.iter().flat_map(|(path, item)| {
            operations(item).map(move |(method, operation)| (method, path, operation))
        });
        let without = operations.filter(|(_, _, operation)| !has_parameters(operation));
        Self(Arc::new(without.map(|(method, path, _)| (method, path.clone())).collect()))
    }

    fn contains(&self, method: &Method, path: &str) -> bool {
        // Who asks for the head alone asks the same question.
        let method = if *method == Method::HEAD { Method::GET } else { method.clone() };
        self.0.contains(&(method, path.to_owned()))
    }
}

fn operations(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    let all = [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn has_parameters(operation: &Operation) -> bool {
    // What is only referred to is not looked up; the test of every address would see it refused.
    operation.parameters.iter().flatten().any(
        |parameter| matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query),
    )
}

/// Refuses a request that brings parameters where there are none.
pub(super) async fn refuse(
    State(without): State<WithoutParameters>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    if path.is_some_and(|path| without.contains(request.method(), path.as_str())) {
        let query = Query::parse(request.uri().query().unwrap_or_default());
        if let Err(problem) = query.nothing() {
            return problem.into_response();
        }
    }
    next.run(request).await
}
