//! One bad record holds only itself and what depends on it.

use mysql_async::prelude::Queryable;
use rstest::rstest;
use serde_json::Value;

use crate::support::shop::{entries, installed, let_time_pass, numbers, refuse_bad_users, sync, users};
use crate::support::{Pair, Place, assert_equal_on_both_sides};

/// Reads the entries of one state as `status` shows them.
async fn shown(pair: &Pair, status: &str) -> Vec<Value> {
    let state = pair.backhaul(&["status", "--json"]).await.expect_code(0).json();
    state["records"][status].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_good_records_of_a_batch_arrive_in_the_same_cycle() {
    let pair = installed().await;
    refuse_bad_users(&pair).await;
    pair.local.execute(&users(1, 1000)).await;
    pair.local.execute("update users set name = 'bad' where id in (3, 500, 1000)").await;
    let report = sync(&pair, 3).await;
    assert_eq!((&report["outcome"], &report["records_upserted"]), (&"partial".into(), &997.into()));
    assert_eq!((&report["entries_synced"], &report["entries_failed"]), (&997.into(), &6.into()));
    assert_eq!(pair.central.one::<u64>("select count(*) from users").await, 997);
    assert_eq!(entries(&pair, "PENDING").await, 6);
    let error = &shown(&pair, "pending").await[0]["error"];
    assert_eq!((&error["class"], &error["attempts"]), (&"data".into(), &1.into()));
    let violated = if Place::Central.is_mysql() { 3819 } else { 4025 };
    assert_eq!(error["code"], violated);
    assert!(error["message"].as_str().unwrap().contains("no_bad"), "{error}");
    assert!(!error["remedy"].as_str().unwrap().is_empty() && error["next_attempt_at"].is_string(), "{error}");
}

#[tokio::test]
async fn a_rejected_record_waits_longer_each_time_and_fails_at_its_last_attempt() {
    let mut pair = installed().await;
    pair.set("SYNC_MAX_RETRIES", &3);
    refuse_bad_users(&pair).await;
    pair.local.execute("insert into users (id, name, email) values (1, 'bad', 'bad@x')").await;
    let mut waits = Vec::new();
    for attempt in 1..=3 {
        sync(&pair, 3).await;
        assert_eq!(pair.local.one::<u64>("select retry_count from sync_queue").await, attempt);
        let wait = "select round(coalesce(timestampdiff(second, last_failed_at, next_attempt_at), 0)) from sync_failures";
        waits.push(pair.local.one::<u64>(wait).await);
        assert_eq!(entries(&pair, "FAILED").await, u64::from(attempt == 3));
        sync(&pair, 3).await;
        let attempts = "select attempts from sync_failures";
        assert_eq!(pair.local.one::<u64>(attempts).await, attempt, "it is not tried before its time");
        let_time_pass(&pair).await;
    }
    assert!(waits[0] > 0 && waits[1] > waits[0] && waits[2] == 0, "{waits:?}");
    assert_eq!(shown(&pair, "failed").await[0]["error"]["attempts"], 3);
}

#[tokio::test]
async fn retry_sets_a_failed_record_free() {
    let mut pair = installed().await;
    pair.set("SYNC_MAX_RETRIES", &1);
    refuse_bad_users(&pair).await;
    pair.local
        .execute("insert into users (id, name, email) values (1, 'bad', '1@x'), (2, 'bad', '2@x')")
        .await;
    sync(&pair, 3).await;
    assert_eq!(entries(&pair, "FAILED").await, 2);
    pair.central.execute("alter table users drop constraint no_bad").await;
    sync(&pair, 3).await;
    assert_eq!(entries(&pair, "FAILED").await, 2, "a FAILED record waits for a person or a newer change");
    let one = ["retry", "--table", "users", "--record", "2", "--json"];
    assert_eq!(pair.backhaul(&one).await.expect_code(0).json()["requeued"], 1);
    sync(&pair, 3).await;
    assert_eq!(pair.central.column("select id from users").await, ["2"]);
    assert_eq!(pair.backhaul(&["retry", "--all", "--json"]).await.expect_code(0).json()["requeued"], 1);
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_newer_change_to_a_failed_record_is_due_at_once_and_ends_the_failure() {
    let mut pair = installed().await;
    pair.set("SYNC_MAX_RETRIES", &1);
    refuse_bad_users(&pair).await;
    pair.local.execute("insert into users (id, name, email) values (1, 'bad', '1@x')").await;
    sync(&pair, 3).await;
    pair.local.execute("update users set name = 'mended' where id = 1").await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
    assert_eq!((entries(&pair, "FAILED").await, entries(&pair, "SYNCED").await), (0, 2));
}

#[tokio::test]
async fn what_depends_on_a_rejected_record_is_held_by_name_and_goes_with_it() {
    let pair = installed().await;
    refuse_bad_users(&pair).await;
    pair.local
        .execute(
            "insert into users (id, name, email) values (1, 'bad', '1@x'), (2, 'good', '2@x'); \
             insert into orders (id, user_id, amount) values (10, 1, 5), (20, 2, 5)",
        )
        .await;
    let report = sync(&pair, 3).await;
    assert_eq!((&report["entries_synced"], &report["entries_held"]), (&2.into(), &1.into()));
    assert_eq!(pair.central.column("select id from orders").await, ["20"]);
    let held =
        "select concat(waits_for_table, ' ', waits_for_record) from sync_failures where state = 'HELD'";
    assert_eq!(pair.local.column(held).await, ["users 1"]);
    assert_eq!(pair.local.column("select retry_count from sync_queue where record_id = '10'").await, ["0"]);
    sync(&pair, 3).await;
    let status = pair.backhaul(&["status", "--json"]).await.expect_code(0).json();
    assert_eq!((&status["counts"]["held"], &status["counts"]["pending"]), (&1.into(), &2.into()));
    pair.local.execute("update users set name = 'mended' where id = 1").await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
}

#[tokio::test]
async fn a_record_that_exists_only_in_central_is_never_overwritten_by_another() {
    let pair = installed().await;
    pair.central.execute("insert into users (id, name, email) values (77, 'central only', 'taken@x')").await;
    pair.local
        .execute("insert into users (id, name, email) values (1, 'local', 'taken@x'), (2, 'good', '2@x')")
        .await;
    let report = sync(&pair, 3).await;
    assert_eq!((&report["entries_synced"], &report["entries_failed"]), (&1.into(), &1.into()));
    let rows = "select concat(id, ' ', name) from users order by id";
    assert_eq!(pair.central.column(rows).await, ["2 good", "77 central only"]);
}

#[tokio::test]
async fn a_server_that_refuses_everyone_judges_nobody() {
    let mut pair = installed().await;
    pair.set("SYNC_MAX_RETRIES", &1);
    pair.local.execute(&users(1, 3)).await;
    pair.central
        .execute(
            "create trigger refuse before insert on users for each row \
             signal sqlstate 'HY000' set mysql_errno = 1290, message_text = 'read only for now'",
        )
        .await;
    let report = sync(&pair, 4).await;
    assert_eq!(report["outcome"], "unreachable");
    assert!(report["message"].as_str().unwrap().contains("read only for now"), "{report}");
    assert_eq!((entries(&pair, "PENDING").await, entries(&pair, "FAILED").await), (3, 0));
    assert_eq!(pair.local.column("select distinct retry_count from sync_queue").await, ["1"]);
    pair.central.execute("drop trigger refuse").await;
    sync(&pair, 0).await;
}

#[tokio::test]
async fn a_row_larger_than_a_packet_is_judged_and_the_others_go_on() {
    let mut pair = crate::support::Pair::new().await;
    pair.set("SYNC_TABLES", "photos");
    for side in [&pair.local, &pair.central] {
        side.execute("create table photos (id int primary key, body longblob)").await;
    }
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local
        .execute("insert into photos values (1, 'small'), (2, repeat('x', 9000000)), (3, 'small too')")
        .await;
    let report = sync(&pair, 3).await;
    assert_eq!((&report["entries_synced"], &report["entries_failed"]), (&2.into(), &1.into()));
    assert_eq!(pair.central.column("select id from photos").await, ["1", "3"]);
    assert_eq!(pair.local.column("select code from sync_failures").await, ["1153"]);
}

#[tokio::test]
async fn a_row_that_grew_larger_than_any_packet_holds_up_nobody() {
    let pair = crate::support::schema::installed_with(
        "photos",
        "create table photos (id int primary key, body longtext, more longtext)",
    )
    .await;
    pair.local.execute("insert into photos (id, body) values (1, repeat('x', 9000000))").await;
    pair.local.execute("update photos set more = repeat('y', 9000000)").await;
    pair.local.execute("insert into photos (id) values (2)").await;
    sync(&pair, 3).await;
    assert_eq!(pair.central.column("select id from photos").await, ["2"]);
    assert_eq!(pair.local.column("select concat(record_id, ' ', code) from sync_failures").await, ["1 1153"]);
}

#[tokio::test]
async fn failures_that_no_entry_stands_behind_are_forgotten_by_pruning() {
    let pair = installed().await;
    refuse_bad_users(&pair).await;
    pair.local
        .execute("insert into users (id, name, email) values (1, 'bad', '1@x'), (2, 'bad', '2@x')")
        .await;
    sync(&pair, 3).await;
    pair.local.execute("delete from sync_queue where record_id = '1'").await;
    pair.backhaul(&["prune"]).await.expect_code(0);
    assert_eq!(pair.local.column("select record_id from sync_failures").await, ["2"]);
}

#[rstest]
#[case::three("id in (17, 5000, 9999)", 3)]
#[case::three_hundred("id % 33 = 0 and id <= 9900", 300)]
#[case::all("id > 0", 10_000)]
#[tokio::test]
async fn bad_records_among_ten_thousand_are_found_in_few_round_trips(#[case] which: &str, #[case] bad: u64) {
    let mut pair = installed().await;
    pair.set("SYNC_MAX_RETRIES", &1);
    refuse_bad_users(&pair).await;
    pair.local.execute(&users(1, 10_000)).await;
    // Each record has its newest entry in the order of the keys, so that the bad ones are spread over the batch.
    let spread =
        format!("update users set email = concat('x', email), name = if({which}, 'bad', name) order by id");
    pair.local.execute(&spread).await;
    pair.set("SYNC_BATCH_SIZE", &30_000);
    let report = sync(&pair, 3).await;
    assert_eq!((&report["records_upserted"], &report["batches"]), (&(10_000 - bad).into(), &1.into()));
    assert_eq!(
        pair.local
            .one::<u64>("select count(distinct record_id) from sync_queue where sync_status = 'FAILED'")
            .await,
        bad
    );
    assert_eq!(pair.central.one::<u64>("select count(*) from users").await, 10_000 - bad);
    // MariaDB can be told to go on after a record that it rejects; MySQL stops at each.
    let most = if Place::Central.is_mysql() { bad + 60 } else { 60 };
    let round_trips = report["central_round_trips"].as_u64().unwrap();
    assert!(round_trips < most, "{round_trips} round trips for {bad} bad records");
    eprintln!("{bad} bad among 10,000: {round_trips} round trips, {} ms", report["duration_ms"]);
}

#[tokio::test]
async fn thousands_that_wait_are_counted_in_one_walk() {
    const WAIT: u64 = 3_000;
    let pair = installed().await;
    refuse_bad_users(&pair).await;
    pair.local.execute("insert into users (id, name, email) values (1, 'bad', 'a')").await;
    let orders = format!("insert into orders (id, user_id, amount) select seq, 1, 5 from {}", numbers(3_000));
    pair.local.execute(&orders).await;
    let report = sync(&pair, 3).await;
    assert_eq!(report["entries_held"].as_u64().unwrap(), WAIT);
    let mut conn = pair.local.connect().await;
    conn.query_drop("flush status").await.unwrap();
    let held: Option<u64> =
        conn.query_first(include_str!("../../src/db/local_db/count_held.sql")).await.unwrap();
    assert_eq!(held, Some(WAIT));
    let read: Vec<(String, u64)> = conn.query("show session status like 'handler_read%'").await.unwrap();
    let read: u64 = read.into_iter().map(|(_, rows)| rows).sum();
    assert!(read < 10 * WAIT, "{read} rows read to count {WAIT}");
}
