//! `doctor`: each thing that can be wrong is provoked on real servers, found, and gone once the printed remedy was run.

mod capture;
mod central;
mod ledger;
mod privileges;
mod servers;
mod tables;
mod whole;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Pair, Side};

/// What the servers of the tests are meant to be: fast rather than durable.
const OF_FAST_SERVERS: [&str; 2] = ["log-not-flushed", "binlog-not-flushed"];

/// Gives what `doctor` finds, but for what the servers of the tests are meant to be.
async fn findings(pair: &Pair) -> Vec<Value> {
    let finished = pair.backhaul(&["doctor", "--json"]).await;
    let report = finished.json();
    let all = report["findings"].as_array().unwrap().clone();
    assert_eq!(finished.code, Some(if all.is_empty() { 0 } else { 3 }), "{report}");
    all.into_iter().filter(|one| !OF_FAST_SERVERS.contains(&code(one))).collect()
}

fn code(finding: &Value) -> &str {
    finding["code"].as_str().unwrap()
}

/// Asserts that exactly these kinds of things are found, runs every remedy as it is printed, and asserts that nothing
/// is found any more. Gives the findings.
#[track_caller]
fn found_and_mended<'a>(pair: &'a Pair, expected: &[&'a str]) -> impl Future<Output = Vec<Value>> + 'a {
    let place = std::panic::Location::caller();
    let expected: BTreeSet<&str> = expected.iter().copied().collect();
    async move {
        let found = findings(pair).await;
        let codes: BTreeSet<&str> = found.iter().map(code).collect();
        assert_eq!(codes, expected, "{place}: {found:#?}");
        for finding in &found {
            run_remedy(pair, finding["remedy"].as_str().unwrap()).await;
        }
        let left = findings(pair).await;
        assert!(left.is_empty(), "{place}: after {found:#?} there is left {left:#?}");
        found
    }
}

/// Runs a remedy: statements behind the name of a side, and commands in backticks.
async fn run_remedy(pair: &Pair, remedy: &str) {
    for part in remedy.split("; then ") {
        let sides: [(&str, &Side); 2] = [("on DB_A: ", &pair.local), ("on DB_B: ", &pair.central)];
        if let Some((start, side)) = sides.into_iter().find(|(start, _)| part.starts_with(start)) {
            side.execute(&part[start.len()..]).await;
            continue;
        }
        if part.starts_with("correct these first") {
            continue;
        }
        let commands: Vec<&str> = part.split('`').filter(|quoted| quoted.starts_with("backhaul ")).collect();
        assert!(!commands.is_empty(), "nothing to run in: {remedy}");
        for command in commands {
            let arguments: Vec<&str> = command.split(' ').skip(1).collect();
            pair.backhaul(&arguments).await;
        }
    }
}
