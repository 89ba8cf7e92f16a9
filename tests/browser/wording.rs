//! What the page says holds together, and is true at the time it is read.

use serde_json::{Value, json};

use crate::stage::play;
use crate::visit::Visit;

/// Notes from now on what screen readers are told.
const LISTEN: &str = "window.told = []; new MutationObserver(() => window.told.push(document.getElementById('announcement').textContent)) \
    .observe(document.getElementById('announcement'), {childList: true, characterData: true, subtree: true})";

impl Visit {
    /// Gives what screen readers were told since.
    async fn told(&self) -> Vec<String> {
        let told = self.script("return window.told", &[]).await;
        told.as_array().unwrap().iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    }

    /// Gives a text of the page, with whatever stands between its words as one blank.
    async fn line(&self, selector: &str) -> String {
        self.text(selector).await.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

#[tokio::test]
async fn a_first_refusal_reads_the_same_wherever_it_is_told() {
    play(&[], async |stage, page| {
        stage.forbid_gifts().await;
        stage.orders(&["0.00"]).await;
        page.open("/").await;
        page.sees("#statement-body", "They go with the next cycle.").await;
        page.script(LISTEN, &[]).await;
        page.click("#run").await;
        page.sees("#statement-notes", "1 record was refused and is tried again.").await;
        assert_eq!(
            page.line(".tiles > div:nth-child(3)").await,
            "Refused for good 0 1 record is tried again"
        );
        page.sees(".problem h3", "1 record of orders was refused, and is tried again").await;
        page.sees("#cycles-rows [data-head='Refused']", "1").await;
        crate::support::wait_for("the announcement says what is seen", async || {
            let told = page.told().await;
            told.last().is_some_and(|told| told.contains("1 record was refused and is tried again."))
        })
        .await;
        let told = page.told().await;
        assert!(
            !told.iter().any(|told| told.contains("next cycle")),
            "it waits for its next attempt: {told:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_for_good_is_called_so() {
    play(&[("SYNC_MAX_RETRIES", "1")], async |stage, page| {
        stage.forbid_gifts().await;
        stage.orders(&["0.00"]).await;
        page.open("/").await;
        page.click("#run").await;
        page.is_told("1 record was refused for good and needs you").await;
        assert_eq!(page.line(".tiles > div:nth-child(3)").await, "Refused for good 1 1 entry is FAILED");
        page.sees(".problem h3", "1 record of orders was refused for good").await;
        page.sees("#flow-summary", "refused for good: 1").await;
    })
    .await;
}

#[tokio::test]
async fn a_story_has_one_number_of_refusals() {
    play(&[("SYNC_MAX_RETRIES", "3")], async |stage, page| {
        stage.forbid_gifts().await;
        let order = stage.orders(&["0.00"]).await[0];
        stage.post("/sync/run", json!({})).await;
        // DB_B was not reached twice: the entry took part in three attempts, of which one was judged.
        stage.pair.local.execute("update sync_queue set retry_count = 3 where sync_status = 'PENDING'").await;
        page.open(&format!("/#/record/orders/{order}")).await;
        page.sees(".facts", "Refused").await;
        let facts = page.line(".facts").await;
        assert!(facts.contains("Refused once, ") && facts.contains("Not there since"), "{facts}");
        let story = page.line("#story").await;
        assert!(!story.contains("attempts") && !story.contains(" 3 "), "{story}");
        let steps = page.line(".steps").await;
        assert!(steps.contains("tried again at the first cycle after ") && !steps.contains("Z."), "{steps}");
    })
    .await;
}

#[tokio::test]
async fn a_held_record_tells_what_it_waits_for_and_when_that_was_seen() {
    play(&[("SYNC_MAX_RETRIES", "1")], async |stage, page| {
        stage
            .pair
            .central
            .execute("alter table users add constraint nobody check (name <> 'Ada Sample')")
            .await;
        let order = stage.orders(&["1.00"]).await[0];
        stage.post("/sync/run", json!({})).await;
        page.open("/").await;
        page.sees("#problems-list", "waits for users").await;
        let cards = "return [...document.querySelectorAll('.problem')].map((one) => one.dataset.state)";
        assert_eq!(page.script(cards, &[]).await, json!(["failed", "held"]), "the cause stands first");
        assert!(!page.line("#problems-list").await.contains("nless"), "what holds it is known");
        page.open(&format!("/#/record/orders/{order}")).await;
        page.sees(".facts", "Last looked at").await;
        let facts = page.line(".facts").await;
        assert!(!facts.contains("ttempt") && !facts.contains("first"), "{facts}");
    })
    .await;
}

#[tokio::test]
async fn the_chart_claims_no_more_than_it_knows() {
    play(&[], async |stage, page| {
        stage.orders(&["1.00", "2.00", "3.00"]).await;
        stage.post("/sync/run", json!({})).await;
        stage.pair.local.execute("update sync_run_counts set pending_after = 2").await;
        page.open("/").await;
        page.sees("#flow-summary", "At most 2 were left when a cycle ended, at ").await;
        stage.orders(&["1.00", "2.00", "3.00"]).await;
        page.sees("#flow-summary", "At most 4 were seen waiting, at ").await;
        page.sees("#legend-at", "pending and failed as of now, synced in the last hour").await;
    })
    .await;
}

#[tokio::test]
async fn a_page_that_is_not_live_speaks_of_the_past() {
    play(&[], async |stage, page| {
        stage.orders(&["1.00"]).await;
        stage.post("/sync/run", json!({})).await;
        page.open("/").await;
        page.sees("#statement-body", "Everything written here is at headquarters.").await;
        page.forgives("net::ERR_");
        stage.stop().await;
        page.is_told("Was in sync").await;
        assert_eq!(page.line("#statement-body").await, "Everything written until then was at headquarters.");
        assert_eq!(page.line("#problems-list").await, "Nothing was stuck when last heard.");
        assert_eq!(page.line("#tile-waiting-more").await, "nothing waited");
        stage.serve().await;
        page.is_told("In sync").await;
        page.sees("#problems-list", "Nothing is stuck.").await;
    })
    .await;
}

#[tokio::test]
async fn a_held_table_without_records_has_no_oldest_one() {
    play(&[], async |stage, page| {
        stage
            .pair
            .local
            .execute(
                "insert into sync_held_tables values ('orders', 'schema', 1146, 'no such table', 'create it', \
                 utc_timestamp(6) - interval 11 second)",
            )
            .await;
        page.open("/").await;
        page.sees(".problem .state", "held for ").await;
        assert!(!page.line(".problem .state").await.contains("oldest"));
        page.open("/#/record/orders/1").await;
        page.sees(".facts", "its whole table is held, for ").await;
    })
    .await;
}
