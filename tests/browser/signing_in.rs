//! A site with a token asks for it.

use crate::stage::play;

const TOKEN: &str = "a-token-made-up-for-this-test";

#[tokio::test]
async fn a_person_signs_in_and_out() {
    play(&[("API_TOKEN", TOKEN)], async |stage, page| {
        // The sign-in page comes with 401, which the browser notes.
        page.forgives("status of 401");
        page.open("/").await;
        page.sees("h1", "Sign in to Backhaul").await;
        page.is_accessible("sign-in").await;
        page.types("#token", "something else").await;
        page.click("button").await;
        page.sees("[role='alert']", "That is not the token of this site").await;
        page.types("#token", TOKEN).await;
        page.click("button").await;
        page.is_told("In sync").await;
        page.sees("#link", "Live").await;
        page.click("#run").await;
        page.sees("#run-result", "0 entries arrived").await;
        page.click("#sign-out button").await;
        page.sees("h1", "Sign in to Backhaul").await;
        page.types("#token", TOKEN).await;
        page.click("button").await;
        page.is_told("In sync").await;
        // A program that starts anew knows no sessions: the page that is open asks for the token by itself.
        page.forgives("net::ERR_");
        stage.stop().await;
        page.is_told("Was in sync").await;
        stage.serve().await;
        page.sees("h1", "Sign in to Backhaul").await;
    })
    .await;
}
