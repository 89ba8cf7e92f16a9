//! `status` says how things stand in a word and since when, and never that all is well where changes escape.

use serde_json::{Value, json};

use crate::support::Pair;
use crate::support::shop::{installed, sync, users};

/// Reads the state as a program does.
async fn status(pair: &Pair) -> Value {
    pair.backhaul(&["status", "--json"]).await.expect_code(0).json()
}

/// Reads the sentence that `status` begins with.
async fn sentence(pair: &Pair) -> String {
    let told = pair.backhaul(&["status"]).await.expect_code(0).stdout;
    told.lines().next().unwrap().to_owned()
}

async fn drop_a_trigger(pair: &Pair) {
    let name = pair
        .local
        .one::<String>(
            "select trigger_name from information_schema.triggers \
             where trigger_schema = database() and trigger_name like 'sync_capture_users_update%'",
        )
        .await;
    pair.local.execute(&format!("drop trigger {name}")).await;
}

#[tokio::test]
async fn a_lost_trigger_is_told_at_once_whether_online_or_not() {
    let pair = installed().await;
    pair.local.execute(&users(1, 2)).await;
    sync(&pair, 0).await;
    assert_eq!(
        (status(&pair).await["state"].clone(), status(&pair).await["uncaptured"].clone()),
        (json!("in_sync"), json!([]))
    );
    drop_a_trigger(&pair).await;
    pair.local.execute("update users set name = 'escaped' where id = 1").await;
    for online in [true, false] {
        pair.set_online(online);
        let state = status(&pair).await;
        assert_eq!(state["state"], "escaping", "{state}");
        assert_eq!(state["uncaptured"][0]["table_name"], "users", "{state}");
        assert_eq!(state["problems"]["groups"][0]["table_name"], "users", "{state}");
        let told = pair.backhaul(&["status"]).await.expect_code(0).stdout;
        assert!(told.starts_with("Changes escape: changes to users may not be captured"), "{told}");
        assert!(told.contains("`backhaul install`, then `backhaul verify --repair`"), "{told}");
    }
    pair.backhaul(&["install"]).await.expect_code(0);
    assert_eq!(status(&pair).await["state"], "offline");
}

#[tokio::test]
async fn a_table_that_is_not_there_is_held_and_what_was_meant_is_asked() {
    let mut pair = installed().await;
    sync(&pair, 0).await;
    pair.set("SYNC_TABLES", "user,orders");
    let report = sync(&pair, 3).await;
    let message = report["message"].as_str().unwrap();
    assert!(message.contains("did you mean users?") && !message.contains("some records"), "{report}");
    let told = pair.backhaul(&["status"]).await.expect_code(0).stdout;
    assert!(told.starts_with("Changes escape: table user does not exist in DB_A"), "{told}");
    assert!(told.contains("did you mean users? Then correct SYNC_TABLES"), "{told}");
    pair.set("SYNC_TABLES", "users,orders");
    sync(&pair, 0).await;
    assert_eq!(status(&pair).await["state"], "in_sync");
}

#[tokio::test]
async fn a_central_that_refuses_the_account_is_not_called_away() {
    let mut pair = installed().await;
    pair.local.execute(&users(1, 1)).await;
    let right = pair.central.url.clone();
    let (start, rest) = right.split_once("://").unwrap();
    let (_, server) = rest.split_once('@').unwrap();
    pair.set("CENTRAL_DATABASE_URL", &format!("{start}://nobody:wrong@{server}"));
    sync(&pair, 4).await;
    let state = status(&pair).await;
    assert_eq!((&state["state"], &state["online"]), (&json!("refused"), &json!(false)), "{state}");
    assert!(state["since"].is_string(), "{state}");
    let told = sentence(&pair).await;
    assert!(
        told.starts_with("Refused for ")
            && told.contains("does not let this site in; 1 entry has waited for"),
        "{told}"
    );
}

#[tokio::test]
async fn each_trouble_tells_since_when() {
    let mut pair = installed().await;
    sync(&pair, 0).await;
    pair.local.execute(&users(1, 1)).await;
    pair.set_online(false);
    for _ in 0..3 {
        sync(&pair, 4).await;
    }
    pair.local
        .execute("update sync_runs set started_at = started_at - interval 2 hour where outcome = 'offline'")
        .await;
    let told = sentence(&pair).await;
    assert!(told.starts_with("Offline for 2 h"), "{told}");
    pair.set_online(true);
    pair.set("SYNC_MAX_RETRIES", &1);
    crate::support::shop::refuse_bad_users(&pair).await;
    pair.local.execute("update users set name = 'bad' where id = 1").await;
    sync(&pair, 3).await;
    pair.local
        .execute("update sync_queue set last_updated_at = last_updated_at - interval 3 hour where sync_status = 'FAILED'")
        .await;
    let told = sentence(&pair).await;
    assert!(
        told.starts_with("Stuck for 3 h") && told.contains("has FAILED") || told.contains("have FAILED"),
        "{told}"
    );
}

#[tokio::test]
async fn two_addresses_of_one_database_are_refused_whatever_they_are_called() {
    let mut pair = installed().await;
    pair.local.execute(&users(1, 1)).await;
    let local = pair.local.url.clone();
    pair.set("CENTRAL_DATABASE_URL", &local);
    let refused = pair.backhaul(&["status"]).await.expect_code(1).stderr;
    assert!(refused.contains("CENTRAL_DATABASE_URL=") && refused.contains("another database"), "{refused}");
    pair.set("CENTRAL_DATABASE_URL", &local.replace("127.0.0.1", "localhost"));
    let refused = pair.backhaul(&["install"]).await.expect_code(1).stderr;
    assert!(refused.contains("it is DB_A itself"), "{refused}");
    let found = pair.backhaul(&["doctor"]).await.expect_code(3).stdout;
    assert!(found.contains("correct the address") && !found.contains("check the line"), "{found}");
    for command in ["doctor", "verify"] {
        let finished = pair.backhaul(&[command]).await;
        assert!(
            format!("{}{}", finished.stdout, finished.stderr).contains("it is DB_A itself"),
            "{command}: {finished:?}"
        );
    }
    // As an installation of before may have left it.
    pair.local.execute(include_str!("../../sql/central/schema.sql")).await;
    pair.local
        .execute(
            "insert into sync_sites select site_id, 'self', epoch, uuid(), (select token from sync_intents), 0, null from sync_state",
        )
        .await;
    let report = sync(&pair, 4).await;
    assert!(report["message"].as_str().unwrap().contains("it is DB_A itself"), "{report}");
    assert_eq!(
        pair.local.one::<u64>("select count(*) from sync_queue where sync_status = 'PENDING'").await,
        1
    );
}
