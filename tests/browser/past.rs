//! What the chart draws is what happened.

use serde_json::json;

use crate::stage::play;

/// Lays cycles over the time shown, at any second of a step, and looks that each is drawn once, and within the frame.
const EVERY_CYCLE_IS_DRAWN: &str = r"
    const done = arguments[arguments.length - 1];
    import('/assets/dashboard/history.js').then(({ arrivals, frame }) => {
        const wrong = [];
        for (const range of [600, 3600, 21600, 86400]) for (let now = 1790000000; now < 1790000200; now += 7) {
            const { from, to, step } = frame(now, range);
            const at = (t) => ({ finished_at: new Date(t * 1000).toISOString(), entries_synced: 1 });
            const steps = arrivals([from - 1, from, now - 1, now].map(at), from, to, step);
            const drawn = steps.reduce((sum, one) => sum + one.synced, 0);
            const inside = steps.every((one) => one.from >= from && one.to <= to);
            if (drawn !== 3 || !inside || now > to || steps.length !== range / step) wrong.push([range, now, drawn]);
        }
        done(wrong);
    }, (error) => done(String(error)))";

#[tokio::test]
async fn every_cycle_is_drawn_once_and_within_the_frame() {
    play(&[], async |_, page| {
        page.open("/").await;
        page.is_told("In sync").await;
        assert_eq!(page.later(EVERY_CYCLE_IS_DRAWN).await, json!([]));
    })
    .await;
}

#[tokio::test]
async fn the_chart_says_the_same_as_its_table() {
    play(&[], async |stage, page| {
        stage.orders(&["1.00", "2.00"]).await;
        stage.post("/sync/run", json!({})).await;
        stage.orders(&["3.00"]).await;
        page.open("/").await;
        page.is_told("Behind by 2 entries").await;
        page.sees("#legend-synced", "3").await;
        page.click("#range label").await;
        page.sees("#flow-summary", "3 entries arrived in the last 10 minutes").await;
        page.click(".table-of summary").await;
        page.sees("#flow-rows tr:first-child", "now").await;
        let synced = "return [...document.querySelectorAll('#flow-rows td:last-child')].reduce((sum, cell) => sum + Number(cell.textContent), 0)";
        assert_eq!(page.script(synced, &[]).await, json!(3));
        page.sees("#flow-rows tr:first-child td:nth-child(2)", "2").await;
    })
    .await;
}
