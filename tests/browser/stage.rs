//! A site under `backhaul serve`, and a browser before it.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::FutureExt;
use serde_json::{Value, json};

use crate::browser::Driver;
use crate::support::program::Running;
use crate::support::{Pair, wait_for};
use crate::visit::Visit;

/// Once a year: within a test a cycle runs only when somebody asks for it.
const HARDLY_EVER: &str = "0 0 1 1 *";

/// A site that serves.
pub struct Stage {
    /// Its databases.
    pub pair: Pair,
    serving: Option<Running>,
}

/// Plays a visit of a fresh site's dashboard; the browser is closed however it ends, and must have had nothing to complain of.
pub async fn play(settings: &[(&str, &str)], visit: impl AsyncFnOnce(&mut Stage, &Visit)) {
    let driver = Driver::start().await;
    let mut stage = Stage::new(settings).await;
    let browser = driver.open().await;
    let page = Visit::new(browser.clone(), stage.pair.api(""));
    let played = AssertUnwindSafe(async {
        page.as_a_desk().await;
        visit(&mut stage, &page).await;
        page.has_nothing_to_complain_of().await;
    });
    let outcome = played.catch_unwind().await;
    if outcome.is_err() {
        page.tell_what_is_seen().await;
    }
    // What the test found matters more than a browser that will not close; the driver's end ends it, too.
    let _ = browser.quit().await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

impl Stage {
    async fn new(settings: &[(&str, &str)]) -> Self {
        let mut pair = Pair::new().await;
        pair.set("SYNC_CRON", HARDLY_EVER);
        pair.set("SITE_NAME", "Harbour shop");
        for (key, value) in settings {
            pair.set(key, *value);
        }
        pair.set_online(true);
        pair.backhaul(&["install"]).await.expect_code(0);
        let mut stage = Self { pair, serving: None };
        stage.serve().await;
        stage
    }

    /// Starts the program.
    pub async fn serve(&mut self) {
        self.serving = Some(self.pair.start(&["serve"]));
        let ready = self.pair.api("/readyz");
        wait_for("the program is ready", async || {
            reqwest::get(&ready).await.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    }

    /// Asks the program to stop, and waits for its end.
    pub async fn stop(&mut self) {
        let serving = self.serving.take().unwrap();
        serving.signal("TERM");
        serving.finish().await.expect_code(0);
    }

    /// Lets the site carry a table `labels` as well, whose keys are texts.
    pub async fn carry_labels(&mut self) {
        for side in [&self.pair.local, &self.pair.central] {
            side.execute("create table labels (name varchar(200) primary key, text varchar(200))").await;
        }
        self.stop().await;
        self.pair.set("SYNC_TABLES", "users,orders,labels");
        self.pair.backhaul(&["install"]).await.expect_code(0);
        self.serve().await;
    }

    /// Gives the program that runs.
    pub fn serving(&self) -> &Running {
        self.serving.as_ref().unwrap()
    }

    /// Ends the program without a word.
    pub fn kill(&mut self) {
        self.serving.take().unwrap().kill();
    }

    /// Sends JSON to the API.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let answer = reqwest::Client::new().post(self.pair.api(path)).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path} {body}: {answer:?}");
        answer.json().await.unwrap()
    }

    /// Writes a person and some orders of this amount; gives the orders' ids.
    pub async fn orders(&self, amounts: &[&str]) -> Vec<u64> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let email = format!("ada{}@shop.example", NEXT.fetch_add(1, Ordering::Relaxed));
        let user = self.post("/users", json!({"name": "Ada Sample", "email": email})).await;
        let mut ids = Vec::new();
        for amount in amounts {
            let order = self.post("/orders", json!({"user_id": user["id"], "amount": amount})).await;
            ids.push(order["id"].as_u64().unwrap());
        }
        ids
    }

    /// Lets headquarters forbid orders of nothing.
    pub async fn forbid_gifts(&self) {
        self.pair.central.execute("alter table orders add constraint no_gifts check (amount > 0)").await;
    }

    /// Lets headquarters allow them again.
    pub async fn allow_gifts(&self) {
        self.pair.central.execute("alter table orders drop constraint no_gifts").await;
    }
}
