//! The switch `IS_ONLINE`, and a DB_B that is down, refuses, or stays silent.

use crate::support::shop::{entries, installed, sync, users};
use crate::support::{
    ChaosProxy, Fault, OwnServer, Pair, Place, assert_equal_on_both_sides, servers::shared, wait_for,
};

#[tokio::test]
async fn switched_off_nothing_is_attempted() {
    let mut pair = installed().await;
    let proxy = ChaosProxy::start(pair.central_port());
    pair.reach_central_through(proxy.port());
    pair.local.execute(&users(1, 2)).await;
    pair.set_online(false);
    assert_eq!(sync(&pair, 4).await["outcome"], "offline");
    assert_eq!(crate::support::chaos_proxy::Counts::of(&proxy.counts().connections), 0);
    assert_eq!(pair.local.column("select distinct retry_count from sync_queue").await, ["0"]);
    pair.program.write_env_file("IS_ONLINE=perhaps\n");
    let refused = pair.backhaul(&["sync"]).await.expect_code(1);
    assert!(refused.stderr.contains("IS_ONLINE=perhaps: expected true or false"), "{}", refused.stderr);
}

#[tokio::test]
async fn flipping_the_switch_takes_effect_without_a_restart() {
    let mut pair = installed().await;
    pair.set("SYNC_CRON", "* * * * * *");
    pair.set_online(false);
    let mut server = pair.start(&["serve"]);
    pair.local.execute(&users(1, 2)).await;
    let runs = |outcome: &'static str| {
        let pair = &pair;
        async move {
            pair.local
                .one::<u64>(&format!("select count(*) from sync_runs where outcome = '{outcome}'"))
                .await
        }
    };
    wait_for("an offline tick", async || runs("offline").await > 0).await;
    assert_eq!(entries(&pair, "PENDING").await, 2);
    pair.set_online(true);
    wait_for("the entries arrive", async || entries(&pair, "SYNCED").await == 2).await;
    pair.program.write_env_file("IS_ONLINE=perhaps\n");
    let before = runs("offline").await;
    wait_for("an unreadable switch counts as off", async || runs("offline").await > before).await;
    assert!(!server.has_ended());
}

/// Asserts that a cycle ends as unreachable, counts one attempt, and keeps the entries PENDING.
async fn assert_unreachable(pair: &Pair, attempts: u64) {
    let report = sync(pair, 4).await;
    assert_eq!(report["outcome"], "unreachable");
    assert!(report["message"].as_str().unwrap().contains("CENTRAL_DATABASE_URL"), "{report}");
    let counts = pair.local.column("select distinct retry_count from sync_queue order by 1").await;
    assert_eq!(counts, [attempts.to_string()]);
    assert_eq!((entries(pair, "PENDING").await, entries(pair, "FAILED").await), (2, 0));
}

#[tokio::test]
async fn a_central_database_that_refuses_or_stays_silent_ends_the_cycle_and_counts_an_attempt() {
    let mut pair = installed().await;
    pair.set("CENTRAL_TIMEOUT_SECONDS", &2);
    pair.set("SYNC_MAX_RETRIES", &1);
    let proxy = ChaosProxy::start(pair.central_port());
    pair.reach_central_through(proxy.port());
    pair.local.execute(&users(1, 2)).await;
    for (attempts, fault) in
        [(1, Fault::Refuse), (2, Fault::Silence), (3, Fault::SwallowReplies), (4, Fault::BlackHole)]
    {
        proxy.set(fault);
        assert_unreachable(&pair, attempts).await;
    }
    proxy.set(Fault::None);
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn only_the_batch_concerned_counts_an_attempt() {
    let mut pair = installed().await;
    pair.set("SYNC_BATCH_SIZE", &2);
    pair.set("CENTRAL_DATABASE_URL", "mysql://nobody:x@127.0.0.1:1/nowhere");
    pair.local.execute(&users(1, 5)).await;
    sync(&pair, 4).await;
    let counts = pair.local.column("select retry_count from sync_queue order by id").await;
    assert_eq!(counts, ["1", "1", "0", "0", "0"]);
}

#[tokio::test]
async fn a_central_database_that_is_stopped_and_started_gets_everything() {
    let mut central = OwnServer::start(Place::Central);
    let pair = Pair::on(&shared().local, &central).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local.execute(&users(1, 2)).await;
    central.kill();
    assert_unreachable(&pair, 1).await;
    central.start_again().unwrap();
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_wrong_password_is_shown_and_judges_nobody() {
    let mut pair = installed().await;
    pair.local.execute(&users(1, 2)).await;
    let url = pair.program.setting("CENTRAL_DATABASE_URL").unwrap().replace("backhaul:", "backhaul:wrong");
    pair.set("CENTRAL_DATABASE_URL", &url);
    let report = sync(&pair, 4).await;
    let message = report["message"].as_str().unwrap();
    assert!(message.contains("Access denied") && !message.contains("wrong"), "{message}");
    assert_eq!(entries(&pair, "PENDING").await, 2);
}
