//! Holds the planted defects of `tests/defects` to the tree: each still applies, says what it is, and names tests that exist.
//!
//! `make soak-defects` plants them one by one and demands that those tests fail; that takes long, and this does not.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Fewest defects; one that was lost would otherwise not be missed.
const FEWEST: usize = 18;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Gives every patch by its name.
fn patches() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(root().join("tests/defects")).unwrap().map(Result::unwrap) {
        let name = entry.path().file_stem().unwrap().to_str().unwrap().to_owned();
        found.insert(name, fs::read_to_string(entry.path()).unwrap());
    }
    assert!(found.len() >= FEWEST, "only {} defects", found.len());
    found
}

/// Gives, for each hunk, the file below the root and the lines that must stand there.
fn hunks(patch: &str) -> Vec<(String, String)> {
    let mut file = "";
    let mut found: Vec<(String, String)> = Vec::new();
    for line in patch.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix("--- a/") {
            file = name;
        } else if line.starts_with("@@ ") {
            found.push((file.to_owned(), String::new()));
        } else if let (Some((_, before)), Some(text)) =
            (found.last_mut(), line.strip_prefix([' ', '-']).or_else(|| line.is_empty().then_some("")))
            && !line.starts_with("+++ ")
        {
            before.push_str(text);
            before.push('\n');
        }
    }
    found
}

/// Tells why a patch does not apply to the tree.
fn misfits(patch: &str, read: impl Fn(&Path) -> Option<String>) -> Vec<String> {
    let hunks = hunks(patch);
    if hunks.is_empty() {
        return vec!["it changes nothing".to_owned()];
    }
    let misfit = |(file, before): &(String, String)| match read(Path::new(file)) {
        None => Some(format!("{file} does not exist")),
        Some(text) if text.matches(before.as_str()).count() == 1 => None,
        Some(_) => Some(format!("{file} does not hold, once:\n{before}")),
    };
    hunks.iter().filter_map(misfit).collect()
}

fn in_tree(file: &Path) -> Option<String> {
    fs::read_to_string(root().join(file)).ok()
}

/// Gives the lines that name tests: the target, and parts of the names of its tests.
fn named_tests(patch: &str) -> Vec<Vec<&str>> {
    patch
        .lines()
        .filter_map(|line| line.strip_prefix("# caught by: "))
        .map(|line| line.split_whitespace().collect())
        .collect()
}

#[test]
fn every_defect_still_applies() {
    for (name, patch) in patches() {
        let misfits = misfits(&patch, in_tree);
        assert!(misfits.is_empty(), "tests/defects/{name}.patch no longer applies: {}", misfits.join("\n"));
    }
}

#[test]
fn every_defect_says_what_it_is_and_who_catches_it() {
    for (name, patch) in patches() {
        let first = patch.lines().next().unwrap_or_default();
        assert!(first.starts_with("# ") && first.ends_with('.'), "{name}: the first line says what it is");
        let named = named_tests(&patch);
        assert!(!named.is_empty(), "{name}: no test is named");
        for line in named {
            let [target, filters @ ..] = line.as_slice() else { panic!("{name}: no target is named") };
            let [file, folder] = [format!("tests/{target}.rs"), format!("tests/{target}/main.rs")];
            assert!(
                [file, folder].iter().any(|path| root().join(path).is_file()),
                "{name}: no target {target}"
            );
            assert!(!filters.is_empty(), "{name}: name the tests of {target}, since all of them take long");
        }
    }
}

#[test]
fn every_defect_stands_under_the_promises() {
    let guarantees = fs::read_to_string(root().join("docs/GUARANTEES.md")).unwrap();
    let section = guarantees.split("\n## Planted defects\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let shown: Vec<&str> =
        section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let there = patches();
    assert_eq!(shown, there.keys().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_patch_that_does_not_fit_is_found() {
    let patch = "# What.\n# caught by: it a\n--- a/x.rs\n+++ b/x.rs\n@@ -1,2 +1,2 @@ fn\n a\n-b\n+c\n";
    let tree = |text: &'static str| move |_: &Path| Some(text.to_owned());
    assert_eq!(misfits(patch, tree("a\nb\nd\n")), Vec::<String>::new());
    assert_eq!(misfits(patch, tree("a\nx\nd\n")).len(), 1);
    assert_eq!(misfits(patch, tree("a\nb\na\nb\n")).len(), 1, "twice is not once");
    assert_eq!(misfits(patch, |_| None).len(), 1);
    assert_eq!(misfits("# What.\n", tree("")).len(), 1);
    assert_eq!(named_tests(patch), [["it", "a"]]);
}
