//! Keeps watch over what the program is built from: licences, sources, and libraries it must not contain.
//!
//! The lists are those of deny.toml, by which `make deny` goes. Known vulnerabilities are looked up there only: that needs a
//! network, and a test must not fail for what others publish.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

/// Libraries of which two versions at once would not understand each other's values.
const SINGLE: &[&str] = &["axum", "jiff", "mysql_async", "mysql_common", "ring", "rustls", "tokio", "utoipa"];

/// Reads a list of deny.toml: the words in quotes between `key = [`, below `[section]`, and the line that closes it.
fn list(section: &str, key: &str) -> Vec<String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deny.toml")).unwrap();
    let section = text.split(&format!("\n[{section}]\n")).nth(1).unwrap().split("\n[").next().unwrap();
    let list = section.split(&format!("\n{key} = [\n")).nth(1).unwrap().split("\n]").next().unwrap();
    let words: Vec<String> =
        list.lines().filter_map(|line| line.split('"').nth(1)).map(str::to_owned).collect();
    assert!(words.len() > 3, "{section} {key}: {words:?}");
    words
}

static LICENCES: LazyLock<Vec<String>> = LazyLock::new(|| list("licenses", "allow"));

/// Lists every package that is built on this system, tests and all.
fn packages() -> Vec<Value> {
    let version = Command::new("rustc").arg("-vV").output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--all-features", "--format-version=1", "--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let used: Vec<&Value> =
        metadata["resolve"]["nodes"].as_array().unwrap().iter().map(|node| &node["id"]).collect();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let packages: Vec<Value> = packages.filter(|package| used.contains(&&package["id"])).cloned().collect();
    assert!(packages.len() > 50, "only {} packages were found", packages.len());
    packages
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap()
}

/// Tells whether an SPDX expression leaves a choice that is allowed; `/` is an old way to write `OR`.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (allowed, rest) = any_of(&words);
    allowed && rest.is_empty()
}

fn any_of<'a, 'w>(words: &'w [&'a str]) -> (bool, &'w [&'a str]) {
    let (mut allowed, mut rest) = all_of(words);
    while let ["OR", more @ ..] = rest {
        let (next, after) = all_of(more);
        (allowed, rest) = (allowed | next, after);
    }
    (allowed, rest)
}

fn all_of<'a, 'w>(words: &'w [&'a str]) -> (bool, &'w [&'a str]) {
    let (mut allowed, mut rest) = one(words);
    while let ["AND", more @ ..] = rest {
        let (next, after) = one(more);
        (allowed, rest) = (allowed & next, after);
    }
    (allowed, rest)
}

fn one<'a, 'w>(words: &'w [&'a str]) -> (bool, &'w [&'a str]) {
    match words {
        ["(", inner @ ..] => {
            let (allowed, rest) = any_of(inner);
            (allowed, rest.strip_prefix(&[")"]).unwrap_or(&["unclosed"]))
        }
        [licence, "WITH", exception, rest @ ..] => {
            (LICENCES.contains(&format!("{licence} WITH {exception}")), rest)
        }
        [licence, rest @ ..] => (LICENCES.iter().any(|allowed| allowed == licence), rest),
        [] => (false, &["unfinished"]),
    }
}

#[test]
fn every_licence_is_one_that_allows_passing_on() {
    let packages = packages();
    let refused: Vec<String> = packages
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(is_allowed))
        .map(|package| format!("{}: {}", name(package), package["license"]))
        .collect();
    assert!(refused.is_empty(), "not among the allowed licences:\n{}", refused.join("\n"));
}

#[test]
fn licence_expressions_are_understood() {
    for allowed in [
        "MIT",
        "MIT OR GPL-3.0",
        "MIT/Apache-2.0",
        "(GPL-2.0 OR MIT) AND Zlib",
        "Apache-2.0 WITH LLVM-exception OR X",
    ] {
        assert!(is_allowed(allowed), "{allowed}");
    }
    for refused in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT", "MIT OR", "MIT)", "Apache-2.0 WITH X"] {
        assert!(!is_allowed(refused), "{refused}");
    }
}

#[test]
fn every_dependency_is_a_published_one() {
    let sources = packages();
    let mut sources: Vec<&str> = sources.iter().filter_map(|package| package["source"].as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    assert_eq!(sources.len(), 1, "one registry and nothing else: {sources:?}");
    assert!(sources[0].starts_with("registry+"), "{sources:?}");
}

#[test]
fn unwanted_libraries_are_absent() {
    let packages = packages();
    let unwanted = list("bans", "deny");
    let found: Vec<&str> =
        packages.iter().map(name).filter(|name| unwanted.iter().any(|one| one == name)).collect();
    assert!(found.is_empty(), "{found:?}; `cargo tree --invert NAME` shows who brings it in");
}

#[test]
fn libraries_that_must_agree_come_in_one_version() {
    let packages = packages();
    for single in SINGLE {
        let versions: Vec<&Value> = packages
            .iter()
            .filter(|package| name(package) == *single)
            .map(|package| &package["version"])
            .collect();
        assert_eq!(versions.len(), 1, "{single}: {versions:?}");
    }
}

/// Lists what a program that people build is made of, each as name and version.
fn built_by_people(features: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--edges=no-dev", "--prefix=none"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_program_that_people_build_has_no_fault_points() {
    let knows_faults = |tree: &str| tree.lines().any(|line| line.starts_with("fail v"));
    assert!(knows_faults(&built_by_people(&["--features=fault-points"])));
    assert!(!knows_faults(&built_by_people(&[])));
}
