//! `/assets`: the pages' files, which are part of the program. They hold no data, and are open to everyone.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::page::IsPage;
use super::problem::Problem;
use crate::utils::hex;

/// Compiles a file below `assets` in, under its name there.
macro_rules! asset {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../assets/", $name)))
    };
}

/// Every file below `assets`; a test compares the two.
const FILES: &[(&str, &[u8])] = &[
    asset!("dashboard/actions.js"),
    asset!("dashboard/announce.js"),
    asset!("dashboard/api.js"),
    asset!("dashboard/chart.js"),
    asset!("dashboard/clock.js"),
    asset!("dashboard/cycles.js"),
    asset!("dashboard/dom.js"),
    asset!("dashboard/early.js"),
    asset!("dashboard/entries.js"),
    asset!("dashboard/history.js"),
    asset!("dashboard/index.html"),
    asset!("dashboard/lists.css"),
    asset!("dashboard/main.js"),
    asset!("dashboard/outcomes.js"),
    asset!("dashboard/page.css"),
    asset!("dashboard/problems.js"),
    asset!("dashboard/record.css"),
    asset!("dashboard/record.js"),
    asset!("dashboard/remedy.js"),
    asset!("dashboard/statement.js"),
    asset!("dashboard/statement_view.js"),
    asset!("dashboard/story.js"),
    asset!("dashboard/stream.js"),
    asset!("dashboard/theme.css"),
    asset!("dashboard/theme.js"),
    asset!("dashboard/words.js"),
    asset!("icon.svg"),
    asset!("sign_in.css"),
    asset!("sign_in.html"),
    asset!("sign_in.js"),
    asset!("vendor/uplot/LICENSE"),
    asset!("vendor/uplot/uPlot.iife.min.js"),
    asset!("vendor/uplot/uPlot.min.css"),
];

/// What browsers are told of a file by the end of its name.
const MEDIA_TYPES: [(&str, &str); 8] = [
    ("html", "text/html; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("ico", "image/x-icon"),
    ("woff2", "font/woff2"),
];

/// The files with what is sent along.
static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| FILES.iter().map(Asset::new).collect());

/// A file as it is answered.
struct Asset {
    name: &'static str,
    bytes: &'static [u8],
    media_type: HeaderValue,
    tag: HeaderValue,
}

impl Asset {
    fn new(&(name, bytes): &(&'static str, &'static [u8])) -> Self {
        let end = name.rsplit_once('.').map_or(name, |(_, end)| end);
        let known = MEDIA_TYPES.iter().find(|(known, _)| *known == end);
        let media_type =
            HeaderValue::from_static(known.map_or("text/plain; charset=utf-8", |(_, kind)| kind));
        // The beginning of a digest tells two versions of a file apart as surely as all of it.
        let digest = Sha256::digest(bytes);
        let tag = HeaderValue::try_from(format!("\"{}\"", hex::lower(&digest[..12])))
            .unwrap_or(HeaderValue::from_static("\"0\""));
        Self { name, bytes, media_type, tag }
    }
}

/// Gives a file.
///
/// # Errors
/// When there is no such file.
pub async fn file(
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(name) = path.map_err(|_| Problem::no_such_route())?;
    answer(&name, &headers)
}

/// Answers with a file, or with 304 where the browser's copy is the same.
///
/// # Errors
/// When there is no such file.
pub(super) fn answer(name: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let asset = ASSETS.iter().find(|asset| asset.name == name).ok_or_else(Problem::no_such_route)?;
    // A browser keeps its copy and asks each time whether it still holds: an update shows at once.
    let always =
        [(header::ETAG, asset.tag.clone()), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    let mut response = if knows(headers, &asset.tag) {
        (StatusCode::NOT_MODIFIED, always).into_response()
    } else {
        let kind = [(header::CONTENT_TYPE, asset.media_type.clone())];
        (always, kind, asset.bytes).into_response()
    };
    response.extensions_mut().insert(IsPage);
    Ok(response)
}

/// Tells whether the browser has the file with this tag already.
fn knows(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let given = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|list| list.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || Some(one.trim_start_matches("W/")) == tag.to_str().ok()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_below_assets_is_served_under_its_name() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        let (mut folders, mut found) = (vec![root.clone()], BTreeSet::new());
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.insert(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        let listed: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(listed, found);
    }
}
