//! `backhaul demo`: two servers, the sample data, the API, in one command.

use std::path::Path;

use crate::support::program::{Program, Running, free_port};
use crate::support::servers::scratch_dir;
use crate::support::wait_for;

fn program() -> Program {
    Program::new(scratch_dir("demo")).with("PORT", &free_port())
}

fn api(program: &Program, path: &str) -> String {
    format!("http://127.0.0.1:{}{path}", program.setting("PORT").unwrap())
}

async fn started(program: &Program, arguments: &[&str]) -> Running {
    let mut running = program.start(arguments);
    wait_for("the demo answers", async || {
        assert!(!running.has_ended(), "the demo ended: {}", running.stderr());
        reqwest::get(api(program, "/readyz")).await.is_ok_and(|answer| answer.status().is_success())
    })
    .await;
    running
}

async fn get(program: &Program, path: &str) -> serde_json::Value {
    reqwest::get(api(program, path)).await.unwrap().json().await.unwrap()
}

/// Gives the ids of the two servers' processes.
fn servers(data_dir: &Path) -> Vec<u32> {
    let process = |side: &str| {
        std::fs::read_to_string(data_dir.join(side).join("server.pid")).unwrap().trim().parse().unwrap()
    };
    vec![process("local"), process("central")]
}

fn is_alive(process: u32) -> bool {
    std::fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| !line.is_empty())
}

#[tokio::test]
async fn a_demo_serves_its_sample_data_and_finds_its_data_again() {
    let program = program();
    let running = started(&program, &["demo"]).await;
    let said = running.stdout();
    assert!(said.contains("Try next:"), "{said}");
    let (_, list) = said.split_once("Look at:\n").unwrap();
    assert!(
        list.trim_start().starts_with(&format!("{} ", api(&program, "/"))),
        "the dashboard comes first: {said}"
    );
    assert_eq!(get(&program, "/users").await["users"].as_array().unwrap().len(), 5);
    let client = reqwest::Client::new();
    let added = client
        .post(api(&program, "/users"))
        .json(&serde_json::json!({"name": "Nina New", "email": "nina@shop.example"}))
        .send()
        .await
        .unwrap();
    assert_eq!(added.status(), 201);
    let report: serde_json::Value =
        client.post(api(&program, "/sync/run")).send().await.unwrap().json().await.unwrap();
    assert_eq!((&report["outcome"], &report["entries_synced"]), (&"drained".into(), &12.into()));
    let processes = servers(&program.dir.join(".data"));
    running.signal("INT");
    running.finish().await.expect_code(0);
    assert!(!processes.into_iter().any(is_alive), "the servers end with the demo");

    let running = started(&program, &["demo"]).await;
    assert_eq!(get(&program, "/users").await["users"].as_array().unwrap().len(), 6);
    assert_eq!(get(&program, "/sync/status").await["counts"]["synced"], 12);
    running.signal("TERM");
    running.finish().await.expect_code(0);
}

#[tokio::test]
async fn the_servers_of_a_killed_demo_die_with_it_and_the_next_start_works() {
    let program = program();
    let data_dir = program.dir.join("elsewhere");
    let arguments = ["demo", "--data-dir", "elsewhere"];
    let mut running = started(&program, &arguments).await;
    let processes = servers(&data_dir);
    assert!(processes.iter().copied().all(is_alive));
    running.kill();
    wait_for("the servers are gone as well", async || !processes.iter().copied().any(is_alive)).await;
    let running = started(&program, &arguments).await;
    assert_eq!(get(&program, "/users").await["users"].as_array().unwrap().len(), 5);
    running.signal("TERM");
    running.finish().await.expect_code(0);
}

#[tokio::test]
async fn a_taken_port_is_said_before_anything_is_started() {
    let program = program();
    let port: u16 = program.setting("PORT").unwrap().parse().unwrap();
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let refused = program.run(&["demo"]).await.expect_code(1);
    assert!(refused.stderr.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{}", refused.stderr);
    assert!(!program.dir.join(".data").exists());
}
