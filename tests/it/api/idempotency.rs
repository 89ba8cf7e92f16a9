//! `Idempotency-Key`: whoever repeats a request gets the first answer again, and nothing is made twice.

use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use super::site::{Answer, Site};
use crate::support::shop::installed;
use crate::support::{ChaosProxy, Fault, Pair, chaos_proxy::Counts, wait_for};

const ORDER: &str = r#"{"user_id": 1, "amount": "7.50"}"#;

/// The packet of a COMMIT; its first byte says that a statement follows. Other statements have the word in them.
const COMMIT: &str = "\u{3}commit";

async fn post(site: &Site, path: &str, key: &str, body: &str) -> Answer {
    let request = site.request(Method::POST, path).header("content-type", "application/json");
    Answer::of(request.header("idempotency-key", key).body(body.to_owned()).send().await.unwrap()).await
}

/// Counts orders of 7.50.
async fn made(pair: &Pair) -> u64 {
    pair.local.one("select count(*) from orders where amount = 7.50").await
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_nothing_is_made_twice() {
    let site = Site::new().await;
    let user = r#"{"name": "Nia", "email": "nia@shop.example"}"#;
    for (path, body, rewritten) in [
        ("/users", user, r#"{ "email": "nia@shop.example", "name": "\u004eia" }"#),
        ("/orders", ORDER, r#"{"status": "pending", "amount": 7.5, "user_id": 1}"#),
    ] {
        let key = format!("key-of{path}");
        let first = post(&site, path, &key, body).await;
        assert_eq!((first.status, first.header("idempotency-replayed")), (201, ""), "{first:?}");
        for (key, body) in [(key.clone(), body), (format!("\"{key}\""), rewritten)] {
            let again = post(&site, path, &key, body).await;
            assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"), "{again:?}");
            assert_eq!((&again.text, again.header("location")), (&first.text, first.header("location")));
            assert_eq!(again.header("content-type"), "application/json");
        }
        assert_eq!(site.get(first.header("location")).await.json, first.json);
        site.delete(first.header("location")).await;
        assert_eq!(post(&site, path, &key, body).await.text, first.text, "a deleted one is not made again");
    }
    assert_eq!(
        site.queue().await,
        ["users 2 INSERT", "users 2 DELETE", "orders 2 INSERT", "orders 2 DELETE"]
    );
}

#[tokio::test]
async fn a_request_without_a_key_leaves_no_trace_and_is_carried_out_each_time() {
    let site = Site::new().await;
    for _ in 0..2 {
        assert_eq!(site.send(Method::POST, "/orders", ORDER).await.status, 201);
    }
    assert_eq!(made(&site.pair).await, 2);
    assert_eq!(site.pair.local.one::<u64>("select count(*) from sync_idempotency").await, 0);
    // Where repeating does no harm anyway, a key is not looked at.
    for path in ["/sync/retry", "/sync/run"] {
        assert_eq!(post(&site, path, "not a key", "{}").await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let site = Site::new().await;
    post(&site, "/orders", "k", ORDER).await.expect(reqwest::StatusCode::CREATED);
    let before = site.contents().await;
    for (path, body) in [
        ("/orders", r#"{"user_id": 1, "amount": "7.51"}"#),
        ("/orders", r#"{"user_id": 1, "amount": "7.50", "status": "paid"}"#),
        ("/users", r#"{"name": "Nia", "email": "nia@shop.example"}"#),
    ] {
        let answer = post(&site, path, "k", body).await;
        assert_eq!((answer.status, &answer.json["type"]), (422, &json!("/problems/idempotency-key-reused")));
        answer.assert_problem();
    }
    assert_eq!(site.contents().await, before);
    assert_eq!(post(&site, "/orders", "K", ORDER).await.header("idempotency-replayed"), "", "another key");
}

#[tokio::test]
async fn what_was_refused_is_judged_anew() {
    let site = Site::new().await;
    let order = r#"{"user_id": 2, "amount": 1}"#;
    assert_eq!(post(&site, "/orders", "order", order).await.status, 422, "there is no user 2 yet");
    let user = r#"{"name": "Twin", "email": "ada@shop.example"}"#;
    assert_eq!(post(&site, "/users", "user", user).await.json["type"], "/problems/email-taken");
    site.pair.local.execute("update users set email = 'other@shop.example' where id = 1").await;
    site.pair.local.execute("insert into users (id, name, email) values (2, 'x', 'x@shop.example')").await;
    for (path, key, body) in [("/orders", "order", order), ("/users", "user", user)] {
        let answer = post(&site, path, key, body).await;
        assert_eq!((answer.status, answer.header("idempotency-replayed")), (201, ""), "{answer:?}");
    }
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let site = Site::new().await;
    let (longest, too_long) = ("x".repeat(255), "x".repeat(256));
    for key in ["", "\"\"", "a b", "\"open", "a\\b", &too_long] {
        let answer = post(&site, "/orders", key, ORDER).await;
        assert_eq!(
            (answer.status, &answer.json["type"]),
            (400, &json!("/problems/invalid-idempotency-key")),
            "{key}"
        );
        assert_eq!(answer.json["errors"][0]["field"], "Idempotency-Key");
        answer.assert_problem();
    }
    let twice = site.request(Method::POST, "/orders").header("content-type", "application/json");
    let twice = twice.header("idempotency-key", "a").header("idempotency-key", "a").body(ORDER);
    assert_eq!(Answer::of(twice.send().await.unwrap()).await.status, 400);
    assert_eq!(made(&site.pair).await, 0);
    assert_eq!(post(&site, "/orders", &longest, ORDER).await.status, 201);
    assert_eq!(post(&site, "/orders", &longest, ORDER).await.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn of_many_that_come_at_once_one_is_carried_out() {
    let site = Site::new().await;
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let request = site.request(Method::POST, "/orders").header("content-type", "application/json");
        requests.spawn(request.header("idempotency-key", "one").body(ORDER).send());
    }
    let mut bodies = Vec::new();
    while let Some(response) = requests.join_next().await {
        let answer = Answer::of(response.unwrap().unwrap()).await;
        match answer.status {
            201 => bodies.push(answer.text),
            _ => assert_eq!(answer.json["type"], "/problems/idempotency-key-under-way", "{answer:?}"),
        }
    }
    bodies.dedup();
    assert_eq!((bodies.len(), made(&site.pair).await), (1, 1));
}

/// Starts a site whose way to DB_A leads through a proxy.
async fn behind_proxy() -> (Site, ChaosProxy) {
    let pair = Pair::new().await;
    let proxy = ChaosProxy::start(pair.local_port());
    let (login, rest) = pair.local.url.split_once('@').unwrap();
    let url = format!("{login}@127.0.0.1:{}/{}", proxy.port(), rest.split_once('/').unwrap().1);
    let site = Site::on(pair, &[("LOCAL_DATABASE_URL", &url)]).await;
    site.load_tables().await;
    (site, proxy)
}

#[tokio::test]
async fn a_request_whose_answer_to_commit_was_lost_is_settled_by_repeating_it() {
    let (site, proxy) = behind_proxy().await;
    proxy.set(Fault::SwallowReplyTo(COMMIT));
    let lost = post(&site, "/orders", "lost", ORDER).await;
    assert_eq!(lost.status, 503, "{lost:?}");
    assert!(lost.json["detail"].as_str().unwrap().contains("Idempotency-Key may simply be repeated"));
    assert_eq!(made(&site.pair).await, 1, "made, and not known to be");
    let again = post(&site, "/orders", "lost", ORDER).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"), "{again:?}");
    assert_eq!(made(&site.pair).await, 1);
}

#[tokio::test]
async fn while_the_first_is_on_its_way_a_repetition_is_told_so_and_does_not_wait() {
    let (site, proxy) = behind_proxy().await;
    proxy.set(Fault::HoldRequestWith(COMMIT));
    let mut first = tokio::task::JoinSet::new();
    let request = site.request(Method::POST, "/orders").header("content-type", "application/json");
    first.spawn(request.header("idempotency-key", "slow").body(ORDER).send());
    wait_for("COMMIT is on its way", async || Counts::of(&proxy.counts().held) > 0).await;
    let second = post(&site, "/orders", "slow", ORDER).await;
    assert_eq!((second.status, &second.json["type"]), (409, &json!("/problems/idempotency-key-under-way")));
    assert_eq!(second.header("retry-after"), "1");
    second.assert_problem();
    assert_eq!(post(&site, "/orders", "another", ORDER).await.status, 201, "others do not wait");
    proxy.set(Fault::None);
    let first = Answer::of(first.join_next().await.unwrap().unwrap().unwrap()).await;
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!(post(&site, "/orders", "slow", ORDER).await.text, first.text);
    assert_eq!(made(&site.pair).await, 2);
}

/// Starts `serve` and waits until it is ready.
async fn serving(pair: &Pair) -> crate::support::program::Running {
    let mut running = pair.start(&["serve"]);
    let client = reqwest::Client::new();
    wait_for("the program is ready", async || {
        assert!(!running.has_ended(), "{}", running.stderr());
        client.get(pair.api("/readyz")).send().await.is_ok_and(|answer| answer.status() == 200)
    })
    .await;
    running
}

async fn order_at(address: String) -> Option<reqwest::Response> {
    let request = reqwest::Client::new().post(address).header("content-type", "application/json");
    request.header("idempotency-key", "killed").body(ORDER).send().await.ok()
}

#[rstest]
#[case::commit_arrives(Fault::None, Some("true"))]
#[case::commit_is_lost(Fault::CutNow, None)]
#[tokio::test]
async fn a_program_killed_at_its_commit_makes_one_order_once_it_is_asked_again(
    #[case] fate: Fault,
    #[case] replayed: Option<&str>,
) {
    let mut pair = installed().await;
    pair.set_online(false);
    pair.local.execute("insert into users (id, name, email) values (1, 'x', 'x@shop.example')").await;
    let proxy = ChaosProxy::start(pair.local_port());
    let direct = pair.program.setting("LOCAL_DATABASE_URL").unwrap().to_owned();
    pair.reach_local_through(proxy.port());
    let mut first = serving(&pair).await;
    proxy.set(Fault::HoldRequestWith(COMMIT));
    let asked = order_at(pair.api("/orders"));
    tokio::pin!(asked);
    let held = wait_for("COMMIT is on its way", async || Counts::of(&proxy.counts().held) > 0);
    tokio::select! {
        () = held => {}
        answer = &mut asked => panic!("answered before COMMIT: {answer:?}"),
    }
    first.kill();
    assert!(asked.await.is_none(), "nobody answered");
    proxy.set(fate);
    pair.set("LOCAL_DATABASE_URL", &direct);
    let _second = serving(&pair).await;
    let mut answer = None;
    wait_for("the request is answered", async || {
        answer = order_at(pair.api("/orders")).await;
        // The server may not have noticed yet that the connection is gone.
        answer.as_ref().is_some_and(|answer| answer.status() == 201)
    })
    .await;
    let answer = answer.unwrap();
    let flag = answer.headers().get("idempotency-replayed").map(|value| value.to_str().unwrap());
    assert_eq!(flag, replayed);
    assert_eq!(made(&pair).await, 1);
}

#[tokio::test]
async fn a_database_of_an_earlier_version_takes_requests_without_a_key_and_says_what_it_lacks() {
    let pair = installed().await;
    pair.local.execute("drop table sync_idempotency").await;
    pair.local.execute("insert into users (id, name, email) values (1, 'x', 'x@shop.example')").await;
    let site = Site::on(pair, &[]).await;
    assert_eq!(site.send(Method::POST, "/orders", ORDER).await.status, 201);
    let answer = post(&site, "/orders", "k", ORDER).await;
    assert_eq!(answer.status, 503);
    assert!(answer.json["detail"].as_str().unwrap().contains("backhaul install"), "{answer:?}");
    assert_eq!(made(&site.pair).await, 1);
    site.pair.backhaul(&["prune"]).await.expect_code(0);
    site.pair.backhaul(&["install"]).await.expect_code(0);
    assert_eq!(post(&site, "/orders", "k", ORDER).await.status, 201);
}

#[tokio::test]
async fn answers_are_kept_for_a_day() {
    let pair = installed().await;
    pair.local
        .execute(
            "insert into sync_idempotency (idempotency_key, operation, request_digest, status, location, answer, created_at) \
             select concat('old', seq), 'POST /users', unhex(sha2('', 256)), 201, '/users/1', '{}', \
                    utc_timestamp(6) - interval 1445 minute from (select 1 as seq union all select 2) two; \
             insert into sync_idempotency (idempotency_key, operation, request_digest, status, location, answer, created_at) \
             values ('young', 'POST /users', unhex(sha2('', 256)), 201, '/users/1', '{}', utc_timestamp(6) - interval 1435 minute)",
        )
        .await;
    pair.backhaul(&["prune"]).await.expect_code(0);
    assert_eq!(pair.local.column("select idempotency_key from sync_idempotency").await, ["young"]);
}
