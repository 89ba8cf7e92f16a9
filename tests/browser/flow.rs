//! How things go: changes wait, travel, are refused, and arrive in the end.

use serde_json::json;

use crate::stage::play;
use crate::support::wait_for;

#[tokio::test]
async fn a_site_goes_offline_and_its_changes_arrive_once_the_line_is_back() {
    play(&[], async |stage, page| {
        page.open("/").await;
        page.is_told("In sync").await;
        page.sees("#site", "Harbour shop").await;
        stage.pair.set_online(false);
        page.is_told("Offline").await;
        page.sees("#statement-body", "IS_ONLINE is false").await;
        stage.orders(&["12.50", "3.00"]).await;
        page.sees("#statement-body", "3 entries wait; nothing is lost").await;
        page.sees("#tile-waiting", "3").await;
        page.click("#run").await;
        page.sees("#run-result", "Offline: nothing was sent").await;
        stage.pair.set_online(true);
        page.is_told("Behind by 3 entries").await;
        page.click("#run").await;
        page.sees("#run-result", "3 entries arrived").await;
        page.is_told("In sync").await;
        assert_eq!(
            stage.pair.central.column("select amount from orders order by id").await,
            ["12.50", "3.00"]
        );
        page.sees("#cycles-rows tr:first-child", "drained").await;
        page.sees("#cycles-rows tr:nth-child(2)", "offline").await;
        page.sees("#legend-synced", "3").await;
        page.sees("#flow-summary", "3 entries arrived in the last hour").await;
    })
    .await;
}

#[tokio::test]
async fn a_refused_record_is_explained_mended_and_retried() {
    play(&[("SYNC_MAX_RETRIES", "1")], async |stage, page| {
        stage.forbid_gifts().await;
        let refused = stage.orders(&["3.00", "0.00"]).await[1];
        page.open("/").await;
        page.is_told("Behind by 3 entries").await;
        page.click("#run").await;
        page.is_told("1 record was refused for good and needs you").await;
        page.sees("#statement-body", "All but the following is at headquarters").await;
        page.sees(".problem h3", "1 record of orders was refused").await;
        page.sees(".problem dl", "no_gifts").await;
        page.click(".problem .examples a").await;
        page.sees("#record-title", &format!("orders {refused}")).await;
        page.sees(".verdict", "Headquarters does not have it").await;
        page.sees(".sides", "0.00").await;
        page.sees(".steps", &format!("backhaul retry --table orders --record {refused}")).await;
        stage.allow_gifts().await;
        page.click("#record-retry").await;
        page.sees("#record-result", "1 entry arrived").await;
        page.sees(".verdict", "Both sides have it, with the same values").await;
        page.click("#record-close").await;
        page.is_told("In sync").await;
        page.sees("#problems-list", "Nothing is stuck").await;
    })
    .await;
}

#[tokio::test]
async fn a_missing_column_is_one_problem_and_its_statement_mends_it() {
    play(&[], async |stage, page| {
        stage.orders(&["1.00"]).await;
        page.open("/").await;
        page.click("#run").await;
        page.is_told("In sync").await;
        stage.pair.local.execute("alter table orders add column note varchar(40)").await;
        stage.orders(&["1.00", "2.00", "3.00", "4.00", "5.00", "6.00", "7.00"]).await;
        page.click("#run").await;
        page.is_told("7 records need you").await;
        page.sees("#statement-notes", "column orders.note is missing in DB_B").await;
        page.sees(".problem h3", "7 records of orders wait until the table is mended").await;
        let statement = page.text(".problem .command pre").await;
        assert!(statement.starts_with("alter table `orders` add column `note`"), "{statement}");
        stage.pair.central.execute(&statement).await;
        page.click(".problem [data-role='act']").await;
        page.sees("#problems-result", "7 entries arrived").await;
        page.is_told("In sync").await;
    })
    .await;
}

#[tokio::test]
async fn a_site_that_must_not_write_says_so_and_how_to_go_on() {
    play(&[], async |stage, page| {
        stage.orders(&["1.00"]).await;
        stage.post("/sync/run", json!({})).await;
        stage.pair.central.execute("delete from sync_sites").await;
        stage.orders(&["2.00"]).await;
        page.open("/").await;
        page.is_told("Behind by 2 entries").await;
        page.click("#run").await;
        page.is_told("Stopped, until you decide").await;
        page.sees("#statement-body", "backhaul resume").await;
        page.sees("#statement-notes", "2 entries wait; nothing is sent meanwhile").await;
    })
    .await;
}

#[tokio::test]
async fn groups_and_all_are_retried() {
    play(&[("SYNC_MAX_RETRIES", "1")], async |stage, page| {
        stage.forbid_gifts().await;
        stage.pair.central.execute("alter table users add constraint named check (name <> 'Nobody')").await;
        stage.orders(&["0.00", "0.00"]).await;
        stage.post("/users", json!({"name": "Nobody", "email": "nobody@shop.example"})).await;
        page.open("/").await;
        page.click("#run").await;
        page.is_told("3 records were refused for good and need you").await;
        wait_for("both causes are shown", async || {
            page.script("return document.querySelectorAll('.problem').length", &[]).await == 2
        })
        .await;
        stage.allow_gifts().await;
        page.click(".problem [data-role='act']").await;
        page.is_told("1 record was refused for good and needs you").await;
        page.sees("#problems-result", "2 entries arrived").await;
        let untouched =
            "select retry_count from sync_queue where table_name = 'users' and sync_status = 'FAILED'";
        assert_eq!(stage.pair.local.column(untouched).await, ["1"], "the other group was retried, too");
        stage.pair.central.execute("alter table orders add constraint odd check (amount <> 6.66)").await;
        stage.orders(&["6.66"]).await;
        page.click("#run").await;
        page.is_told("2 records were refused for good and need you").await;
        stage.pair.central.execute("alter table orders drop constraint odd").await;
        stage.pair.central.execute("alter table users drop constraint named").await;
        page.click("#retry-all").await;
        page.is_told("In sync").await;
        page.sees("#problems-result", "2 entries arrived").await;
    })
    .await;
}
