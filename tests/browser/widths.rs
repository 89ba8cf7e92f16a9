//! Whatever is long stays where it is seen, at a desk and on a small phone.

use serde_json::{Value, json};

use crate::stage::{Stage, play};
use crate::visit::Visit;

/// As long as the key of a record may be: nothing in it can be broken at a blank.
const KEY: usize = 190;

impl Visit {
    /// Looks that nothing is wider than what shows it, and that no text runs past the edge of its card.
    async fn fits(&self, what: &str) {
        let script = "const found = []; const wide = document.documentElement; \
            if (wide.scrollWidth > wide.clientWidth) found.push(`the page: ${wide.scrollWidth}`); \
            for (const place of document.querySelectorAll('.scroll, dialog, .story, .card')) \
                if (place.scrollWidth > place.clientWidth) found.push(`${place.className || place.id}: ${place.scrollWidth} in ${place.clientWidth}`); \
            for (const cell of document.querySelectorAll('.cycles td, .entries td, .sides td')) { \
                const [inner, outer] = [cell.getBoundingClientRect(), cell.closest('.scroll').getBoundingClientRect()]; \
                if (inner.width > 0 && inner.right > outer.right + 1) found.push(`${cell.innerText.slice(0, 40)}: ${inner.right}`); \
            } return found";
        assert_eq!(self.script(script, &[]).await, json!([]), "{what}");
    }

    /// Gives how wide the first thing is that this selector names.
    async fn width(&self, selector: &str) -> f64 {
        let script = "return document.querySelector(arguments[0]).getBoundingClientRect().width";
        self.script(script, &[json!(selector)]).await.as_f64().unwrap()
    }
}

#[tokio::test]
async fn cycles_that_failed_alike_show_their_whole_reason() {
    play(&[], async |stage, page| {
        // The schedule asks no more than once a year: what it would have found is written down for it.
        let reason = "DB_B (site@centre.example:3306/shop) cannot be used: no working connection: Connection refused \
                      (os error 111; nothing listens there). Entries stay PENDING and go at a later cycle";
        for id in 1..=4 {
            let began = format!("utc_timestamp(6) - interval {} minute", 2 * (10 - id));
            let outcome = if id == 4 { "partial" } else { "unreachable" };
            stage
                .pair
                .local
                .execute(&format!(
                    "insert into sync_runs (id, run_trigger, started_at, finished_at, outcome, entries_synced, \
                     entries_failed, entries_held, batches, duration_ms, message) values ({id}, 'cron', {began}, \
                     {began}, '{outcome}', {}, 0, 0, 0, 84, '{reason}')",
                    u8::from(id == 4)
                ))
                .await;
        }
        page.open("/").await;
        page.sees("#cycles-rows tr.quiet", "3 cycles unreachable").await;
        page.fits("at a desk").await;
        let lefts = "return [...document.querySelectorAll('#cycles-rows .outcome')].map((one) => Math.round(one.getBoundingClientRect().left))";
        let lefts = page.script(lefts, &[]).await;
        assert_eq!(lefts[0], lefts[1], "what stands together begins where the others do");
        page.as_a_small_phone().await;
        page.fits("on a phone").await;
        page.sees("#cycles-rows tr.quiet", "go at a later cycle.").await;
    })
    .await;
}

/// Gives a site a table whose keys are as long as they may be; such a record is refused.
async fn refuse_a_long_key(stage: &mut Stage) -> String {
    stage.carry_labels().await;
    stage.pair.central.execute("alter table labels add constraint no_text check (text is null)").await;
    stage
        .pair
        .local
        .execute(&format!("insert into labels values (repeat('W', {KEY}), repeat('V', {KEY}))"))
        .await;
    "W".repeat(KEY)
}

#[tokio::test]
async fn a_long_key_pushes_nothing_out_of_sight() {
    play(&[], async |stage, page| {
        let key = refuse_a_long_key(stage).await;
        stage.orders(&["1.00"]).await;
        page.open("/").await;
        page.sees("#entries-rows", &key).await;
        page.click("#run").await;
        page.sees(".problem .examples", &key).await;
        page.sees("#entries-rows .known", "no_text").await;
        for phone in [false, true] {
            if phone {
                page.as_a_small_phone().await;
            }
            page.fits("the lists").await;
            assert!(
                page.width("#entries-rows .known").await > 150.0,
                "{phone}: no room is left for the reason"
            );
        }
        page.open(&format!("/#/record/labels/{key}")).await;
        page.sees(".sides", "text").await;
        page.fits("the story on a phone").await;
        page.as_a_desk().await;
        page.fits("the story at a desk").await;
        let written: Value =
            page.script("return document.querySelector('.sides td').innerText.length", &[]).await;
        assert_eq!(written, json!(KEY), "nothing of the key is cut off");
    })
    .await;
}
