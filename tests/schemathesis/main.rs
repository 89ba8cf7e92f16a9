//! Schemathesis against the running API: requests of every kind, drawn from the description, right and wrong ones, one by one and
//! in sequences; every answer must be one that the description allows. See `docs/decisions/0024-schemathesis.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

#[path = "../it/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "this test needs a part of what tests/it needs")]
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::program::Finished;
use support::shop::installed;
use support::wait_for;

/// Draws the requests; a run is played again by its seed.
const SEED: u32 = 1;

/// How many requests of each kind are drawn for an operation.
const EXAMPLES: u32 = 12;

/// What `API_TOKEN` is: with one set, requests without it are tried as well.
const TOKEN: &str = "made-up-for-this-test";

/// Where `scripts/install-packages test` puts the program.
const PROGRAM: &str = "target/schemathesis/bin/schemathesis";

#[tokio::test]
async fn whatever_is_asked_the_api_answers_as_its_description_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(root.join(PROGRAM).exists(), "{PROGRAM} is missing: run `scripts/install-packages test`");
    let mut pair = installed().await;
    pair.set("API_TOKEN", TOKEN);
    pair.local.load_file("sql/local/sample_data.sql").expect_code(0);
    let mut serving = pair.start(&["serve"]);
    let client = reqwest::Client::new();
    wait_for("the program is ready", async || {
        assert!(!serving.has_ended(), "{}", serving.stderr());
        client.get(pair.api("/readyz")).send().await.is_ok_and(|answer| answer.status() == 200)
    })
    .await;
    let mut command = schemathesis(root, &pair.api("/openapi.json"), pair.dir());
    let found = tokio::task::spawn_blocking(move || Finished::of(&mut command)).await.unwrap();
    let shown = format!("seed {SEED}\n{}\n{}", found.stdout, found.stderr);
    assert_eq!(found.code, Some(0), "{shown}");
    // A run that tried nothing would find nothing.
    let tried = tried(&found.stdout);
    assert!(tried.is_some_and(|tried| tried > 500), "{shown}");
    for phase in ["Examples", "Coverage", "Fuzzing", "Stateful"] {
        assert!(found.stdout.contains(&format!("✅ {phase}")), "{phase} was not played: {shown}");
    }
    assert!(!serving.has_ended(), "{}", serving.stderr());
    println!("seed {SEED}: {} requests", tried.unwrap_or_default());
}

fn schemathesis(root: &Path, description: &str, dir: &Path) -> Command {
    let mut command = Command::new(root.join(PROGRAM));
    command
        .arg("--config-file")
        .arg(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/schemathesis/schemathesis.toml"))
        .args(["run", description, "--no-color"])
        .args(["--seed", &SEED.to_string(), "--max-examples", &EXAMPLES.to_string()])
        .arg(format!("--header=Authorization: Bearer {TOKEN}"))
        .current_dir(dir)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", dir)
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::null());
    command
}

/// Reads how many requests were tried from the summary.
fn tried(summary: &str) -> Option<u64> {
    summary.split("Test cases:").nth(1)?.split_whitespace().next()?.parse().ok()
}
