//! Reads the imports of every source file and holds the picture of the house.
//!
//! Rooms are the folders (or single files) directly below `src`; a module is a file. One module imports another when
//! a path in its code, in a macro or in an attribute leads there: `use`, `crate::…`, `super::…`, or a name that a
//! `use` brought in. Not counted: code under `#[cfg(test)]`, visibilities such as `pub(in crate::db)`, and
//! in a `mod.rs` or `lib.rs` the doors it opens, `mod x;` and `pub use x::Y`. Who comes in through such a door
//! imports the module behind it. Bringing a module's name in is no import of its `mod.rs` until something is taken from there.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

mod circles;
mod imports;
mod rules;

use std::fs;
use std::path::{Path, PathBuf};

use imports::House;

/// Most lines a source file may have; one that has more surely has a second subject.
const MOST_LINES: usize = 400;

/// What the user asked for by name, below `src`; each may be a file or a folder.
const PROMISED: &[&str] =
    &["db/local_db", "db/central_db", "routes", "controllers", "services", "cron/sync_cron", "utils"];

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Finds every source file of the program, with its path below `src`.
fn sources() -> Vec<(String, String)> {
    sources_below(&src())
}

/// Finds every source file below a folder, with its path there.
fn sources_below(root: &Path) -> Vec<(String, String)> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(found.len() > 10, "hardly any source was found in {}", root.display());
    found
}

fn house() -> House {
    let mut house = House::default();
    for (file, text) in sources() {
        house.add(&file, &text);
    }
    house
}

#[track_caller]
fn none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn imports_only_lead_down() {
    none(&rules::wrong_imports(&house()));
}

#[test]
fn modules_form_no_circle() {
    none(&circles::circles(&house()));
}

#[test]
fn libraries_stay_in_their_rooms() {
    none(&rules::misplaced_libraries(&house()));
}

#[test]
fn clock_and_environment_are_read_in_one_file_each() {
    none(&rules::misplaced_readings(&house()));
}

#[test]
fn the_rooms_are_there_under_their_names() {
    let is_missing = |name: &&&str| !src().join(name).is_dir() && !src().join(format!("{name}.rs")).is_file();
    let missing: Vec<String> =
        PROMISED.iter().filter(is_missing).map(|name| format!("src/{name} is missing")).collect();
    none(&missing);
}

#[test]
fn every_room_stands_in_the_picture() {
    none(&rules::unknown_rooms(&house()));
}

#[test]
fn no_file_is_too_long() {
    let mut long = Vec::new();
    for folder in ["src", "bench/src"] {
        for (file, text) in sources_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)) {
            let lines = text.lines().count();
            if lines > MOST_LINES {
                long.push(format!("{folder}/{file} has {lines} lines, more than {MOST_LINES}"));
            }
        }
    }
    none(&long);
}
