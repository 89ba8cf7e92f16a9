//! `/sync/events`.

use std::time::Duration;

use backhaul::utils::clock::monotonic;
use reqwest::{Method, Response};
use serde_json::Value;

use super::site::{Answer, Site};
use crate::support::{OwnServer, Pair, Place, servers::shared, wait_for};

/// Who listens.
struct Listener {
    response: Response,
    read: String,
}

impl Listener {
    async fn on(site: &Site) -> Self {
        let response = site.request(Method::GET, "/sync/events").send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        Self { response, read: String::new() }
    }

    /// Reads up to the next empty line; `None` at the end of the stream.
    async fn part(&mut self) -> Option<String> {
        loop {
            if let Some((part, rest)) = self.read.split_once("\n\n") {
                let (part, rest) = (part.to_owned(), rest.to_owned());
                self.read = rest;
                return Some(part);
            }
            let chunk = tokio::time::timeout(Duration::from_secs(30), self.response.chunk());
            let chunk = chunk.await.expect("something comes within 30 s").unwrap()?;
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Reads the next event: its name and data. Comments are passed over.
    async fn event(&mut self) -> Option<(String, Value)> {
        loop {
            let part = self.part().await?;
            let field = |name: &str| part.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if let (Some(name), Some(data)) = (field("event:"), field("data:")) {
                return Some((name.to_owned(), serde_json::from_str(data).unwrap()));
            }
        }
    }

    /// Reads events until a state fits.
    async fn state(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        let fitting = async {
            loop {
                let (name, data) = self.event().await.expect("the stream goes on");
                if name == "status" && fits(&data) {
                    return data;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), fitting).await.expect("a state that fits within 30 s")
    }
}

#[tokio::test]
async fn the_state_comes_at_once_and_at_each_change_whoever_makes_it() {
    let site = Site::new().await;
    let mut listener = Listener::on(&site).await;
    assert_eq!(listener.part().await.unwrap(), "retry: 2000");
    let (name, first) = listener.event().await.unwrap();
    assert_eq!((name.as_str(), &first["counts"]["pending"]), ("status", &0.into()));
    let mut asked = site.get("/sync/status").await.json;
    for passing in ["counted_at", "next_run_at"] {
        asked[passing] = first[passing].clone();
    }
    assert_eq!(first, asked, "the object of GET /sync/status");
    site.pair.local.execute("update users set name = 'x' where id = 1").await;
    let state = listener.state(|state| state["counts"]["pending"] == 1).await;
    assert_eq!(state["records"]["pending"][0]["record_id"], "1");
    site.pair.set_online(true);
    listener.state(|state| state["is_online"] == true).await;
    // A stream that begins later is told the same at once.
    let mut second = Listener::on(&site).await;
    assert_eq!(second.state(|_| true).await["counts"]["pending"], 1);
}

#[tokio::test]
async fn a_stream_without_news_says_that_it_lives() {
    let site = Site::new().await;
    let mut listener = Listener::on(&site).await;
    let mut part = String::new();
    while !part.starts_with(": still here") {
        part = listener.part().await.unwrap();
    }
}

/// Starts a site on a DB_A of its own, where nobody else asks.
async fn alone() -> (OwnServer, Site) {
    let server = OwnServer::start(Place::Local);
    let site = Site::on(Pair::on(&server, &shared().central).await, &[]).await;
    site.load_tables().await;
    (server, site)
}

/// Counts the questions that DB_A is asked within some seconds.
async fn questions_within(site: &Site, seconds: u64) -> u64 {
    let asked = async || {
        let shown = site.pair.local.rows("show global status like 'Com_stmt_execute'").await;
        shown[0][1].as_ref().unwrap().parse::<u64>().unwrap()
    };
    let (before, begun) = (asked().await, monotonic());
    wait_for("time passes", async || begun.elapsed() > Duration::from_secs(seconds)).await;
    asked().await - before
}

#[tokio::test]
async fn one_asks_for_all_who_listen_and_nobody_once_they_have_gone() {
    let (_server, site) = alone().await;
    let mut listeners = Vec::new();
    for _ in 0..20 {
        let mut listener = Listener::on(&site).await;
        listener.event().await.unwrap();
        listeners.push(listener);
    }
    let asked = questions_within(&site, 4).await;
    assert!((10..150).contains(&asked), "20 listeners let DB_A be asked {asked} questions in four seconds");
    drop(listeners);
    wait_for("nobody asks", async || questions_within(&site, 2).await <= 2).await;
    let mut again = Listener::on(&site).await;
    again.state(|state| state["counts"]["pending"] == 0).await;
}

#[tokio::test]
async fn at_most_64_listen_and_who_goes_makes_room() {
    let site = Site::new().await;
    let mut listeners = Vec::new();
    for _ in 0..64 {
        listeners.push(Listener::on(&site).await);
    }
    let refused = site.request(Method::GET, "/sync/events").send().await.unwrap();
    assert_eq!(refused.status(), 503);
    Answer::of(refused).await.assert_problem();
    listeners.pop();
    wait_for("there is room", async || {
        site.request(Method::GET, "/sync/events").send().await.unwrap().status() == 200
    })
    .await;
}

#[tokio::test]
async fn a_stop_says_so_and_waits_for_no_stream() {
    let mut site = Site::new().await;
    let mut listener = Listener::on(&site).await;
    listener.event().await.unwrap();
    let start = monotonic();
    site.stop.cancel();
    while let Some((name, _)) = listener.event().await {
        assert!(name == "status" || name == "stopping", "{name}");
        if name == "stopping" {
            assert_eq!(listener.event().await, None);
        }
    }
    site.end().await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[tokio::test]
async fn while_db_a_cannot_be_read_the_stream_says_so_and_goes_on() {
    let site = Site::new().await;
    let mut listener = Listener::on(&site).await;
    listener.event().await.unwrap();
    site.pair.local.execute("rename table sync_queue to elsewhere").await;
    let (name, data) = loop {
        let event = listener.event().await.unwrap();
        if event.0 != "status" {
            break event;
        }
    };
    assert_eq!(name, "trouble");
    assert!(data["message"].as_str().unwrap().contains("backhaul install"), "{data}");
    site.pair.local.execute("rename table elsewhere to sync_queue").await;
    listener.state(|_| true).await;
}

#[tokio::test]
async fn of_a_long_queue_only_the_ends_are_looked_at_until_something_moves() {
    let (_server, site) = alone().await;
    let many = "insert into sync_queue (table_name, record_id, operation, last_updated_at, sync_status)
        with recursive n as (select 1 as i union all select i + 1 from n where i < 1000)
        select 'users', '1', 'UPDATE', utc_timestamp(6), 'SYNCED' from n a join n b on b.i <= 110";
    site.pair.local.execute(many).await;
    let mut listener = Listener::on(&site).await;
    let state = listener.state(|_| true).await;
    assert_eq!(state["counts"]["synced"], 110_000);
    // The second look is a full one in any case: it is the first that knows the queue to be long.
    for name in ["one", "two"] {
        let insert = format!("insert into users (name, email) values ('New', '{name}@shop.example')");
        site.pair.local.execute(&insert).await;
        let newest: Value = site.pair.local.one::<u64>("select max(id) from sync_queue").await.into();
        let begun = monotonic();
        listener.state(|state| state["records"]["pending"][0]["id"] == newest).await;
        assert!(begun.elapsed() < Duration::from_secs(7), "{name}: {:?}", begun.elapsed());
    }
    let asked = questions_within(&site, 4).await;
    assert!(asked < 25, "a long queue at rest lets DB_A be asked {asked} questions in four seconds");
}

#[tokio::test]
async fn a_token_is_asked_for() {
    let site = Site::without_tables(&[("API_TOKEN", "s3cret")]).await;
    let answer = Answer::of(site.request(Method::GET, "/sync/events").send().await.unwrap()).await;
    assert_eq!(answer.status, 401);
}
