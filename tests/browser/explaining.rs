//! A record's story, by its address and by asking for it.

use serde_json::json;
use thirtyfour::Key;

use crate::stage::play;

#[tokio::test]
async fn a_story_has_an_address_and_is_found_by_table_and_key() {
    play(&[], async |stage, page| {
        let id = stage.orders(&["12.50"]).await[0];
        page.open(&format!("/#/record/orders/{id}")).await;
        page.sees("#record-title", &format!("orders {id}")).await;
        page.sees(".verdict", "It is queued and on its way").await;
        page.presses(Key::Escape).await;
        page.sees_no("#record").await;
        assert_eq!(page.script("return location.hash", &[]).await, "");
        page.types("#find-table", "users").await;
        page.types("#find-record", "77").await;
        page.presses(Key::Enter).await;
        page.sees(".verdict", "Neither side has it").await;
        page.back().await;
        page.sees_no("#record").await;
        page.click("#entries-rows a").await;
        page.sees(".past", "not at headquarters yet").await;
        stage.post("/sync/run", json!({})).await;
        page.sees(".verdict", "Both sides have it, with the same values").await;
        page.sees(".past", "arrived, with batch").await;
        page.forgives("404");
        page.open("/#/record/nowhere/1").await;
        page.sees("#story", "Look whether table and key are spelt").await;
    })
    .await;
}

#[tokio::test]
async fn a_difference_stands_field_by_field() {
    play(&[], async |stage, page| {
        let id = stage.orders(&["12.50"]).await[0];
        stage.post("/sync/run", json!({})).await;
        stage.pair.central.execute(&format!("update orders set amount = 99 where id = {id}")).await;
        page.open(&format!("/#/record/orders/{id}")).await;
        page.sees(".verdict", "Headquarters has other values").await;
        page.sees(".sides tr[data-same='false']", "amount").await;
        page.sees(".sides tr[data-same='false']", "99.00").await;
        page.sees(".sides tr[data-same='false']", "differs").await;
        page.sees(".steps", "backhaul verify --repair").await;
    })
    .await;
}
