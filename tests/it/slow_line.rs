//! A line on which bytes count.

use std::time::Duration;

use crate::support::chaos_proxy::Counts;
use crate::support::shop::{installed, sync, users};
use crate::support::{ChaosProxy, Fault, assert_equal_on_both_sides};

/// Carries a backlog over a line with this latency; gives the bytes of SQL, and those that went over the line.
async fn carry(latency: Duration, setting: &str) -> (u64, u64) {
    let mut pair = installed().await;
    let proxy = ChaosProxy::start(pair.central_port());
    pair.reach_central_through(proxy.port());
    pair.set("CENTRAL_COMPRESSION", setting);
    pair.local.execute(&users(1, 2000)).await;
    proxy.set(Fault::Latency(latency));
    let report = sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
    (report["central_bytes_sent"].as_u64().unwrap(), Counts::of(&proxy.counts().to_server))
}

#[tokio::test]
async fn over_a_slow_line_batches_are_compressed() {
    let (of_sql, on_the_line) = carry(Duration::from_millis(30), "auto").await;
    assert!(on_the_line * 3 < of_sql, "{of_sql} bytes of SQL, {on_the_line} on the line");
}

#[tokio::test]
async fn compression_is_switched_on_and_off() {
    let (of_sql, on_the_line) = carry(Duration::ZERO, "on").await;
    assert!(on_the_line * 3 < of_sql, "{of_sql} bytes of SQL, {on_the_line} on the line");
    let (of_sql, on_the_line) = carry(Duration::from_millis(30), "off").await;
    assert!(on_the_line > of_sql, "{of_sql} bytes of SQL, {on_the_line} on the line");
}

/// Carries users that were all inserted and then all renamed, in batches of which each names only inserts or only
/// updates; gives how many records were sent.
async fn records_sent(latency: Duration) -> u64 {
    let mut pair = installed().await;
    let proxy = ChaosProxy::start(pair.central_port());
    pair.reach_central_through(proxy.port());
    pair.set("SYNC_BATCH_SIZE", "100");
    pair.local.execute(&users(1, 500)).await;
    pair.local.execute("update users set name = 'renamed'").await;
    proxy.set(Fault::Latency(latency));
    let report = sync(&pair, 0).await;
    assert_eq!(report["entries_synced"], 1_000);
    assert_equal_on_both_sides(&pair, &["users"]).await;
    report["records_upserted"].as_u64().unwrap()
}

#[tokio::test]
async fn over_a_slow_line_a_record_that_changed_again_much_later_is_sent_once() {
    assert_eq!(records_sent(Duration::from_millis(30)).await, 500);
}
