//! What axe-core finds in each main state: nothing, in light and dark, at a desk and on a phone.

use serde_json::{Value, json};

use crate::stage::play;
use crate::visit::Visit;

const AXE: &str = include_str!("axe-core/axe.min.js");

/// Runs it by all rules of WCAG 2.2 AA and the usual practices; gives what each finding is and where.
const RUN: &str = "const done = arguments[arguments.length - 1]; \
    axe.run(document, {resultTypes: ['violations']}).then((result) => done(result.violations.flatMap((found) => \
        found.nodes.map((node) => `${found.id}: ${node.html.slice(0, 160)}: ${node.failureSummary}`))), \
        (error) => done([String(error)]))";

impl Visit {
    /// Looks that nothing hinders people: in both colours, at a desk and on a phone.
    pub async fn is_accessible(&self, state: &str) {
        self.script(&format!("{AXE}; window.axe = axe"), &[]).await;
        for size in ["desk", "phone"] {
            for scheme in ["light", "dark"] {
                if size == "desk" {
                    self.as_a_desk().await;
                } else {
                    self.as_a_phone().await;
                }
                self.prefers(scheme).await;
                let found = self.later(RUN).await;
                let found: Vec<&str> = found.as_array().unwrap().iter().filter_map(Value::as_str).collect();
                assert!(found.is_empty(), "{state}, {size}, {scheme}: {found:#?}");
                let overflow =
                    "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
                assert_eq!(self.script(overflow, &[]).await, json!(0), "{state} is wider than a {size}");
            }
        }
        self.as_a_desk().await;
    }
}

#[tokio::test]
async fn colours_can_be_chosen_and_stay_chosen() {
    play(&[], async |_, page| {
        let ground = "return getComputedStyle(document.body).backgroundColor";
        page.open("/").await;
        page.is_told("In sync").await;
        let light = page.script(ground, &[]).await;
        page.prefers("dark").await;
        let dark = page.script(ground, &[]).await;
        assert_ne!(light, dark);
        page.click("#theme").await;
        assert_eq!(page.script(ground, &[]).await, light, "light was chosen, whatever the system prefers");
        page.click("#theme").await;
        page.prefers("light").await;
        assert_eq!(page.script(ground, &[]).await, dark, "dark was chosen, whatever the system prefers");
        page.open("/assets/icon.svg").await;
        page.open("/").await;
        page.is_told("In sync").await;
        assert_eq!(page.script(ground, &[]).await, dark, "the choice was forgotten");
        page.forgives("favicon.ico");
    })
    .await;
}

#[tokio::test]
async fn nothing_hinders_people_while_all_is_well() {
    play(&[], async |stage, page| {
        page.open("/").await;
        page.is_told("In sync").await;
        page.is_accessible("the first start").await;
        stage.pair.set_online(false);
        stage.orders(&["1.00"]).await;
        page.is_told("Offline").await;
        page.sees("#entries-rows", "orders").await;
        page.is_accessible("offline").await;
        page.forgives("net::ERR_");
        stage.stop().await;
        page.is_told("Was offline").await;
        page.is_accessible("not live").await;
        stage.serve().await;
        page.is_told("Offline").await;
    })
    .await;
}

#[tokio::test]
async fn nothing_hinders_people_while_something_is_stuck() {
    play(&[("SYNC_MAX_RETRIES", "1")], async |stage, page| {
        stage.forbid_gifts().await;
        let id = stage.orders(&["0.00", "2.00"]).await[0];
        stage.pair.local.execute("alter table users add column phone varchar(40)").await;
        page.open("/").await;
        page.click("#run").await;
        page.is_told("2 records").await;
        page.click(".table-of summary").await;
        page.is_accessible("with problems").await;
        page.open(&format!("/#/record/orders/{id}")).await;
        page.sees(".sides", "0.00").await;
        page.is_accessible("a record's story").await;
    })
    .await;
}
