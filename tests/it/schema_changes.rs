//! Schemas that change on one side first: that table alone waits, says the statement, and goes on by itself after it.

use rstest::rstest;

use crate::support::shop::sync;
use crate::support::{Pair, assert_equal_on_both_sides};

const TABLES: &str = "create table goods (id int primary key, name varchar(20) not null, price decimal(8,2) not null, old int not null); \
                      create table others (id int primary key)";

#[rstest]
#[case::added("alter table goods add column colour varchar(10) null")]
#[case::added_with_a_default("alter table goods add column colour varchar(10) not null default 'it''s red'")]
#[case::added_with_a_number("alter table goods add column amount decimal(6,2) null default -1.50")]
#[case::added_without_one(
    "alter table goods add column amount int not null, add column label varchar(9) not null"
)]
#[case::added_bits(
    "alter table goods add column flags bit(3) not null default b'101', add column at datetime not null default '2020-02-02'"
)]
#[case::added_in_front("alter table goods add column code bigint unsigned null first")]
#[case::widened("alter table goods modify name varchar(40) not null")]
#[case::more_digits("alter table goods modify price decimal(10,3) not null")]
#[case::wider_number("alter table goods modify old bigint not null")]
#[case::dropped("alter table goods drop column old")]
#[case::renamed("alter table goods change old young int not null")]
#[tokio::test]
async fn a_table_that_changed_in_local_first_waits_alone_and_goes_on_after_the_statement_it_names(
    #[case] change: &str,
) {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "goods,others");
    for side in [&pair.local, &pair.central] {
        side.execute(TABLES).await;
    }
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local
        .execute("insert into goods (id, name, price, old) values (1, 'tea', 1.5, 1), (2, 'milk', 3, 2)")
        .await;
    sync(&pair, 0).await;
    pair.local.execute(change).await;
    pair.local.execute("update goods set price = 2.25 where id = 1; insert into others values (1)").await;
    let report = sync(&pair, 3).await;
    assert_eq!(
        (&report["entries_synced"], &report["entries_failed"], &report["entries_held"]),
        (&1.into(), &0.into(), &1.into())
    );
    assert_eq!(pair.central.column("select price from goods where id = 1").await, ["1.50"]);
    // Whoever follows what is said, once or twice (a renamed column is one to add and one to let go), is done.
    for _ in 0..3 {
        // Two columns that are missing are named one after the other.
        for remedy in
            pair.local.column("select remedy from sync_held_tables where table_name = 'goods'").await
        {
            let statement =
                remedy.strip_prefix("on DB_B: ").unwrap_or_else(|| panic!("no statement: {remedy}"));
            pair.central.execute(statement).await;
        }
        if pair.backhaul(&["sync"]).await.code == Some(0) {
            break;
        }
    }
    assert_eq!(
        pair.local.one::<u64>("select count(*) from sync_queue where sync_status <> 'SYNCED'").await,
        0
    );
    assert_eq!(pair.central.one::<u8>("select price = 2.25 from goods where id = 1").await, 1);
    assert_equal_on_both_sides(&pair, &["others"]).await;
    // What nobody has touched since is the same as well.
    let verified = pair.backhaul(&["verify", "--json"]).await.expect_code(0).json();
    assert_eq!(verified["equal"], true, "{verified}");
}

#[tokio::test]
async fn a_table_that_changes_back_and_forth_loses_nothing() {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "goods,others");
    for side in [&pair.local, &pair.central] {
        side.execute(TABLES).await;
    }
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local.execute("insert into goods values (1, 'tea', 1.5, 1)").await;
    // Columns in another order, another name for the key's index: nothing that matters.
    pair.central.execute("alter table goods modify old int not null first, add index (name)").await;
    sync(&pair, 0).await;
    pair.local.execute("alter table goods add column note text null; update goods set note = 'x'").await;
    sync(&pair, 3).await;
    pair.local.execute("alter table goods drop column note").await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["goods"]).await;
}
