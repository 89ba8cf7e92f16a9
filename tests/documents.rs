//! Holds the documents to the truth: settings, commands, names of tests, and links.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use backhaul::config::{Environment, Settings};
use backhaul::models::diagnosis::Code;

type Names = BTreeSet<String>;

/// Folders below the root that hold no documents of ours.
const NOT_OURS: &[&str] = &["target", "node_modules"];

/// What a name in backticks begins with when it is a path of this repository.
const PATHS: &[&str] = &["src/", "tests/", "docs/", "sql/", "scripts/", "bench/"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Finds all files with this extension below `folder`, hidden folders left out.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if path.is_dir() && !name.starts_with('.') && !NOT_OURS.contains(&name.as_str()) {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Gives what stands in backticks; fenced blocks are left out.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let outside_fences = text.split("```").step_by(2);
    outside_fences.flat_map(|part| part.split('`').skip(1).step_by(2))
}

/// Gives the cells of every row of every table, without the rule below the head.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines()
        .filter_map(|line| line.trim_start_matches("//!").trim().strip_prefix('|')?.strip_suffix('|'))
        .filter(|row| !row.starts_with("---"))
        .map(|row| row.split(" | ").map(str::trim).collect())
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Lists the tests of a source file.
fn tests_of(source: &str) -> Names {
    let mut tests = Names::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        is_test |= ["#[test]", "#[tokio::test", "#[rstest]"].iter().any(|mark| line.starts_with(mark));
        let rest = line.strip_prefix("async ").unwrap_or(line);
        if let Some(name) = rest.strip_prefix("fn ").filter(|_| is_test) {
            tests.insert(name.split('(').next().unwrap().to_owned());
            is_test = false;
        }
    }
    tests
}

/// Lists all tests below `tests`, as file and name.
fn all_tests() -> Names {
    let mut all = Names::new();
    for path in files(&root().join("tests"), "rs") {
        // A folder's own file goes by the folder's name.
        let named = if path.ends_with("mod.rs") { path.parent().unwrap() } else { path.as_path() };
        let file = named.file_stem().unwrap().to_str().unwrap();
        all.extend(
            tests_of(&fs::read_to_string(&path).unwrap()).iter().map(|name| format!("{file}::{name}")),
        );
    }
    assert!(all.len() > 50, "only {} tests were found", all.len());
    all
}

/// Finds tests that a document names by file and name and that do not exist.
fn unknown_tests(document: &str, tests: &Names) -> Vec<String> {
    let named =
        quoted(document).filter(|name| name.split("::").count() == 2 && name.split("::").all(is_word));
    named.filter(|name| !tests.contains(*name)).map(str::to_owned).collect()
}

/// Finds tests that the last column of a table names and that do not exist.
fn unknown_tests_in_last_column(document: &str, tests: &Names) -> Vec<String> {
    let known: Names = tests.iter().filter_map(|test| test.split("::").last()).map(str::to_owned).collect();
    let cells = rows(document).filter_map(|row| row.last().copied());
    let named: Vec<&str> = cells.flat_map(|cell| quoted(cell).collect::<Vec<_>>()).collect();
    named.into_iter().filter(|name| !known.contains(*name)).map(str::to_owned).collect()
}

/// Lists the settings that source code names: literals in capitals, those of its tests left out.
fn settings_read(source: &str) -> Names {
    let code = source.split("#[cfg(test)]").next().unwrap();
    let is_key =
        |text: &&str| text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    code.split('"').skip(1).step_by(2).filter(is_key).map(str::to_owned).collect()
}

/// Reads the table of settings: the default of each, without backticks.
fn table_of_settings(readme: &str) -> BTreeMap<String, String> {
    let section = readme.split("\n## Settings\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let plain = |cell: &str| cell.trim_matches('`').to_owned();
    rows(section).skip(1).map(|row| (plain(row[0]), plain(row[1]))).collect()
}

/// Lists the commands of a `--help`.
fn commands(help: &str) -> Names {
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = list.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Lists the commands that a document shows in backticks at the start of a row.
fn commands_in_tables(document: &str) -> Names {
    rows(document)
        .filter_map(|row| row[0].strip_prefix("`backhaul ")?.split([' ', '`']).next().map(str::to_owned))
        .collect()
}

/// Finds declarations that the last column of a table shows and that no source has.
fn unknown_declarations(document: &str, sources: &str) -> Vec<String> {
    let section =
        document.split("\n## Time-outs and bounds\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let shown =
        rows(section).skip(1).filter_map(|row| row.last().map(|cell| cell.trim_matches('`').to_owned()));
    shown.filter(|constant| !sources.contains(&format!("const {constant};"))).collect()
}

/// Finds links and paths of a document in `folder` that lead nowhere.
fn dead_ends(document: &str, folder: &Path) -> Vec<String> {
    let targets = document.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let links = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    let links = links.map(|link| (link, folder.join(link.split('#').next().unwrap())));
    let is_path =
        |name: &&str| PATHS.iter().any(|start| name.starts_with(start)) && !name.contains(['*', ' ']);
    let paths = quoted(document).filter(is_path).map(|path| (path, root().join(path)));
    links.chain(paths).filter(|(_, path)| !path.exists()).map(|(name, _)| name.to_owned()).collect()
}

#[track_caller]
fn none(findings: &[String], what: &str) {
    assert!(findings.is_empty(), "{what}: {}", findings.join(", "));
}

#[test]
fn every_test_that_a_promise_names_exists() {
    let guarantees = read("docs/GUARANTEES.md");
    assert!(quoted(&guarantees).filter(|name| name.contains("::")).count() > 50);
    none(&unknown_tests(&guarantees, &all_tests()), "docs/GUARANTEES.md names tests that do not exist");
}

#[test]
fn every_mistake_of_the_model_stands_under_the_promises() {
    let guarantees = read("docs/GUARANTEES.md");
    let planted = tests_of(&read("tests/model/mistakes_are_found.rs"));
    assert!(planted.len() > 20);
    let missing: Vec<String> =
        planted.into_iter().filter(|name| !guarantees.contains(name.as_str())).collect();
    none(&missing, "docs/GUARANTEES.md leaves out mistakes of the model");
}

#[test]
fn every_test_of_the_crash_table_exists() {
    for file in ["src/services/sync/mod.rs", "src/services/resume/mod.rs"] {
        let table = read(file);
        assert!(rows(&table).count() > 5);
        none(
            &unknown_tests_in_last_column(&table, &all_tests()),
            "the crash table names tests that do not exist",
        );
    }
}

#[test]
fn the_example_names_every_setting_and_no_other() {
    let mut read_by_code = settings_read(&read("src/config/settings.rs"));
    read_by_code.extend(settings_read(&read("src/config/environment.rs")));
    let example = Environment::new(Some(root().join(".env.example")), []).values().unwrap();
    assert_eq!(example.keys().cloned().collect::<Names>(), read_by_code);
}

#[test]
fn the_example_shows_the_defaults() {
    let example = Environment::new(Some(root().join(".env.example")), []).values().unwrap();
    let required: BTreeMap<String, String> =
        example.clone().into_iter().filter(|(key, _)| key.ends_with("_DATABASE_URL")).collect();
    let [shown, default] =
        [example, required].map(|values| format!("{:?}", Settings::from_values(&values).unwrap()));
    assert_eq!(shown, default);
}

#[test]
fn the_readme_shows_the_settings_of_the_example() {
    let example = Environment::new(Some(root().join(".env.example")), []).values().unwrap();
    let table = table_of_settings(&read("README.md"));
    assert_eq!(table.keys().collect::<Vec<_>>(), example.keys().collect::<Vec<_>>());
    let known: Names = backhaul::config::doubts::KEYS.map(str::to_owned).into();
    assert_eq!(known, example.keys().cloned().collect(), "what is not known is called a slip");
    for (key, value) in example.iter().filter(|(key, value)| !value.is_empty() && table[*key] != "required") {
        assert_eq!(&table[key], value, "{key}");
    }
}

#[test]
fn the_readme_shows_every_command_and_no_other() {
    let help = Command::new(env!("CARGO_BIN_EXE_backhaul")).arg("--help").output().unwrap().stdout;
    let readme = read("README.md");
    assert_eq!(commands_in_tables(&readme), commands(&String::from_utf8(help).unwrap()));
}

#[test]
fn every_code_of_doctor_is_explained_and_provoked_by_a_test() {
    let operations = read("docs/OPERATIONS.md");
    let section = operations.split("\n## Doctor\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let explained: Names =
        rows(section).skip(1).flat_map(|row| quoted(row[0]).map(str::to_owned).collect::<Vec<_>>()).collect();
    let codes: Names = Code::ALL.iter().map(|code| code.name().to_owned()).collect();
    assert_eq!(explained, codes);
    let tests: String = files(&root().join("tests/it/doctor"), "rs")
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let unprovoked: Vec<String> =
        codes.into_iter().filter(|code| !tests.contains(&format!("\"{code}\""))).collect();
    none(&unprovoked, "no test of tests/it/doctor provokes");
}

#[test]
fn the_document_of_problems_is_that_of_the_code() {
    let document = backhaul::controllers::problem_types::document();
    if writes_problems() {
        fs::write(root().join("docs/PROBLEMS.md"), &document).unwrap();
    }
    assert!(read("docs/PROBLEMS.md") == document, "docs/PROBLEMS.md is out of date: run `make problems-doc`");
}

#[expect(clippy::disallowed_methods, reason = "`make problems-doc` asks the test itself")]
fn writes_problems() -> bool {
    std::env::var_os("WRITE_PROBLEMS_DOC").is_some()
}

#[test]
fn the_bounds_are_those_of_the_code() {
    let architecture = read("docs/ARCHITECTURE.md");
    let sources: String =
        files(&root().join("src"), "rs").iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    none(
        &unknown_declarations(&architecture, &sources),
        "docs/ARCHITECTURE.md shows other bounds than the code",
    );
}

#[test]
fn links_and_paths_lead_somewhere() {
    let documents = files(&root(), "md");
    assert!(documents.len() > 5, "only {} documents were found", documents.len());
    let mut all = Vec::new();
    for path in documents {
        let text = fs::read_to_string(&path).unwrap();
        let found = dead_ends(&text, path.parent().unwrap());
        all.extend(found.into_iter().map(|end| format!("{} leads to {end}", path.display())));
    }
    none(&all, "dead ends");
}

mod planted {
    //! Each check finds a defect that is planted here.

    use super::*;

    fn names(all: &[&str]) -> Names {
        all.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn a_test_that_was_renamed_is_found() {
        let tests = names(&["crashes::heals", "crashes::settles"]);
        let document = "| `crashes::heals` | a |\n| `crashes::healed` | `config::Settings`, `a b::c` |";
        assert_eq!(unknown_tests(document, &tests), ["crashes::healed"]);
        let table = "//! | died after | shown by |\n//! |---|---|\n//! | `apply` | `settles` |\n//! | x | `settled` |";
        assert_eq!(unknown_tests_in_last_column(table, &tests), ["settled"]);
    }

    #[test]
    fn only_tests_count_as_tests() {
        let source = "#[tokio::test]\nasync fn one() {}\nfn helper() {}\n#[rstest]\n#[case(1)]\nasync fn two(#[case] n: u8) {}\n#[test]\nfn three() {}";
        assert_eq!(tests_of(source), names(&["one", "three", "two"]));
    }

    #[test]
    fn a_setting_is_found_in_code_and_not_in_its_tests() {
        let source =
            r#"read.text("HOST"); bad("IS_ONLINE", "true or false", "NO1"); #[cfg(test)] mod t { "PORT" }"#;
        assert_eq!(settings_read(source), names(&["HOST", "IS_ONLINE"]));
    }

    #[test]
    fn settings_and_commands_are_read_from_their_tables() {
        let readme = "\n## Settings\n\n| key | default |\n|---|---|\n| `A` | `1 * *` |\n| `B` | none |\n\n## Commands\n\n\
                      | command | does |\n|---|---|\n| `backhaul sync` | x |\n| `backhaul retry [--all \\| --x]` | y |\n";
        let expected = [("A", "1 * *"), ("B", "none")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(table_of_settings(readme), BTreeMap::from(expected));
        assert_eq!(commands_in_tables(readme), names(&["retry", "sync"]));
        let help =
            "Usage: x\n\nCommands:\n  sync   Run\n  retry  Make\n  help   Print\n\nOptions:\n  -h  Help\n";
        assert_eq!(commands(help), names(&["retry", "sync"]));
    }

    #[test]
    fn a_bound_that_was_changed_is_found() {
        let document = "\n## Time-outs and bounds\n| what | in the code |\n|---|---|\n| a | `A: u64 = 1` |\n| b | `B: u64 = 2` |\n";
        assert_eq!(unknown_declarations(document, "const A: u64 = 1;\nconst B: u64 = 20;"), ["B: u64 = 2"]);
    }

    #[test]
    fn a_dead_link_and_a_dead_path_are_found() {
        let document = "[a](README.md) [b](gone.md#x) [c](https://example.org/x) [d](#here) `src/lib.rs` `src/gone.rs`\n\
                        ```\n`src/fenced.rs`\n```\n";
        assert_eq!(dead_ends(document, &root()), ["gone.md#x", "src/gone.rs"]);
    }
}
