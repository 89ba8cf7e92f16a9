//! DB_A or DB_B is not the one it was.

use crate::support::shop::{entries, installed, sync, users};
use crate::support::{Pair, assert_equal_on_both_sides};

/// Gives a pair that has carried three batches.
async fn with_three_batches() -> Pair {
    let pair = installed().await;
    for id in 1..=3 {
        pair.local.execute(&users(id, id)).await;
        sync(&pair, 0).await;
    }
    pair.local.execute(&users(4, 4)).await;
    pair
}

/// Asserts that a cycle stops, says `words`, and writes nothing.
async fn assert_stops(pair: &Pair, words: &str) {
    let before = pair.central.column("select id from users order by id").await;
    let report = sync(pair, 6).await;
    assert_eq!(report["outcome"], "stopped");
    assert!(report["message"].as_str().unwrap().contains(words), "{report}");
    assert_eq!(pair.central.column("select id from users order by id").await, before);
    assert_eq!(entries(pair, "PENDING").await, 1);
}

#[tokio::test]
async fn another_central_database_stops_the_site() {
    let pair = with_three_batches().await;
    pair.central.execute("delete from sync_sites").await;
    assert_stops(&pair, "DB_B does not know this site, which already sent 3 batches").await;
    let refused = pair.backhaul(&["install"]).await.expect_code(1);
    assert!(refused.stderr.contains("does not know this site"), "{}", refused.stderr);
    assert_eq!(
        pair.central.one::<u64>("select count(*) from sync_sites").await,
        0,
        "the row is never made anew"
    );
}

#[tokio::test]
async fn an_empty_central_database_stops_the_site() {
    let pair = with_three_batches().await;
    pair.central.execute("drop table sync_sites").await;
    assert_stops(&pair, "DB_B does not know this site, which already sent 3 batches").await;
}

#[tokio::test]
async fn another_epoch_stops_the_site() {
    let pair = with_three_batches().await;
    pair.central.execute("update sync_sites set epoch = 'another'").await;
    assert_stops(&pair, "another epoch").await;
}

#[tokio::test]
async fn a_local_database_restored_from_a_backup_stops_the_site() {
    let pair = with_three_batches().await;
    // As in a backup taken before the third batch: DB_A has never heard of its token.
    pair.local.execute("delete from sync_intents where number = 3").await;
    assert_stops(&pair, "DB_A was restored from a backup or cloned").await;
}

#[tokio::test]
async fn a_central_database_that_lost_batches_gets_them_again() {
    let pair = with_three_batches().await;
    let first = pair.local.one::<String>("select token from sync_intents where number = 1").await;
    pair.central
        .execute(&format!(
            "delete from users where id in (2, 3); update sync_sites set last_token = '{first}', last_batch = 1"
        ))
        .await;
    let report = sync(&pair, 0).await;
    assert_eq!(report["entries_synced"], 3);
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_central_database_that_lost_pruned_batches_stops_the_site() {
    let mut pair = with_three_batches().await;
    pair.set("QUEUE_RETENTION_DAYS", &0);
    pair.backhaul(&["prune"]).await.expect_code(0);
    let zero = pair.local.one::<String>("select token from sync_intents where number = 0").await;
    pair.central.execute(&format!("update sync_sites set last_token = '{zero}', last_batch = 0")).await;
    assert_stops(&pair, "no longer in the queue").await;
}

#[tokio::test]
async fn a_queue_begun_anew_under_an_open_intent_is_applied_anew() {
    use crate::support::{ChaosProxy, Fault};
    let mut pair = installed().await;
    pair.set("CENTRAL_TIMEOUT_SECONDS", &2);
    let proxy = ChaosProxy::start(pair.central_port());
    pair.reach_central_through(proxy.port());
    pair.local.execute(&users(1, 1)).await;
    proxy.set(Fault::SwallowReplyTo("insert into `users`"));
    sync(&pair, 4).await;
    proxy.set(Fault::None);
    pair.local.execute("truncate sync_queue").await;
    pair.local.execute(&users(2, 2)).await;
    assert_eq!(pair.local.column("select id from sync_queue").await, ["1"], "the id is used again");
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_second_site_for_the_same_tables_is_refused() {
    let first = installed().await;
    let mut second = Pair::new().await;
    let central = first.program.setting("CENTRAL_DATABASE_URL").unwrap().to_owned();
    second.set("CENTRAL_DATABASE_URL", &central);
    let refused = second.backhaul(&["install"]).await.expect_code(1);
    assert!(refused.stderr.contains("is fed by the site 'test site'"), "{}", refused.stderr);
}

#[tokio::test]
async fn a_site_that_is_not_installed_is_told_what_to_do() {
    let pair = Pair::new().await;
    let report = pair.backhaul(&["sync", "--json"]).await.expect_code(1).json();
    assert!(report["message"].as_str().unwrap().contains("run `backhaul install`"), "{report}");
}
