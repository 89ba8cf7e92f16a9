//! The page trusts no value, and asks nobody but its own site.

use serde_json::json;

use crate::stage::play;

/// A name that would do something if it were taken for markup.
const NASTY: &str = "<img src=/x onerror=window.hit=1><script>window.hit=1</script>";

#[tokio::test]
async fn names_are_text_whatever_they_hold() {
    let settings = [("SYNC_MAX_RETRIES", "1"), ("SITE_NAME", "<b>Harbour</b>")];
    play(&settings, async |stage, page| {
        stage.carry_labels().await;
        stage.pair.central.execute("alter table labels add constraint `<i>plain</i>` check (text is null)").await;
        stage.pair.local.execute(&format!("insert into labels values ('{NASTY}', '<u>{NASTY}')")).await;
        page.open("/").await;
        page.sees("#site", "<b>Harbour</b>").await;
        page.sees("#entries-rows", NASTY).await;
        page.click("#run").await;
        page.is_told("1 record was refused").await;
        page.sees(".problem .examples", NASTY).await;
        page.sees(".problem dl", "<i>plain</i>").await;
        page.click(".problem .examples a").await;
        page.sees("#record-title", NASTY).await;
        page.sees(".sides", &format!("<u>{NASTY}")).await;
        let markup = "return document.querySelectorAll('main :is(img, script, u, i), dialog :is(img, script, u, i), header :is(i, u, b)').length";
        assert_eq!(page.script(markup, &[]).await, json!(0));
        assert_eq!(page.script("return window.hit ?? null", &[]).await, json!(null));
    })
    .await;
}

/// Keys that addresses, lists and eyes stumble over, each with how it is shown.
const ODD_KEYS: [(&str, &str); 6] = [
    ("", "\"\""),
    ("..", ".."),
    ("a b, c", "\"a b, c\""),
    ("say \"so\"", "\"say \\\"so\\\"\""),
    ("red\u{1b}[31m", "red\\u{1b}[31m"),
    ("live\u{202e}evil", "live\\u{202e}evil"),
];

#[tokio::test]
async fn every_key_is_seen_and_its_story_is_found() {
    play(&[], async |stage, page| {
        stage.carry_labels().await;
        let rows: Vec<String> = ODD_KEYS.iter().map(|(key, _)| format!("('{key}', 'x')")).collect();
        stage.pair.local.execute(&format!("insert into labels values {}", rows.join(", "))).await;
        page.open("/").await;
        for (key, shown) in ODD_KEYS {
            page.sees("#entries-rows", &format!("labels {shown}")).await;
            let click = "[...document.querySelectorAll('#entries-rows a')].find((one) => one.textContent === arguments[0]).click()";
            page.script(click, &[json!(format!("labels {shown}"))]).await;
            page.sees("#record-title", &format!("labels {shown}")).await;
            page.sees(".verdict", "Headquarters does not have it").await;
            assert_eq!(page.text("#record-title").await, format!("labels {shown}"), "{key:?}");
            page.presses(thirtyfour::Key::Escape).await;
            page.sees_no("#record").await;
        }
    })
    .await;
}

#[tokio::test]
async fn browsers_may_load_nothing_from_elsewhere_and_nothing_inline() {
    play(&[], async |stage, page| {
        let answer = reqwest::get(stage.pair.api("/")).await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert_eq!(
            policy,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        );
        page.open("/").await;
        page.is_told("In sync").await;
        // What the page itself does is within that policy: the browser would complain. That it holds is seen by breaking it.
        page.has_nothing_to_complain_of().await;
        let script = "const place = document.createElement('p'); place.setAttribute('style', 'position: fixed'); \
            document.body.append(place); return getComputedStyle(place).position";
        assert_eq!(page.script(script, &[]).await, json!("static"));
        page.forgives("violates the following Content Security Policy directive");
    })
    .await;
}
