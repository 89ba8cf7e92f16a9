//! Any order of changes: unique values that move, children that change parents, batches that cut anywhere.

use rstest::rstest;

use crate::support::shop::{installed, refuse_bad_users, sync, users};
use crate::support::{Pair, assert_equal_on_both_sides};

/// Lets users 1 to `last` give their e-mail address to the next, the last one to the first, in one transaction.
async fn rotate(pair: &Pair, last: u32) {
    pair.local
        .execute(&format!(
            "start transaction; create temporary table old select id, email from users; \
             update users set email = concat('aside', id) where id <= {last}; \
             update users join old on old.id = if(users.id = 1, {last}, users.id - 1) set users.email = old.email \
             where users.id <= {last}; commit"
        ))
        .await;
}

#[rstest]
#[tokio::test]
async fn unique_values_swap_and_rotate(#[values(2, 3, 50)] last: u32, #[values(1, 7, 1000)] batch_size: u32) {
    let mut pair = installed().await;
    pair.local.execute(&users(1, 60)).await;
    let orders = "insert into orders (id, user_id, amount) select id, id, 5 from users";
    pair.local.execute(orders).await;
    sync(&pair, 0).await;
    pair.set("SYNC_BATCH_SIZE", &batch_size);
    rotate(&pair, last).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
}

#[tokio::test]
async fn a_swap_beside_a_bad_record_arrives() {
    let pair = installed().await;
    pair.local.execute(&users(1, 4)).await;
    sync(&pair, 0).await;
    refuse_bad_users(&pair).await;
    rotate(&pair, 2).await;
    pair.local.execute("update users set name = 'bad' where id = 3").await;
    let report = sync(&pair, 3).await;
    assert_eq!((&report["entries_failed"], &report["entries_held"]), (&1.into(), &0.into()));
    let emails = "select email from users where id < 3 order by id";
    assert_eq!(pair.central.column(emails).await, ["user2@shop.example", "user1@shop.example"]);
}

#[tokio::test]
async fn a_swap_of_which_one_half_is_bad_is_undone_whole() {
    let pair = installed().await;
    pair.local
        .execute(&format!("{}; insert into orders (id, user_id, amount) values (1, 1, 5)", users(1, 2)))
        .await;
    sync(&pair, 0).await;
    refuse_bad_users(&pair).await;
    rotate(&pair, 2).await;
    pair.local.execute("update users set name = 'bad' where id = 1").await;
    sync(&pair, 3).await;
    let rows = "select concat(id, ' ', email) from users order by id";
    assert_eq!(pair.central.column(rows).await, ["1 user1@shop.example", "2 user2@shop.example"]);
    assert_eq!(pair.central.one::<u64>("select count(*) from orders").await, 1);
    pair.local.execute("update users set name = 'mended' where id = 1").await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
}

/// So many seats on both sides, each at the position of its number.
async fn seats(count: u32) -> Pair {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "seats");
    for side in [&pair.local, &pair.central] {
        side.execute(
            "create table seats (id int primary key, pos int not null, note int not null, unique (pos))",
        )
        .await;
    }
    pair.backhaul(&["install"]).await.expect_code(0);
    let rows: Vec<String> = (1..=count).map(|id| format!("({id}, {id}, 0)")).collect();
    pair.local.execute(&format!("insert into seats values {}", rows.join(", "))).await;
    sync(&pair, 0).await;
    pair
}

/// Shifts all seats by one. The first entry of each stands before that of the seat whose place it wants: the chain
/// leads through all batches, and only its end is free.
async fn shift(pair: &Pair) {
    pair.local.execute("update seats set note = note + 1 order by id").await;
    pair.local.execute("update seats set pos = pos + 1 order by pos desc").await;
}

#[tokio::test]
async fn a_whole_column_shifts_by_one_under_a_unique_key() {
    let mut pair = seats(1000).await;
    for batch_size in [5000, 100, 30] {
        pair.set("SYNC_BATCH_SIZE", &batch_size);
        shift(&pair).await;
        sync(&pair, 0).await;
        assert_equal_on_both_sides(&pair, &["seats"]).await;
    }
}

#[tokio::test]
async fn a_chain_longer_than_what_may_go_along_arrives_in_one_cycle() {
    let mut pair = seats(4000).await;
    pair.set("SYNC_BATCH_SIZE", &200);
    // Too few bytes for the whole chain to go along with the first batch.
    pair.set("SYNC_BATCH_BYTES", &16_384);
    shift(&pair).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["seats"]).await;
}

#[tokio::test]
async fn a_unique_value_released_beyond_the_batch_goes_along() {
    let mut pair = installed().await;
    pair.local.execute(&users(1, 2)).await;
    sync(&pair, 0).await;
    pair.set("SYNC_BATCH_SIZE", &1);
    // User 2 has an early entry, and wants what user 1 gives up only in the last one.
    pair.local
        .execute(
            "update users set name = 'early' where id = 2; update users set email = 'new@x' where id = 1; \
             update users set email = 'user1@shop.example' where id = 2",
        )
        .await;
    let report = sync(&pair, 0).await;
    assert_eq!(report["entries_synced"], 3);
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn children_move_before_their_parent_goes_whatever_the_batch() {
    let mut pair = installed().await;
    pair.local
        .execute(&format!(
            "{}; insert into orders (id, user_id, amount) values (1, 1, 5), (2, 1, 6)",
            users(1, 2)
        ))
        .await;
    sync(&pair, 0).await;
    pair.set("SYNC_BATCH_SIZE", &1);
    pair.local
        .execute(
            "update users set name = 'early' where id = 1; update orders set user_id = 2 where id = 1; \
             delete from orders where id = 2; delete from users where id = 1",
        )
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
}

/// Rows with two unique values; the first two have entries enough to fill a small batch several times.
async fn changed_often() -> Pair {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "seats");
    let create =
        "create table seats (id int primary key, row_no int unique, place int unique, v int, note text)";
    pair.local.execute(create).await;
    pair.central.execute(create).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local.execute("insert into seats (id, row_no, place) values (1, 1, 1), (2, 2, 2)").await;
    sync(&pair, 0).await;
    pair.set("SYNC_BATCH_SIZE", "1");
    pair
}

#[tokio::test]
async fn what_makes_way_is_found_however_many_entries_others_have() {
    let pair = changed_often().await;
    pair.local
        .execute(
            "insert into seats (id, row_no, place) values (3, 3, 3); \
             update seats set v = 1; update seats set v = 2; update seats set v = 3; \
             delete from seats where id in (1, 2); update seats set row_no = 1, place = 2",
        )
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["seats"]).await;
    assert_eq!(pair.local.one::<u64>("select sum(retry_count) from sync_queue").await, 0);
}

#[tokio::test]
async fn a_record_with_more_entries_than_a_batch_arrives_with_all_of_them() {
    let mut pair = changed_often().await;
    pair.set("SYNC_BATCH_BYTES", "1024");
    pair.local.execute("insert into seats (id, row_no, place) values (3, 3, 3)").await;
    for v in 1..10 {
        pair.local.execute(&format!("update seats set v = {v} where id = 3")).await;
    }
    // What is in the way is too large to go along: the entries so far wait for it, and a last one brings the row.
    pair.local
        .execute(
            "update seats set row_no = 10, note = repeat('x', 3000) where id = 1; \
             update seats set row_no = 1 where id = 3",
        )
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["seats"]).await;
    let open = "select count(*) from sync_queue where sync_status <> 'SYNCED'";
    assert_eq!(pair.local.one::<u64>(open).await, 0);
}
