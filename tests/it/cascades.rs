//! Rows that foreign keys of DB_A delete or change by themselves are captured by the triggers of their parents.

use crate::support::schema::installed_with;
use crate::support::shop::sync;
use crate::support::{Pair, assert_equal_on_both_sides};

/// A shop whose keys act in every way; carts are not synchronised, what lies in them is.
const SHOP: &str = "
create table customers (id int primary key, code varchar(20) not null, name varchar(20));
alter table customers add unique (code); -- DB_A only
create table purchases (
    id int primary key, customer int not null,
    foreign key (customer) references customers (id) on delete cascade on update cascade);
create table positions (
    purchase int, number int, amount decimal(12, 2), primary key (purchase, number),
    foreign key (purchase) references purchases (id) on delete cascade on update cascade);
create table remarks (
    id int primary key, purchase int, number int, customer int,
    foreign key (purchase, number) references positions (purchase, number) on delete set null on update cascade,
    foreign key (customer) references customers (id) on delete set null on update set null);
create table cards (code varchar(20) primary key, points int);
alter table cards add foreign key (code) references customers (code) on delete cascade on update cascade; -- DB_A only
create table carts (
    id int primary key, customer int,
    foreign key (customer) references customers (id) on delete cascade on update cascade);
create table in_carts (id int primary key, cart int);
alter table in_carts add foreign key (cart) references carts (id) on delete cascade on update cascade; -- DB_A only
";

const SHOP_TABLES: [&str; 6] = ["customers", "purchases", "positions", "remarks", "cards", "in_carts"];

const SHOP_ROWS: &str = "
insert into customers values (1, 'c-1', 'Ada'), (2, 'c-2', 'Bob'), (3, 'c-3', 'Cid'), (4, 'c-4', 'Dan');
insert into purchases values (10, 1), (11, 1), (20, 2), (30, 3);
insert into positions values (10, 1, 5), (10, 2, 6), (11, 1, 7), (20, 1, 8), (30, 1, 9);
insert into remarks values (1, 10, 1, 2), (2, 20, 1, 1), (3, null, null, 1), (4, 30, 1, 3);
insert into cards values ('c-1', 5), ('c-2', 6), ('c-3', 7);
insert into carts values (1, 1), (2, 2), (3, 3);
insert into in_carts values (1, 1), (2, 1), (3, 2), (4, 3);
";

async fn shop() -> Pair {
    let pair = installed_with("customers,purchases,positions,remarks,cards,in_carts", SHOP).await;
    pair.local.execute(SHOP_ROWS).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &SHOP_TABLES).await;
    pair.local.execute("delete from sync_queue").await;
    pair
}

/// Carries out `sql` on DB_A, and answers which records of the shop it queued, each once.
async fn queued(pair: &Pair, sql: &str) -> Vec<String> {
    pair.local.execute(&format!("delete from sync_queue; {sql}")).await;
    pair.local
        .column(
            "select distinct concat(table_name, ' ', record_id, ' ', lower(operation)) name from sync_queue \
             order by name collate utf8mb4_bin",
        )
        .await
}

/// Carries everything; a few cycles may be needed where records wait for each other.
async fn drain(pair: &Pair, after: &str) {
    for _ in 0..4 {
        if pair.backhaul(&["sync"]).await.code == Some(0) {
            return;
        }
    }
    let stuck = pair.local.rows("select table_name, record_id, state, message from sync_failures").await;
    panic!("not drained after {after}: {stuck:#?}");
}

#[tokio::test]
async fn whatever_goes_with_a_deleted_parent_is_queued_several_levels_deep() {
    let pair = shop().await;
    assert_eq!(
        queued(&pair, "delete from customers where id = 1").await,
        [
            "cards c-1 delete",
            "customers 1 delete",
            "in_carts 1 delete",
            "in_carts 2 delete",
            "positions [10,1] delete",
            "positions [10,2] delete",
            "positions [11,1] delete",
            "purchases 10 delete",
            "purchases 11 delete",
            "remarks 1 update",
            "remarks 2 update",
            "remarks 3 update",
        ]
    );
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &SHOP_TABLES).await;
}

#[tokio::test]
async fn whatever_follows_a_parent_s_new_key_is_queued_several_levels_deep() {
    let pair = shop().await;
    assert_eq!(
        queued(&pair, "update customers set id = 9, name = 'Eve' where id = 1").await,
        [
            "customers 1 delete",
            "customers 9 insert",
            "purchases 10 update",
            "purchases 11 update",
            "remarks 2 update",
            "remarks 3 update",
        ]
    );
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &SHOP_TABLES).await;
    assert_eq!(
        queued(&pair, "update purchases set id = 12 where id = 10").await,
        [
            "positions [10,1] delete",
            "positions [10,2] delete",
            "positions [12,1] insert",
            "positions [12,2] insert",
            "purchases 10 delete",
            "purchases 12 insert",
            "remarks 1 update",
        ]
    );
    sync(&pair, 0).await;
    assert_eq!(
        queued(&pair, "update customers set code = 'C-2' where id = 2").await,
        ["cards C-2 insert", "cards c-2 delete", "customers 2 update"]
    );
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &SHOP_TABLES).await;
}

#[tokio::test]
async fn a_parent_that_keeps_its_key_queues_no_children() {
    let pair = shop().await;
    assert_eq!(
        queued(&pair, "update customers set name = 'Zoe', id = id, code = code where id < 3").await,
        ["customers 1 update", "customers 2 update"]
    );
    assert_eq!(queued(&pair, "delete from customers where id = 4").await, ["customers 4 delete"]);
}

#[tokio::test]
async fn every_kind_of_statement_that_cascades_arrives() {
    let pair = shop().await;
    for statement in [
        "replace into customers values (1, 'c-1', 'Ada again')",
        "replace into customers values (8, 'c-2', 'takes the code of 2'), (9, 'c-9', 'new')",
        "insert into customers values (3, 'c-3', 'Cid') on duplicate key update id = 33, code = 'c-33'",
        "insert into purchases values (40, 33), (41, 33); insert into positions values (40, 1, 1), (41, 1, 1)",
        "update customers set id = id + 100 order by id desc",
        "delete customers, purchases from customers join purchases on purchases.customer = customers.id \
         where purchases.id = 40",
        "insert into customers values (1, 'c-11', 'Ada'); insert into purchases values (50, 1); \
         insert into positions values (50, 1, 1); insert into remarks values (9, 50, 1, 1)",
        "delete from customers where id in (select customer from purchases where id = 50)",
        "start transaction; delete from customers; rollback",
        "delete from customers",
    ] {
        pair.local.execute(statement).await;
        drain(&pair, statement).await;
        assert_equal_on_both_sides(&pair, &SHOP_TABLES).await;
    }
}
