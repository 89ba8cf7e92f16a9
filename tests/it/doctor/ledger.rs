//! Whether both sides still belong together, and rows that never travelled.

use super::{code, findings, found_and_mended};
use crate::support::shop::{installed, sync, users};
use crate::support::{Pair, assert_equal_on_both_sides};

async fn with_three_batches() -> Pair {
    let pair = installed().await;
    for id in 1..=3 {
        pair.local.execute(&users(id, id)).await;
        sync(&pair, 0).await;
    }
    pair
}

#[track_caller]
fn only(pair: &Pair, expected: &'static str) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        let found = findings(pair).await;
        assert_eq!(found.iter().map(code).collect::<Vec<_>>(), [expected], "{place}: {found:#?}");
    }
}

#[tokio::test]
async fn a_ledger_that_is_not_this_sites_is_found() {
    let pair = with_three_batches().await;
    pair.central
        .execute("create table kept as select * from sync_sites; update sync_sites set epoch = 'another'")
        .await;
    only(&pair, "ledger-mismatch").await;
    pair.central
        .execute("update sync_sites set epoch = (select epoch from kept), last_token = 'unknown'")
        .await;
    only(&pair, "ledger-mismatch").await;
    pair.central.execute("delete from sync_sites").await;
    only(&pair, "ledger-mismatch").await;
    pair.central.execute("insert into sync_sites select * from kept").await;
    assert_eq!(findings(&pair).await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn a_ledger_that_was_never_begun_is_begun_by_the_remedy() {
    let pair = installed().await;
    pair.central.execute("delete from sync_sites").await;
    found_and_mended(&pair, &["ledger-missing"]).await;
}

#[tokio::test]
async fn a_central_database_that_lost_batches_is_mended_by_a_cycle_unless_they_were_pruned() {
    let mut pair = with_three_batches().await;
    let token = |number: u8| format!("select token from sync_intents where number = {number}");
    let first = pair.local.one::<String>(&token(1)).await;
    let lost = format!(
        "delete from users where id > 1; update sync_sites set last_token = '{first}', last_batch = 1"
    );
    pair.central.execute(&lost).await;
    found_and_mended(&pair, &["central-behind"]).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
    pair.set("QUEUE_RETENTION_DAYS", &0);
    pair.backhaul(&["prune"]).await.expect_code(0);
    let zero = pair.local.one::<String>(&token(0)).await;
    pair.central.execute(&format!("update sync_sites set last_token = '{zero}', last_batch = 0")).await;
    only(&pair, "ledger-mismatch").await;
}

#[tokio::test]
async fn tables_that_another_site_feeds_are_found() {
    let pair = installed().await;
    pair.central.execute("update sync_site_tables set site_id = 'another' where table_name = 'users'").await;
    only(&pair, "other-site").await;
}

#[tokio::test]
async fn rows_that_were_never_brought_in_are_found_and_those_that_wait_are_not() {
    let pair = installed().await;
    pair.local.execute(&users(1, 3)).await;
    assert!(findings(&pair).await.is_empty(), "they wait");
    pair.local.execute("delete from sync_queue").await;
    found_and_mended(&pair, &["rows-not-brought-in"]).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}
