//! What stands between both sides is called by its name, and nothing is called safe that is not.

use serde_json::json;

use crate::stage::play;

#[tokio::test]
async fn changes_that_escape_are_told_before_all_else_also_offline() {
    play(&[], async |stage, page| {
        page.open("/").await;
        let lost = "select trigger_name from information_schema.triggers where trigger_schema = database() \
                    and trigger_name like 'sync_capture_users_update%'";
        let lost = stage.pair.local.one::<String>(lost).await;
        stage.pair.local.execute(&format!("drop trigger {lost}")).await;
        stage.pair.set_online(false);
        page.is_told("Changes of table users may escape").await;
        page.sees("#statement-notes", "Besides, the site is offline: IS_ONLINE is false").await;
        page.sees(".problem h3", "Table users is held").await;
        page.sees(".problem", "backhaul install").await;
        stage.pair.backhaul(&["install"]).await.expect_code(0);
        stage.pair.set_online(true);
        page.is_told("In sync").await;
    })
    .await;
}

#[tokio::test]
async fn a_site_that_is_switched_off_says_what_to_switch() {
    play(&[], async |stage, page| {
        stage.pair.set_online(false);
        stage.orders(&["1.00"]).await;
        page.open("/").await;
        page.is_told("Offline").await;
        page.sees("#statement-body", "once IS_ONLINE is true in the settings of this site").await;
        page.sees("#entries-rows", "waits until the site is online").await;
        page.sees("#problems-list", "What waits goes when the site is online").await;
    })
    .await;
}

#[tokio::test]
async fn a_refusal_is_no_line_that_is_down() {
    play(&[], async |stage, page| {
        let right = stage.pair.central.url.clone();
        let (_, server) = right.split_once('@').unwrap();
        stage.stop().await;
        stage.pair.set("CENTRAL_DATABASE_URL", &format!("mysql://nobody:wrong@{server}"));
        stage.serve().await;
        stage.orders(&["1.00"]).await;
        stage.post("/sync/run", json!({})).await;
        page.open("/").await;
        page.is_told("Refused by headquarters since").await;
        page.sees("#statement-body", "once that is mended; the line itself is there").await;
        page.sees("#tile-line", "Refused").await;
        page.sees("#problems-list", "headquarters lets nothing in").await;
        page.sees("#entries-rows", "waits until headquarters lets it in").await;
    })
    .await;
}
