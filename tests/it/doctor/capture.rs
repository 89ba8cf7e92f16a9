//! Capture triggers, and the account as which they run.

use super::found_and_mended;
use crate::support::Pair;
use crate::support::shop::{installed, users};

/// Gives the names of the capture triggers of `users`: on delete, on insert, on update.
async fn triggers(pair: &Pair) -> Vec<String> {
    let names = "select trigger_name from information_schema.triggers \
                 where trigger_schema = database() and event_object_table = 'users' order by 1";
    pair.local.column(names).await
}

#[tokio::test]
async fn lost_triggers_are_found_and_what_escaped_meanwhile_is_queued() {
    let pair = installed().await;
    for trigger in triggers(&pair).await {
        pair.local.execute(&format!("drop trigger `{trigger}`")).await;
    }
    pair.local.execute(&users(1, 2)).await;
    let found = found_and_mended(&pair, &["not-captured", "rows-not-brought-in"]).await;
    assert!(
        found[0]["message"]
            .as_str()
            .unwrap()
            .contains("no capture trigger after insert, after update, after delete"),
        "{found:?}"
    );
    assert_eq!(
        pair.central.one::<u64>("select count(*) from users").await,
        2,
        "brought in by the printed commands"
    );
}

#[tokio::test]
async fn a_table_that_was_selected_after_install_is_found() {
    let mut pair = installed().await;
    for side in [&pair.local, &pair.central] {
        side.execute("create table notes (id int primary key, words text)").await;
    }
    assert!(super::findings(&pair).await.is_empty());
    pair.set("SYNC_TABLES", "users,orders,notes");
    let found = found_and_mended(&pair, &["not-captured"]).await;
    assert_eq!((found.len(), &found[0]["table"]), (1, &"notes".into()));
}

#[tokio::test]
async fn an_altered_trigger_is_found() {
    let pair = installed().await;
    let insert = triggers(&pair).await.remove(1);
    pair.local
        .execute(&format!(
            "drop trigger `{insert}`; create trigger `{insert}` after insert on users for each row set @escaped = 1"
        ))
        .await;
    found_and_mended(&pair, &["trigger-altered"]).await;
}

#[tokio::test]
async fn an_outdated_trigger_is_found() {
    let pair = installed().await;
    let insert = triggers(&pair).await.remove(1);
    pair.local
        .execute(&format!(
            "drop trigger `{insert}`; create trigger sync_capture_users_insert_00000000 after insert on users for each row \
             insert into sync_queue (table_name, record_id, operation, last_updated_at) values ('users', new.id, 'INSERT', now(6))"
        ))
        .await;
    found_and_mended(&pair, &["trigger-outdated"]).await;
}

#[tokio::test]
async fn triggers_left_over_on_a_table_that_is_not_selected_are_found_and_so_are_its_entries() {
    let mut pair = installed().await;
    pair.local.execute(&users(1, 1)).await;
    pair.set("SYNC_TABLES", "users");
    found_and_mended(&pair, &["trigger-left-over"]).await;
    pair.local.execute("insert into sync_queue (table_name, record_id, operation, last_updated_at) values ('orders', '1', 'INSERT', utc_timestamp(6))").await;
    pair.backhaul(&["sync"]).await.expect_code(3);
    let found = super::findings(&pair).await;
    assert_eq!(found.iter().map(super::code).collect::<Vec<_>>(), ["table-held"]);
    pair.local.execute("delete from sync_queue where table_name = 'orders'").await;
    pair.backhaul(&["sync"]).await.expect_code(0);
    assert!(super::findings(&pair).await.is_empty());
}

#[tokio::test]
async fn triggers_that_follow_foreign_keys_are_missed_and_compared_as_well() {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "lines");
    for (side, acts) in [(&pair.local, "on delete cascade on update cascade"), (&pair.central, "")] {
        side.execute("create table carts (id int primary key)").await;
        side.execute(&format!(
            "create table `lines` (id int primary key, cart int, foreign key (cart) references carts (id) {acts})"
        ))
        .await;
    }
    pair.backhaul(&["install"]).await.expect_code(0);
    let found = super::findings(&pair).await;
    assert_eq!(found.iter().map(super::code).collect::<Vec<_>>(), ["parent-not-carried"]);
    let of_carts = pair
        .local
        .column("select trigger_name from information_schema.triggers where event_object_table = 'carts' and trigger_schema = database() order by 1")
        .await;
    let [falls, follows] = of_carts.as_slice() else { panic!("{of_carts:?}") };
    pair.local.execute(&format!("drop trigger `{falls}`")).await;
    let found = mended_but_for_the_parent(&pair, "not-captured").await;
    assert_eq!((&found["table"], &found["side"]), (&"lines".into(), &"DB_A".into()));
    pair.local
        .execute(&format!(
            "drop trigger `{follows}`; create trigger `{follows}` before update on carts for each row set @escaped = 1"
        ))
        .await;
    mended_but_for_the_parent(&pair, "trigger-altered").await;
    pair.local
        .execute("create trigger sync_capture_carts_insert_00000000 after insert on carts for each row set @old = 1")
        .await;
    mended_but_for_the_parent(&pair, "trigger-outdated").await;
}

/// Asserts that this is found, and gone once its remedy was run; gives it. That the parents stay in DB_A is found too.
async fn mended_but_for_the_parent(pair: &Pair, expected: &str) -> serde_json::Value {
    let found = super::findings(pair).await;
    assert_eq!(found.iter().map(super::code).collect::<Vec<_>>(), [expected, "parent-not-carried"]);
    super::run_remedy(pair, found[0]["remedy"].as_str().unwrap()).await;
    let left = super::findings(pair).await;
    assert_eq!(left.iter().map(super::code).collect::<Vec<_>>(), ["parent-not-carried"]);
    found[0].clone()
}

#[tokio::test]
async fn a_lost_definer_and_lost_rights_of_it_are_found() {
    let mut pair = installed().await;
    let (name, admin) =
        (pair.local.database.clone(), pair.program.setting("LOCAL_DATABASE_URL").unwrap().to_owned());
    pair.backhaul(&["uninstall", "--force"]).await.expect_code(0);
    pair.central.execute("delete from sync_sites; delete from sync_site_tables").await;
    let trusted = pair.local.column("select @@global.log_bin_trust_function_creators").await.remove(0);
    assert_eq!(trusted, "0", "no other test shall change it");
    let privileges = "select, insert, update, delete, create, drop, references, trigger";
    pair.local
        .execute(&format!(
            "create user `{name}`@'127.0.0.1' identified by 'p'; grant {privileges} on `{name}`.* to `{name}`@'127.0.0.1'; \
             grant super on *.* to `{name}`@'127.0.0.1'"
        ))
        .await;
    pair.set("LOCAL_DATABASE_URL", &format!("mysql://{name}:p@{}", admin.split_once('@').unwrap().1));
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.set("LOCAL_DATABASE_URL", &admin);
    assert!(super::findings(&pair).await.is_empty());
    pair.local.execute(&format!("revoke insert, trigger on `{name}`.* from `{name}`@'127.0.0.1'")).await;
    assert!(pair.local.try_execute(&users(1, 1)).await.is_err(), "writes fail");
    found_and_mended(&pair, &["definer-lacks-privilege"]).await;
    pair.local.execute(&users(1, 1)).await;
    pair.local.execute(&format!("drop user `{name}`@'127.0.0.1'")).await;
    assert!(pair.local.try_execute(&users(2, 2)).await.is_err(), "writes fail");
    found_and_mended(&pair, &["definer-missing"]).await;
    pair.local.execute(&users(2, 2)).await;
}
