//! Pictures of the main states, for people to look at.

use serde_json::json;

use crate::stage::{Stage, play};
use crate::visit::{Visit, folder};

/// Where they go: `make screenshots` writes those that the documents show, the tests only such as can be looked at.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the tests are told to write into the documents"
)]
fn gallery() -> &'static str {
    if std::env::var_os("WRITE_SCREENSHOTS").is_some() { "docs/screenshots" } else { "target/screenshots" }
}

/// Keeps a picture; one that shows nothing would be small.
async fn keep(page: &Visit, name: &str) {
    let picture = page.picture().await;
    assert!(picture.len() > 10_000, "{name} shows nothing");
    assert!(picture.len() < 200_000, "{name} has {} bytes, too many for the repository", picture.len());
    std::fs::write(folder(gallery()).join(format!("{name}.png")), picture).unwrap();
}

async fn in_both_colours(page: &Visit, name: &str) {
    for scheme in ["light", "dark"] {
        page.prefers(scheme).await;
        keep(page, &format!("{name}-{scheme}")).await;
    }
    page.prefers("light").await;
}

/// Gives the site a past, so that the chart has something to show: a cycle every two minutes for an hour.
async fn give_a_past(stage: &Stage) {
    let arrived = [0, 14, 3, 0, 0, 41, 8, 0, 2, 0, 0, 0, 0, 0, 74, 12, 0, 0, 5, 31, 0, 0, 9, 0, 18, 0, 3, 0];
    for (index, synced) in arrived.iter().enumerate() {
        let (id, minutes) = (index + 1, 2 * (arrived.len() - index));
        let waiting = if (10..14).contains(&index) { 18 * (index - 9) } else { 0 };
        let (outcome, message) = if waiting > 0 {
            (
                "unreachable",
                "'DB_B cannot be used: Connection refused. Entries stay PENDING and go at a later cycle'",
            )
        } else {
            ("drained", "null")
        };
        let began = format!("utc_timestamp(6) - interval {minutes} minute");
        let sql = format!(
            "insert into sync_runs (id, run_trigger, started_at, finished_at, outcome, entries_synced, entries_failed, \
             entries_held, batches, duration_ms, message) values ({id}, 'cron', {began}, {began} + interval 84000 microsecond, \
             '{outcome}', {synced}, 0, 0, {synced} > 0, 84, {message}); \
             insert into sync_run_counts (run_id, pending_after, failed_after, held_after) values ({id}, {waiting}, 0, 0)"
        );
        stage.pair.local.execute(&sql).await;
    }
}

/// Writes a schedule that fires in some minutes: soon enough for a countdown, and not while the pictures are taken.
fn in_some_minutes() -> String {
    #[expect(clippy::disallowed_methods, reason = "the tests have a clock of their own")]
    let now = jiff::Timestamp::now().as_second() / 60;
    format!("{} * * * *", (now + 10) % 60)
}

#[tokio::test]
async fn the_main_states_are_pictured() {
    let schedule = in_some_minutes();
    play(&[("SYNC_MAX_RETRIES", "1"), ("SYNC_CRON", &schedule)], async |stage, page| {
        page.as_a_tall_desk().await;
        page.open("/").await;
        page.is_told("In sync").await;
        keep(page, "first-start").await;
        stage.orders(&["12.50", "7.90"]).await;
        give_a_past(stage).await;
        stage.post("/sync/run", json!({})).await;
        page.open("/").await;
        page.is_told("In sync").await;
        page.sees("#flow-summary", "At most 72 were left when a cycle ended").await;
        in_both_colours(page, "in-sync").await;
        stage.pair.set_online(false);
        stage.orders(&["4.20"; 36]).await;
        page.sees("#statement-body", "37 entries wait").await;
        keep(page, "offline").await;
        page.forgives("net::ERR_");
        stage.stop().await;
        page.is_told("Was offline").await;
        keep(page, "not-live").await;
        stage.serve().await;
        stage.pair.set_online(true);
        page.is_told("Behind by 37 entries").await;
        keep(page, "behind").await;
        stage.forbid_gifts().await;
        let refused = stage.orders(&["0.00", "0.00", "18.00", "0.00"]).await[0];
        stage.post("/sync/run", json!({})).await;
        stage.pair.local.execute("alter table users add column phone varchar(40)").await;
        stage.orders(&["1.50", "2.50", "3.50"]).await;
        page.click("#run").await;
        page.sees("#statement-title", "need you").await;
        page.sees("#problems-list", "alter table").await;
        in_both_colours(page, "problems").await;
        page.open(&format!("/#/record/orders/{refused}")).await;
        page.sees(".sides", "0.00").await;
        keep(page, "record").await;
        page.open("/").await;
        page.as_a_phone().await;
        page.sees("#problems-list", "alter table").await;
        page.prefers("dark").await;
        keep(page, "phone").await;
    })
    .await;
}

#[tokio::test]
async fn the_sign_in_is_pictured() {
    play(&[("API_TOKEN", "a-token-made-up-for-this-test")], async |_, page| {
        page.forgives("status of 401");
        page.open("/").await;
        page.sees("h1", "Sign in").await;
        keep(page, "sign-in").await;
    })
    .await;
}
