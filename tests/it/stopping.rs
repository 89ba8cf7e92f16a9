//! SIGTERM ends the program cleanly; a second one at once.

use std::time::{Duration, Instant};

use crate::support::shop::{installed, sync, users};
use crate::support::{ChaosProxy, Fault, Pair, assert_equal_on_both_sides, chaos_proxy::Counts, wait_for};

/// When a program that leaves after nine seconds has left on a busy machine, too.
const LATEST_STOP: Duration = Duration::from_secs(40);

/// Leads the program to DB_B through a proxy that keeps its batch, for longer than any stop may take.
fn hang_at_its_batch(pair: &mut Pair) -> ChaosProxy {
    let proxy = ChaosProxy::start(pair.central_port());
    proxy.set(Fault::HoldRequestWith("insert into `users`"));
    pair.reach_central_through(proxy.port());
    pair.set("CENTRAL_TIMEOUT_SECONDS", &120);
    proxy
}

/// Asks whether the API answers.
async fn answers(url: &str) -> bool {
    reqwest::get(url).await.is_ok_and(|answer| answer.status().is_success())
}

#[tokio::test]
async fn a_signal_ends_an_idle_server_with_status_0() {
    let pair = installed().await;
    let server = pair.start(&["serve"]);
    wait_for("the API answers", async || answers(&pair.api("/readyz")).await).await;
    server.signal("TERM");
    server.finish().await.expect_code(0);
}

#[tokio::test]
async fn a_terminal_that_goes_away_stops_it_unless_it_was_started_to_outlive_that() {
    let pair = installed().await;
    let server = pair.program.start_in_a_terminal(&["serve"]);
    wait_for("the API answers", async || answers(&pair.api("/readyz")).await).await;
    server.signal("HUP");
    server.signal("HUP");
    let ended = server.finish().await.expect_code(0);
    assert!(ended.stderr.contains("SIGHUP") && ended.stderr.contains("stopped"), "{}", ended.stderr);
    let server = pair.program.start_under_nohup(&["serve"]);
    wait_for("the API answers", async || answers(&pair.api("/readyz")).await).await;
    server.signal("HUP");
    assert!(answers(&pair.api("/readyz")).await);
    server.signal("TERM");
    let ended = server.finish().await.expect_code(0);
    assert!(ended.stderr.contains("SIGTERM") && !ended.stderr.contains("SIGHUP"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_program_whose_output_nobody_reads_any_more_works_and_stops_like_any_other() {
    let mut pair = installed().await;
    pair.set("SYNC_CRON", "* * * * * *");
    let server = pair.program.start_unheard(&["serve"]);
    pair.local.execute(&users(1, 3)).await;
    wait_for("the users arrive", async || pair.central.one::<u64>("select count(*) from users").await == 3)
        .await;
    server.signal("TERM");
    assert_eq!(server.finish().await.code, Some(0));
    for command in ["status", "sync"] {
        assert_eq!(pair.program.start_unheard(&[command]).finish().await.code, Some(0), "{command}");
    }
}

#[tokio::test]
async fn a_signal_during_a_batch_that_hangs_ends_the_server_within_ten_seconds() {
    let mut pair = installed().await;
    pair.set("SYNC_CRON", "* * * * * *");
    let direct = pair.program.setting("CENTRAL_DATABASE_URL").unwrap().to_owned();
    let proxy = hang_at_its_batch(&mut pair);
    let server = pair.start(&["serve"]);
    pair.local.execute(&users(1, 3)).await;
    wait_for("the batch is on its way", async || Counts::of(&proxy.counts().held) > 0).await;
    #[expect(clippy::disallowed_methods, reason = "the tests have a clock of their own")]
    let signalled = Instant::now();
    server.signal("TERM");
    server.finish().await.expect_code(0);
    assert!(signalled.elapsed() < LATEST_STOP);
    pair.set("CENTRAL_DATABASE_URL", &direct);
    wait_for("the lock of the cycle that was left is gone", async || {
        pair.backhaul(&["sync"]).await.code != Some(5)
    })
    .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_signal_during_one_cycle_leaves_its_batch_to_the_next_within_ten_seconds() {
    let mut pair = installed().await;
    let direct = pair.program.setting("CENTRAL_DATABASE_URL").unwrap().to_owned();
    let proxy = hang_at_its_batch(&mut pair);
    pair.local.execute(&users(1, 3)).await;
    let cycle = pair.start(&["sync", "--json"]);
    wait_for("the batch is on its way", async || Counts::of(&proxy.counts().held) > 0).await;
    #[expect(clippy::disallowed_methods, reason = "the tests have a clock of their own")]
    let signalled = Instant::now();
    cycle.signal("TERM");
    assert_eq!(cycle.finish().await.expect_code(3).json()["outcome"], "partial");
    assert!(signalled.elapsed() < LATEST_STOP);
    pair.set("CENTRAL_DATABASE_URL", &direct);
    wait_for("the lock of the cycle that was left is gone", async || {
        pair.backhaul(&["sync"]).await.code != Some(5)
    })
    .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_second_signal_stops_at_once() {
    let mut pair = installed().await;
    pair.set("SYNC_CRON", "* * * * * *");
    let proxy = hang_at_its_batch(&mut pair);
    let server = pair.start(&["serve"]);
    pair.local.execute(&users(1, 3)).await;
    wait_for("the batch is on its way", async || Counts::of(&proxy.counts().held) > 0).await;
    server.signal("TERM");
    wait_for("the first signal is heard", async || server.stderr().contains("stopping")).await;
    server.signal("TERM");
    let ended = server.finish().await;
    assert_eq!(ended.code, Some(130));
}

#[tokio::test]
async fn a_taken_port_is_said_in_one_line() {
    let pair = installed().await;
    let port: u16 = pair.program.setting("PORT").unwrap().parse().unwrap();
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let refused = pair.backhaul(&["serve"]).await.expect_code(1);
    assert!(refused.stderr.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{}", refused.stderr);
    assert_eq!(refused.stderr.lines().count(), 1, "{}", refused.stderr);
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_cancel_the_cycle_it_asked_for() {
    let mut pair = installed().await;
    let proxy = ChaosProxy::start(pair.central_port());
    pair.reach_central_through(proxy.port());
    let _server = pair.start(&["serve"]);
    wait_for("the API answers", async || answers(&pair.api("/readyz")).await).await;
    pair.local.execute(&users(1, 3)).await;
    proxy.set(Fault::HoldRequestWith("insert into `users`"));
    let client = reqwest::Client::builder().timeout(Duration::from_millis(800)).build().unwrap();
    assert!(client.post(pair.api("/sync/run")).send().await.unwrap_err().is_timeout());
    let second = reqwest::Client::new().post(pair.api("/sync/run")).send().await.unwrap();
    assert_eq!(second.status(), 409);
    proxy.set(Fault::None);
    let synced = "select count(*) from sync_queue where sync_status = 'SYNCED'";
    wait_for("the cycle ends", async || pair.local.one::<u64>(synced).await == 3).await;
}
