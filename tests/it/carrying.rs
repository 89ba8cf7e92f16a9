//! What a cycle carries when nothing goes wrong.

use crate::support::shop::{audit_users, entries, installed, numbers, sync, users};
use crate::support::{Pair, assert_equal_on_both_sides};

#[tokio::test]
async fn inserts_updates_and_deletes_arrive() {
    let pair = installed().await;
    pair.local.load_file("sql/local/sample_data.sql").expect_code(0);
    let report = sync(&pair, 0).await;
    assert_eq!((&report["outcome"], &report["entries_synced"]), (&"drained".into(), &11.into()));
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
    pair.local
        .execute(
            "update users set name = 'Žofie \\\\ ''quoted'' \0 😀' where id = 1; delete from orders where id = 2; \
             update orders set amount = 0.01, updated_at = '2030-01-01 00:00:00.000001' where id = 1; \
             update users set id = 50 where id = 2 and not exists (select 1 from orders where user_id = 2)",
        )
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
    assert_eq!(entries(&pair, "PENDING").await, 0);
}

#[tokio::test]
async fn a_record_changed_often_travels_once() {
    let pair = installed().await;
    audit_users(&pair).await;
    pair.local.execute(&users(1, 1)).await;
    for turn in 0..9 {
        pair.local.execute(&format!("update users set name = 'turn {turn}' where id = 1")).await;
    }
    let report = sync(&pair, 0).await;
    assert_eq!((&report["entries_synced"], &report["records_upserted"]), (&10.into(), &1.into()));
    assert_eq!(pair.central.column("select name from audit").await, ["turn 8"]);
}

#[tokio::test]
async fn a_record_that_came_and_went_is_a_delete() {
    let pair = installed().await;
    pair.local.execute(&format!("{}; delete from users", users(1, 3))).await;
    let report = sync(&pair, 0).await;
    assert_eq!((&report["records_upserted"], &report["records_deleted"]), (&0.into(), &3.into()));
    assert_eq!(pair.central.one::<u64>("select count(*) from users").await, 0);
}

#[tokio::test]
async fn the_smallest_batches_and_packets_carry_the_same() {
    let mut pair = installed().await;
    pair.set("SYNC_BATCH_SIZE", &1);
    pair.local.load_file("sql/local/sample_data.sql").expect_code(0);
    let report = sync(&pair, 0).await;
    assert_eq!(report["batches"], 11);
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
    pair.set("SYNC_BATCH_SIZE", &1000);
    pair.set("SYNC_BATCH_BYTES", &1024);
    pair.local.execute(&users(100, 999)).await;
    let report = sync(&pair, 0).await;
    assert!(report["batches"].as_u64().unwrap() > 1, "{report}");
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
}

#[tokio::test]
async fn a_batch_of_several_packets_is_still_one_transaction() {
    let mut pair = installed().await;
    pair.set("SYNC_BATCH_BYTES", &(64 << 20));
    // Or a busy machine would pass for a slow line now and then, on which one connects otherwise.
    pair.set("CENTRAL_COMPRESSION", "off");
    let wide = "select seq, repeat('n', 255), concat(repeat('e', 240), seq) from";
    pair.local.execute(&format!("insert into users (id, name, email) {wide} {}", numbers(40_000))).await;
    pair.set("SYNC_BATCH_SIZE", &100_000);
    let audit = "create table seen (n int auto_increment primary key, rows_seen int)";
    pair.central.execute(audit).await;
    // 40,000 rows of 500 bytes are 20 MB, more than the 16 MB one packet may have.
    let counting = async {
        let mut seen = std::collections::BTreeSet::new();
        while !seen.contains(&40_000) {
            seen.insert(pair.central.one::<u64>("select count(*) from users").await);
        }
        seen
    };
    let (report, seen) = tokio::join!(sync(&pair, 0), counting);
    assert_eq!(report["batches"], 1);
    // One packet less would make it four: connecting takes two, the second of which settles and reads the catalogue; and the
    // status of the site takes one.
    assert_eq!(report["central_round_trips"], 5, "{report}");
    assert!(seen.iter().all(|count| [0, 40_000].contains(count)), "half a batch was visible: {seen:?}");
}

#[tokio::test]
async fn round_trips_grow_with_batches_not_with_records() {
    let mut pair = installed().await;
    pair.set("CENTRAL_COMPRESSION", "off");
    pair.local.execute(&users(1, 10)).await;
    let few = sync(&pair, 0).await;
    pair.local.execute(&users(11, 5000)).await;
    let many = sync(&pair, 0).await;
    assert_eq!((&few["batches"], &many["batches"]), (&1.into(), &1.into()));
    assert_eq!(few["central_round_trips"], many["central_round_trips"]);
}

#[tokio::test]
async fn a_unique_value_handed_over_arrives_in_one_cycle() {
    let pair = installed().await;
    pair.local.execute(&users(1, 3)).await;
    sync(&pair, 0).await;
    pair.local
        .execute(
            "update users set email = 'new@x' where id = 2; update users set email = 'user2@shop.example' where id = 1; \
             delete from users where id = 3; \
             insert into users (id, name, email) values (4, 'Heir', 'user3@shop.example')",
        )
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_parent_that_was_there_before_install_goes_along_with_its_child() {
    let pair = Pair::new().await;
    pair.local.load_file("sql/local/schema.sql").expect_code(0);
    pair.local.execute(&users(1, 2)).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local.execute("insert into orders (id, user_id, amount) values (1, 2, 5)").await;
    let report = sync(&pair, 0).await;
    assert_eq!((&report["entries_synced"], &report["records_upserted"]), (&1.into(), &2.into()));
    assert_eq!(pair.central.column("select id from users").await, ["2"]);
    assert_equal_on_both_sides(&pair, &["orders"]).await;
}

#[tokio::test]
async fn a_table_without_its_column_in_central_is_held_alone_and_goes_on_by_itself() {
    let pair = installed().await;
    pair.local.execute(&format!("{}; insert into orders (user_id, amount) values (1, 5)", users(1, 1))).await;
    pair.local.execute("alter table orders add column note varchar(20)").await;
    let report = sync(&pair, 3).await;
    assert_eq!((&report["entries_synced"], &report["entries_held"]), (&1.into(), &1.into()));
    let remedy = pair.local.one::<String>("select remedy from sync_held_tables").await;
    let statement = remedy.strip_prefix("on DB_B: ").unwrap();
    pair.central.execute(statement).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
}

#[tokio::test]
async fn batches_of_long_ago_are_forgotten_and_the_last_ones_are_not() {
    let mut pair = installed().await;
    pair.set("QUEUE_RETENTION_DAYS", &0);
    for id in 1..=4 {
        pair.local.execute(&users(id, id)).await;
        sync(&pair, 0).await;
    }
    pair.backhaul(&["prune"]).await.expect_code(0);
    let age = |days: u32| {
        format!(
            "update sync_intents set settled_at = utc_timestamp(6) - interval {days} day where number <> 3"
        )
    };
    let numbers = "select number from sync_intents order by number";
    pair.local.execute(&age(399)).await;
    pair.backhaul(&["prune"]).await.expect_code(0);
    assert_eq!(pair.local.column(numbers).await, ["0", "1", "2", "3", "4"]);
    pair.local
        .execute(&format!("{}; update sync_intents set entries = null where number <> 3", age(401)))
        .await;
    pair.backhaul(&["prune"]).await.expect_code(0);
    assert_eq!(pair.local.column(numbers).await, ["3", "4"], "the last stays, however old");
    pair.local.execute(&users(5, 5)).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_deleted_parent_of_a_held_table_waits_for_it_and_is_not_judged() {
    let mut pair = installed().await;
    pair.set("SYNC_MAX_RETRIES", &1);
    pair.local.execute(&users(1, 2)).await;
    pair.local.execute("insert into orders (id, user_id, amount) values (1, 1, 5)").await;
    sync(&pair, 0).await;
    pair.local.execute("alter table orders add column note text null").await;
    pair.local
        .execute("delete from orders; delete from users where id = 1; update users set name = 'new'")
        .await;
    let report = sync(&pair, 3).await;
    assert_eq!((&report["entries_failed"], &report["entries_held"]), (&0.into(), &2.into()));
    let message = pair.local.one::<String>("select message from sync_failures").await;
    assert_eq!(message, "rows of orders still refer to it in DB_B, and that table is held");
    assert_eq!(pair.central.column("select name from users order by id").await, ["User 1", "new"]);
    let remedy = pair.local.one::<String>("select remedy from sync_held_tables").await;
    pair.central.execute(remedy.strip_prefix("on DB_B: ").unwrap()).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
}

#[tokio::test]
async fn children_of_a_held_table_wait_for_it_and_are_not_judged() {
    let mut pair = installed().await;
    pair.set("SYNC_MAX_RETRIES", &1);
    pair.local.execute("alter table users add column phone varchar(20)").await;
    pair.local
        .execute(&format!("{}; insert into orders (id, user_id, amount) values (1, 1, 5)", users(1, 1)))
        .await;
    let report = sync(&pair, 3).await;
    assert_eq!((&report["entries_failed"], &report["entries_held"]), (&0.into(), &2.into()));
    assert_eq!(entries(&pair, "FAILED").await, 0);
    pair.central.execute("alter table users add column phone varchar(20)").await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
}

#[tokio::test]
async fn entries_of_a_table_that_is_not_selected_are_held_by_name() {
    let pair = installed().await;
    pair.local
        .execute(
            "insert into sync_queue (table_name, record_id, operation, last_updated_at) \
             values ('ghosts', '1', 'INSERT', utc_timestamp(6)), ('users', 'no key', 'DELETE', utc_timestamp(6))",
        )
        .await;
    pair.local.execute(&users(1, 1)).await;
    let report = sync(&pair, 3).await;
    assert_eq!((&report["entries_synced"], &report["entries_held"]), (&1.into(), &1.into()));
    assert_eq!(pair.local.column("select table_name from sync_held_tables").await, ["ghosts"]);
    let message = pair.local.one::<String>("select message from sync_held_tables").await;
    assert!(message.contains("does not have any more"), "{message}");
    let message = pair.local.one::<String>("select message from sync_failures").await;
    assert!(message.contains("'no key' is no primary key of table users"), "{message}");
    assert_eq!(entries(&pair, "FAILED").await, 0);
}

#[tokio::test]
async fn pruning_deletes_whole_old_batches_and_keeps_the_last() {
    let mut pair = installed().await;
    for id in 1..=3 {
        pair.local.execute(&users(id, id)).await;
        sync(&pair, 0).await;
    }
    pair.backhaul(&["prune"]).await.expect_code(0);
    assert_eq!(entries(&pair, "SYNCED").await, 3, "nothing is past retention yet");
    pair.set("QUEUE_RETENTION_DAYS", &0);
    let report = pair.backhaul(&["prune", "--json"]).await.expect_code(0).json();
    assert_eq!(report["entries_deleted"], 2);
    assert_eq!(pair.local.column("select record_id from sync_queue").await, ["3"]);
    assert_eq!(pair.local.one::<u64>("select count(*) from sync_intents").await, 4, "tokens stay for ever");
    pair.local.execute(&users(4, 4)).await;
    sync(&pair, 0).await;
}

#[tokio::test]
async fn a_large_delete_by_long_keys_locks_no_other_row_of_central() {
    use mysql_async::prelude::Queryable;
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "readings");
    for side in [&pair.local, &pair.central] {
        side.execute(
            "create table readings (a int, b int, c int, d int, e int, f int, g int, h int, v int, \
             primary key (a, b, c, d, e, f, g, h))",
        )
        .await;
    }
    pair.backhaul(&["install"]).await.expect_code(0);
    let fill = format!("insert into readings select seq, 1, 2, 3, 4, 5, 6, 7, 8 from {}", numbers(60_000));
    pair.local.execute(&fill).await;
    sync(&pair, 0).await;
    let mut other = pair.central.connect().await;
    other.query_drop("start transaction; update readings set v = 9 where a = 60000").await.unwrap();
    pair.local.execute("delete from readings where a <= 6000").await;
    pair.set("CENTRAL_TIMEOUT_SECONDS", &120);
    let report = sync(&pair, 0).await;
    assert_eq!((&report["records_deleted"], &report["batches"]), (&6000.into(), &1.into()));
    other.query_drop("rollback").await.unwrap();
    other.disconnect().await.unwrap();
    assert_equal_on_both_sides(&pair, &["readings"]).await;
}
