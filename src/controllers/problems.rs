//! `/problems`: what each `type` of a problem means.

use std::fmt::Write;

use axum::Json;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problem;
use super::problem_types::{ALL, ProblemType};

/// A kind of problem.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct ProblemKind {
    /// What a problem's `type` says.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    uri: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// The kind in words.
    #[schema(value_type = String)]
    title: &'static str,
    /// When it comes.
    #[schema(value_type = String)]
    meaning: &'static str,
    /// What to do.
    #[schema(value_type = String)]
    remedy: &'static str,
}

/// Every kind of problem.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemKinds {
    /// The kinds, by status.
    problems: Vec<ProblemKind>,
}

impl From<&ProblemType> for ProblemKind {
    fn from(kind: &ProblemType) -> Self {
        let &ProblemType { uri, status, title, meaning, remedy, .. } = kind;
        Self { uri, status, title, meaning, remedy }
    }
}

/// Lists every kind of problem that an answer may be.
///
/// As a page where `Accept` asks for `text/html`, as JSON otherwise.
#[utoipa::path(
    get, path = "/problems", operation_id = "list_problem_types", tag = "problems",
    responses((status = 200, description = "All kinds", content(
        (ProblemKinds = "application/json"), (String = "text/html"),
    ))),
)]
pub async fn list(headers: HeaderMap) -> Response {
    if wants_page(&headers) {
        page("Problems", ALL)
    } else {
        let problems = ALL.iter().map(ProblemKind::from).collect();
        (VARY, Json(ProblemKinds { problems })).into_response()
    }
}

/// Explains one kind of problem: the address that its `type` names.
///
/// As a page where `Accept` asks for `text/html`, as JSON otherwise.
///
/// # Errors
/// As a problem.
#[utoipa::path(
    get, path = "/problems/{name}", operation_id = "explain_problem_type", tag = "problems",
    params(("name" = String, Path, description = "The last part of the `type`, such as `email-taken`")),
    responses(
        (status = 200, description = "The kind", content(
            (ProblemKind = "application/json"), (String = "text/html"),
        )),
        (status = 404, description = "There is no such kind", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn find(
    headers: HeaderMap,
    name: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(name) = name.map_err(|_| Problem::invalid_path("name", "must be percent-encoded UTF-8"))?;
    let kind = ProblemType::named(&name)
        .ok_or_else(|| Problem::not_found("name", "is no kind of problem; /problems lists them all"))?;
    if wants_page(&headers) {
        Ok(page(kind.title, std::slice::from_ref(kind)))
    } else {
        Ok((VARY, Json(ProblemKind::from(kind))).into_response())
    }
}

/// What is answered depends on this header; caches must know.
const VARY: [(header::HeaderName, &str); 1] = [(header::VARY, "Accept")];

fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        range.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/html"))
    })
}

fn page(title: &str, kinds: &[ProblemType]) -> Response {
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1>"
    );
    for kind in kinds {
        // Writing to a text cannot fail. The texts are ours and hold nothing that HTML reads as its own.
        let _ = write!(
            html,
            "<h2><a href=\"{}\">{}</a></h2><p><strong>{} {}</strong><p>{}<p>{}",
            kind.uri,
            kind.name(),
            kind.status,
            kind.title,
            kind.meaning,
            kind.remedy
        );
    }
    html.push_str("<p><a href=\"/problems\">All problems</a> · <a href=\"/docs/\">API</a></html>");
    (VARY, Html(html)).into_response()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", true)]
    #[case("application/json, Text/HTML;q=0.1", true)]
    #[case("application/json", false)]
    #[case("*/*", false)]
    fn who_asks_for_a_page_gets_one(#[case] accept: &str, #[case] page: bool) {
        let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
        assert_eq!(wants_page(&headers), page);
    }

    #[test]
    fn no_text_of_a_page_is_read_as_html() {
        let texts = ALL.iter().flat_map(|kind| [kind.title, kind.meaning, kind.remedy]);
        assert!(texts.clone().count() > 50);
        for text in texts {
            assert!(!text.contains(['<', '>', '&']), "{text}");
        }
    }
}
