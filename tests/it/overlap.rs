//! Batches overlap: while one is applied, the one before is acknowledged, and the next one claimed.

use rstest::rstest;

use crate::support::faulty::{assert_written_once, run_again, run_with};
use crate::support::shop::{audit_users, entries, installed, sync, users};
use crate::support::{Pair, assert_equal_on_both_sides};

/// A backlog of ten batches, where DB_B writes down what arrives.
async fn backlog() -> Pair {
    let mut pair = installed().await;
    audit_users(&pair).await;
    pair.set("SYNC_BATCH_SIZE", &4);
    pair.local.execute(&users(1, 40)).await;
    pair
}

async fn open_intents(pair: &Pair) -> u64 {
    pair.local.one("select count(*) from sync_intents where state = 'OPEN'").await
}

#[rstest]
#[case::as_it_is_acknowledged("acknowledgement-before-commit", 2)]
#[case::once_it_is_acknowledged("acknowledged", 1)]
#[tokio::test]
async fn a_fault_while_one_batch_is_acknowledged_and_the_next_is_on_its_way_heals(
    #[case] point: &str,
    #[case] open: u64,
    #[values("kill", "drop", "error", "delay")] fault: &str,
) {
    let pair = backlog().await;
    run_with(&pair, &["sync"], point, fault).await;
    if fault == "kill" {
        // A busy machine may take a near DB_B for a far one now and then, to which more is sent at once.
        assert!(open_intents(&pair).await >= open);
    }
    run_again(&pair, &["sync"], 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
    assert_written_once(&pair).await;
    assert_eq!((open_intents(&pair).await, entries(&pair, "SYNCED").await >= 40), (0, true));
}

#[tokio::test]
async fn each_batch_of_a_backlog_arrives_once_and_is_acknowledged() {
    let pair = backlog().await;
    let report = sync(&pair, 0).await;
    assert!(report["batches"].as_u64().unwrap() >= 10, "{report}");
    assert_eq!(report["entries_synced"], 40);
    assert_equal_on_both_sides(&pair, &["users"]).await;
    assert_written_once(&pair).await;
}

#[tokio::test]
async fn where_no_second_connection_is_to_be_had_batches_follow_one_after_the_other() {
    let mut pair = backlog().await;
    let address = pair.local.lone_account("alone", pair.local_port()).await;
    pair.set("LOCAL_DATABASE_URL", &address);
    let report = sync(&pair, 0).await;
    assert!(report["batches"].as_u64().unwrap() >= 10, "{report}");
    assert_eq!(report["entries_synced"], 40);
    assert_equal_on_both_sides(&pair, &["users"]).await;
    pair.local.execute("drop user alone@'127.0.0.1'").await;
}

#[tokio::test]
async fn a_bad_record_in_the_middle_of_a_backlog_holds_up_nobody() {
    let pair = backlog().await;
    crate::support::shop::refuse_bad_users(&pair).await;
    pair.local
        .execute(
            "update users set name = 'bad' where id = 17; insert into orders (id, user_id, amount) values (1, 17, 1), (2, 18, 2); \
             update users set name = 'newer' where id in (2, 30)",
        )
        .await;
    sync(&pair, 3).await;
    assert_eq!(
        pair.local.column("select distinct record_id from sync_failures order by 1").await,
        ["1", "17"]
    );
    assert_eq!(pair.central.one::<u64>("select count(*) from users").await, 39);
    pair.local.execute("update users set name = 'mended' where id = 17").await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
}
