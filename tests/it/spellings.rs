//! Keys that one row after another spells in other ways, equal under the collation, and rows that refer to them.

use rstest::rstest;

use crate::support::shop::{entries, sync};
use crate::support::{Pair, assert_equal_on_both_sides};

/// Creates tables that may differ between the sides, and installs.
async fn with_tables(local: &str, central: &str) -> Pair {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "*");
    pair.local.execute(local).await;
    pair.central.execute(central).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair
}

/// Shops and their staff; `works_in` is the foreign key, if there is one.
fn shops(works_in: &str) -> String {
    format!(
        "create table shops (k varchar(20) primary key, v int); \
         create table staff (id int primary key, shop varchar(20), key (shop){works_in})"
    )
}

const WORKS_IN: &str = ", constraint works_in foreign key (shop) references shops (k)";

#[rstest]
#[tokio::test]
async fn a_key_is_spelled_anew_under_the_rows_that_refer_to_it(
    #[values("", "on update cascade", "on update set null")] central: &str,
    #[values(true, false)] children_follow: bool,
    #[values(1, 1000)] batch_size: u32,
) {
    // Without a key of its own, DB_A leaves the children as they are.
    let local = if children_follow { format!("{WORKS_IN} on update cascade") } else { String::new() };
    let mut pair = with_tables(&shops(&local), &shops(&format!("{WORKS_IN} {central}"))).await;
    pair.set("SYNC_BATCH_SIZE", &batch_size);
    pair.local
        .execute(
            "insert into shops values ('abc', 1), ('x', 1), ('other', 1); \
             insert into staff values (1, 'abc'), (2, 'aBc'), (3, 'other'), (4, null)",
        )
        .await;
    sync(&pair, 0).await;
    pair.local.execute("update shops set k = 'ABC' where v = 1 and k = 'abc'").await;
    pair.local
        .execute("update shops set v = 2 where k = 'other'; update shops set k = 'X' where k = 'x'")
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["shops", "staff"]).await;
    let shops = pair.central.column("select coalesce(shop, 'none') from staff order by id").await;
    let expected =
        if children_follow { ["ABC", "ABC", "other", "none"] } else { ["abc", "aBc", "other", "none"] };
    assert_eq!(shops, expected);
    assert_eq!(pair.local.one::<u64>("select sum(retry_count) from sync_queue").await, 0);
}

const TREE: &str = "create table nodes (k varchar(20) primary key, parent varchar(20), v int, key (parent), \
                    constraint up foreign key (parent) references nodes (k))";

#[tokio::test]
async fn a_row_is_its_own_parent_by_another_value_than_its_key() {
    let create = "create table nodes (id int primary key, k varchar(20) unique, parent varchar(20), v int, \
                  key (parent), constraint up foreign key (parent) references nodes (k))";
    let pair = with_tables(create, create).await;
    pair.local
        .execute(
            "insert into nodes values (1, 'abc', null, 1), (2, 'x', 'ABC', 1), (3, 'y', 'aBc', 1); \
             update nodes set parent = 'aBC' where id = 1",
        )
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["nodes"]).await;
}

#[rstest]
#[tokio::test]
async fn a_row_is_its_own_parent_under_another_spelling(#[values(1, 2, 1000)] batch_size: u32) {
    let mut pair = with_tables(TREE, TREE).await;
    pair.set("SYNC_BATCH_SIZE", &batch_size);
    // The newest entry of the parent stands behind those of its children.
    pair.local
        .execute(
            "insert into nodes values ('abc', null, 1), ('x', 'ABC', 1), ('y', 'aBc', 1); \
             update nodes set parent = 'aBC' where k = 'abc'",
        )
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["nodes"]).await;
    // It is spelled anew itself, and goes.
    pair.local.execute("set foreign_key_checks = 0; update nodes set k = 'ABC', v = 2 where k = 'abc'").await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["nodes"]).await;
    // Someone changed the spelling in DB_B, where no entry knows it.
    pair.central
        .execute("set foreign_key_checks = 0; update nodes set k = 'Abc', parent = 'ABc' where k = 'abc'")
        .await;
    pair.local.execute("update nodes set parent = null; delete from nodes where k <> 'y'").await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["nodes"]).await;
    assert_eq!((entries(&pair, "PENDING").await, entries(&pair, "FAILED").await), (0, 0));
}
