//! What is shown is live, or says that it is not.

use serde_json::json;

use crate::stage::play;

#[tokio::test]
async fn a_broken_stream_is_told_and_taken_up_again() {
    play(&[], async |stage, page| {
        page.open("/").await;
        page.is_told("In sync").await;
        page.sees("#link", "Live").await;
        // While the program is away, the browser reports that nothing answers.
        page.forgives("net::ERR_");
        stage.stop().await;
        page.is_told("Was in sync").await;
        page.sees("#link", "Not live").await;
        page.sees("#as-of", "Not live: the program was stopped. Last heard").await;
        assert!(page.script("return document.getElementById('run').disabled", &[]).await.as_bool().unwrap());
        stage.serve().await;
        page.is_told("In sync").await;
        page.sees("#link", "Live").await;
        stage.orders(&["1.00"]).await;
        page.is_told("Behind by 2 entries").await;
        stage.kill();
        page.is_told("Was behind by 2 entries").await;
        page.sees("#as-of", "Not live: last heard").await;
        stage.serve().await;
        page.is_told("Behind by 2 entries").await;
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_falls_silent_is_told() {
    play(&[], async |stage, page| {
        page.open("/").await;
        page.is_told("In sync").await;
        stage.serving().signal("STOP");
        // No connection breaks: the page must notice by itself that nothing is heard any more.
        page.is_told("Was in sync").await;
        page.sees("#as-of", "Not live: last heard").await;
        stage.serving().signal("CONT");
        page.is_told("In sync").await;
        // What was asked meanwhile was not answered in time, or not at all.
        page.forgives("net::ERR_");
        page.forgives("503");
    })
    .await;
}

#[tokio::test]
async fn pages_that_were_left_keep_no_connection() {
    play(&[], async |stage, page| {
        // A browser has six connections for a site: seven pages that kept theirs would leave none.
        for _ in 0..8 {
            page.open("/").await;
            page.is_told("In sync").await;
            page.leave().await;
        }
        page.back().await;
        page.is_told("In sync").await;
        stage.orders(&["1.00"]).await;
        page.is_told("Behind by 2 entries").await;
        stage.post("/sync/run", json!({})).await;
        page.is_told("In sync").await;
    })
    .await;
}

#[tokio::test]
async fn a_site_whose_database_is_gone_says_so() {
    play(&[], async |stage, page| {
        page.open("/").await;
        page.is_told("In sync").await;
        stage.pair.local.execute("rename table sync_queue to sync_queue_away").await;
        page.is_told("This site’s database cannot be read").await;
        page.forgives("503");
        page.forgives("500");
        stage.pair.local.execute("rename table sync_queue_away to sync_queue").await;
        page.is_told("In sync").await;
    })
    .await;
}

#[tokio::test]
async fn nothing_jumps_while_the_page_loads() {
    play(&[("SYNC_MAX_RETRIES", "1")], async |stage, page| {
        stage.forbid_gifts().await;
        stage.orders(&["3.00", "0.00"]).await;
        stage.post("/sync/run", json!({})).await;
        page.open("/").await;
        page.is_told("1 record was refused").await;
        page.sees(".problem h3", "1 record of orders was refused").await;
        let script = "const done = arguments[arguments.length - 1]; \
            new PerformanceObserver((list) => done(list.getEntries().reduce((sum, entry) => sum + entry.value, 0))) \
                .observe({type: 'layout-shift', buffered: true}); \
            setTimeout(() => done(0), 500)";
        let shift = page.later(script).await.as_f64().unwrap();
        // What is taken for steady is a tenth at most; the measure is the share of the window times the way it moved.
        assert!(shift < 0.05, "the page jumped while it loaded: {shift}");
    })
    .await;
}
