//! Servers that die, stand still, refuse to write, or take no more connections, in the middle of a batch.

use std::process::Command;

use mysql_async::{Conn, Opts, OptsBuilder};
use rstest::rstest;

use crate::support::chaos_proxy::Counts;
use crate::support::faulty::{
    assert_one_cycle_heals, assert_written_once, prepare, start_with, wait_until_at,
};
use crate::support::shop::{entries, sync};
use crate::support::{ChaosProxy, OwnServer, Pair, Place, servers::shared, wait_for};

/// A pair with a server of its own at one place, and everything ready for a fault.
async fn with_own(place: Place) -> (OwnServer, Pair) {
    let own = OwnServer::start(place);
    let mut pair = match place {
        Place::Local => Pair::on(&own, &shared().central).await,
        Place::Central => Pair::on(&shared().local, &own).await,
    };
    prepare(&mut pair).await;
    (own, pair)
}

fn signal(server: &OwnServer, name: &str) {
    let pid = server.process_id().unwrap().to_string();
    let sent = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &pid]).status().unwrap();
    assert!(sent.success(), "signal {name} was not sent");
}

/// No attempt is counted twice, and the innocent count none that was not theirs.
async fn assert_attempts(pair: &Pair, at_most: u64) {
    let most = "select coalesce(max(retry_count), 0) from sync_queue where record_id <> '30'";
    assert!(pair.local.one::<u64>(most).await <= at_most);
}

#[rstest]
#[case::db_b_before_anything_is_sent(Place::Central, "intent-noted", 4)]
#[case::db_b_in_an_open_transaction(Place::Central, "fence-entered", 4)]
#[case::db_b_right_before_the_commit(Place::Central, "rest-before-commit", 4)]
#[case::db_b_right_after_the_commit(Place::Central, "rest-after-commit", 4)]
#[case::db_a_with_an_open_snapshot(Place::Local, "rows-read", 1)]
#[case::db_a_with_the_intent_noted(Place::Local, "intent-noted", 1)]
#[case::db_a_with_everything_applied(Place::Local, "applied", 1)]
#[case::db_a_right_before_the_commit(Place::Local, "acknowledgement-before-commit", 1)]
#[case::db_a_right_after_the_commit(Place::Local, "acknowledgement-after-commit", 1)]
#[tokio::test]
async fn a_server_killed_in_the_middle_of_a_batch_and_started_again_gets_everything_once(
    #[case] place: Place,
    #[case] point: &str,
    #[case] code: i32,
) {
    let (mut own, pair) = with_own(place).await;
    let mut cycle = start_with(&pair, &["sync"], point, "delay");
    wait_until_at(&mut cycle, point).await;
    own.kill();
    cycle.finish().await.expect_code(code);
    own.start_again().unwrap();
    assert_one_cycle_heals(&pair).await;
    assert_written_once(&pair).await;
    assert_attempts(&pair, 1).await;
}

#[rstest]
#[case::before_the_batch("batch-before-commit")]
#[case::in_an_open_transaction("fence-entered")]
#[case::right_before_the_commit("rest-before-commit")]
#[tokio::test]
async fn a_central_server_that_stands_still_and_goes_on_gets_everything_once(#[case] point: &str) {
    let (own, mut pair) = with_own(Place::Central).await;
    pair.set("CENTRAL_TIMEOUT_SECONDS", &2);
    let mut cycle = start_with(&pair, &["sync"], point, "delay");
    wait_until_at(&mut cycle, point).await;
    signal(&own, "STOP");
    let ended = cycle.finish().await;
    signal(&own, "CONT");
    ended.expect_code(4);
    assert_one_cycle_heals(&pair).await;
    assert_written_once(&pair).await;
    assert_attempts(&pair, 1).await;
}

#[tokio::test]
async fn a_local_server_that_stands_still_is_waited_for() {
    let (own, mut pair) = with_own(Place::Local).await;
    let proxy = ChaosProxy::start(pair.local_port());
    pair.reach_local_through(proxy.port());
    let point = "acknowledgement-before-commit";
    let mut cycle = start_with(&pair, &["sync"], point, "delay");
    wait_until_at(&mut cycle, point).await;
    let sent = Counts::of(&proxy.counts().to_server);
    signal(&own, "STOP");
    wait_for("the COMMIT is on its way", async || Counts::of(&proxy.counts().to_server) > sent).await;
    signal(&own, "CONT");
    cycle.finish().await.expect_code(3);
    assert_one_cycle_heals(&pair).await;
    assert_written_once(&pair).await;
    assert_attempts(&pair, 0).await;
}

#[tokio::test]
async fn a_central_server_that_is_read_only_for_a_while_judges_nobody() {
    let (own, mut pair) = with_own(Place::Central).await;
    pair.set("SYNC_MAX_RETRIES", &1);
    // Whoever may do everything may write all the same.
    let database = &pair.central.database;
    pair.central
        .execute(&format!(
            "create user site@'127.0.0.1' identified by 'x'; grant all privileges on `{database}`.* to site@'127.0.0.1'; \
             set global read_only = 1"
        ))
        .await;
    pair.set("CENTRAL_DATABASE_URL", &format!("mysql://site:x@127.0.0.1:{}/{database}", own.port()));
    for _ in 0..2 {
        let report = sync(&pair, 4).await;
        assert!(report["message"].as_str().unwrap().contains("1290"), "{report}");
    }
    assert_eq!(entries(&pair, "FAILED").await, 0);
    pair.central.execute("set global read_only = 0").await;
    pair.set("SYNC_MAX_RETRIES", &5);
    assert_one_cycle_heals(&pair).await;
    assert_written_once(&pair).await;
    assert_attempts(&pair, 2).await;
}

#[rstest]
#[case::of_db_a(Place::Local, 1)]
#[case::of_db_b(Place::Central, 4)]
#[tokio::test]
async fn a_server_whose_connections_are_all_taken_judges_nobody(#[case] place: Place, #[case] code: i32) {
    let (_own, pair) = with_own(place).await;
    let side = match place {
        Place::Local => &pair.local,
        Place::Central => &pair.central,
    };
    side.execute("set global max_connections = 10").await;
    let opts = OptsBuilder::from_opts(Opts::from_url(&side.url).unwrap()).prefer_socket(false);
    let mut taken = Vec::new();
    while let Ok(conn) = Conn::new(opts.clone()).await {
        taken.push(conn);
    }
    let ended = pair.backhaul(&["sync"]).await.expect_code(code);
    assert!(ended.stdout.contains("Too many connections"), "{}", ended.stdout);
    for conn in taken {
        conn.disconnect().await.unwrap();
    }
    wait_for("there is room again", async || Conn::new(opts.clone()).await.is_ok()).await;
    side.execute("set global max_connections = 100").await;
    assert_one_cycle_heals(&pair).await;
    assert_written_once(&pair).await;
    assert_attempts(&pair, u64::from(place == Place::Central)).await;
}
