//! Everything can be done without a mouse.

use thirtyfour::Key;

use crate::stage::play;

#[tokio::test]
async fn a_cycle_is_run_and_a_record_mended_with_keys_alone() {
    play(&[("SYNC_MAX_RETRIES", "1")], async |stage, page| {
        stage.forbid_gifts().await;
        let id = stage.orders(&["0.00"]).await[0];
        page.open("/").await;
        page.is_told("Behind by 2 entries").await;
        page.presses(Key::Tab).await;
        assert_eq!(page.focus().await, "Skip to the state");
        page.presses(Key::Enter).await;
        page.tabs_to("#run").await;
        page.presses(Key::Enter).await;
        page.is_told("1 record was refused").await;
        assert_eq!(page.focus().await, "#run");
        page.sees(".problem", "no_gifts").await;
        page.tabs_to(&format!("orders {id}")).await;
        page.presses(Key::Enter).await;
        page.sees(".verdict", "Headquarters does not have it").await;
        // Nothing behind an open dialog can be reached.
        page.tabs_to("#record-retry").await;
        page.presses(Key::Escape).await;
        page.sees_no("#record").await;
        assert_eq!(page.focus().await, format!("orders {id}"));
        stage.allow_gifts().await;
        page.open("/").await;
        page.sees(".problem", "no_gifts").await;
        page.tabs_to("Retry: 1 record of orders was refused for good").await;
        page.presses(Key::Enter).await;
        page.is_told("In sync").await;
    })
    .await;
}
