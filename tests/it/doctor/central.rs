//! Triggers in DB_B.

use super::{code, findings, found_and_mended};
use crate::support::shop::{audit_users, entries, installed, sync, users};
use crate::support::{Pair, assert_equal_on_both_sides};

#[tokio::test]
async fn a_trigger_that_writes_to_a_carried_table_holds_its_own_until_it_is_dropped() {
    let pair = installed().await;
    pair.central
        .execute(
            "create trigger tally after insert on orders for each row update users set name = 'buyer' where id = new.user_id; \
             alter table users add column bought int not null default 0; \
             create trigger bought after insert on orders for each row update users set bought = bought + 1 where id = new.user_id",
        )
        .await;
    pair.local.execute(&users(1, 2)).await;
    pair.local.execute("insert into orders (id, user_id, amount) values (1, 1, 5)").await;
    sync(&pair, 3).await;
    assert_eq!(entries(&pair, "PENDING").await, 1, "the order waits, the users arrive");
    let found = found_and_mended(&pair, &["cannot-be-carried"]).await;
    assert_eq!(found.len(), 1, "a column that only DB_B has may be written: {found:?}");
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["orders"]).await;
    assert_eq!(pair.central.column("select concat(name, bought) from users where id = 1").await, ["User 11"]);
}

#[tokio::test]
async fn triggers_of_a_sample_schema_on_both_sides_are_said_before_any_harm_and_then_all_arrives() {
    let schema = "create table film (film_id int primary key, title varchar(50) not null); \
        create table film_text (film_id int primary key, title varchar(50) not null); \
        create trigger ins_film after insert on film for each row insert into film_text values (new.film_id, new.title); \
        create trigger del_film after delete on film for each row delete from film_text where film_id = old.film_id";
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "film,film_text");
    for side in [&pair.local, &pair.central] {
        side.execute(schema).await;
    }
    let installed = pair.backhaul(&["install", "--json"]).await.expect_code(1).json();
    assert_eq!(installed["refused"][0]["table"], "film", "{installed}");
    pair.local
        .execute("insert into film values (1, 'a'), (2, 'b'); delete from film where film_id = 1")
        .await;
    sync(&pair, 3).await;
    let found = found_and_mended(&pair, &["cannot-be-carried"]).await;
    assert_eq!(found[0]["remedy"], "on DB_B: drop trigger `del_film`; drop trigger `ins_film`");
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["film", "film_text"]).await;
}

#[tokio::test]
async fn a_trigger_that_may_reject_is_found_unless_local_has_it_as_well() {
    let pair = installed().await;
    let trigger = |layout: &str| {
        format!(
            "create trigger strict before insert on orders for each row{layout}begin \
             if new.amount < 0 then signal sqlstate '45000' set message_text = 'new.amount = 0'; end if; end"
        )
    };
    pair.central.execute(&trigger(" ")).await;
    let found = findings(&pair).await;
    assert_eq!(found.iter().map(code).collect::<Vec<_>>(), ["trigger-rejects"]);
    let remedy = found[0]["remedy"].as_str().unwrap();
    assert!(remedy.starts_with("nothing, if DB_B is meant to refuse such rows"), "{remedy}");
    let (in_local, dropped) = (remedy.find("give DB_A the same"), remedy.find("drop the trigger `strict`"));
    assert!(in_local.is_some() && in_local < dropped, "{remedy}");
    pair.local.execute(&trigger("\n  ")).await;
    assert_eq!(findings(&pair).await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn triggers_that_only_watch_are_no_finding() {
    let pair = installed().await;
    audit_users(&pair).await;
    assert_eq!(findings(&pair).await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn capture_triggers_copied_to_central_are_found() {
    let pair = installed().await;
    pair.central
        .execute("create trigger sync_capture_users_insert_00000000 after insert on users for each row set @copied = 1")
        .await;
    found_and_mended(&pair, &["capture-in-central"]).await;
}
