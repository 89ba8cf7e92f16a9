//! Over a slow line the next batches are sent on connections of their own while one is under way.

use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use rstest::rstest;

use crate::support::faulty::{run_again, wait_until_at};
use crate::support::program::Running;
use crate::support::shop::{entries, installed, numbers, refuse_bad_users, sync, users};
use crate::support::{ChaosProxy, Fault, Pair, assert_equal_on_both_sides, chaos_proxy::Counts, wait_for};

/// Longer than DB_B waits for the batch before one that came early.
const LONGER_THAN_IT_IS_WAITED_FOR: Duration = Duration::from_secs(4);

/// A backlog of ten batches or more behind a slow line, where DB_B writes down over which connection each user came.
async fn backlog() -> (Pair, ChaosProxy) {
    let mut pair = installed().await;
    pair.central
        .execute("create table audit (n int auto_increment primary key, id bigint, connection bigint)")
        .await;
    for event in ["insert", "update"] {
        pair.central
            .execute(&format!(
                "create trigger audit_{event} before {event} on users for each row \
                 insert into audit (id, connection) values (new.id, connection_id())"
            ))
            .await;
    }
    pair.set("SYNC_BATCH_SIZE", &4);
    // What is held back is found by its text.
    pair.set("CENTRAL_COMPRESSION", "off");
    pair.local.execute(&users(1, 40)).await;
    let proxy = ChaosProxy::start(pair.central_port());
    pair.reach_central_through(proxy.port());
    proxy.set(Fault::Latency(Duration::from_millis(40)));
    (pair, proxy)
}

/// Every user arrived, and was written once.
async fn assert_all_arrived_once(pair: &Pair) {
    assert_equal_on_both_sides(pair, &["users"]).await;
    let twice = "select id from audit group by id having count(*) > 1";
    assert_eq!(pair.central.column(twice).await, Vec::<String>::new(), "nothing is written twice");
    assert_eq!((entries(pair, "PENDING").await, intents(pair, "OPEN").await), (0, 0));
}

async fn intents(pair: &Pair, state: &str) -> u64 {
    pair.local.one(&format!("select count(*) from sync_intents where state = '{state}'")).await
}

async fn connections_used(pair: &Pair) -> u64 {
    pair.central.one("select count(distinct connection) from audit").await
}

#[tokio::test]
async fn batches_take_turns_on_several_connections_and_arrive_once() {
    let (pair, _proxy) = backlog().await;
    let report = sync(&pair, 0).await;
    assert_eq!(report["entries_synced"], 40);
    assert_all_arrived_once(&pair).await;
    assert!(connections_used(&pair).await > 1);
}

#[tokio::test]
async fn where_no_further_connection_is_to_be_had_batches_follow_one_after_the_other() {
    let (mut pair, proxy) = backlog().await;
    let address = pair.central.lone_account("only_one", proxy.port()).await;
    pair.set("CENTRAL_DATABASE_URL", &address);
    let report = sync(&pair, 0).await;
    assert_eq!(report["entries_synced"], 40);
    assert_all_arrived_once(&pair).await;
    assert_eq!(connections_used(&pair).await, 1);
    pair.central.execute("drop user only_one@'127.0.0.1'").await;
}

#[tokio::test]
async fn over_a_fast_line_one_connection_is_enough() {
    let (pair, proxy) = backlog().await;
    proxy.set(Fault::None);
    let mut used = Vec::new();
    // A busy machine takes a near DB_B for a far one now and then.
    while used.len() < 5 && !used.contains(&1) {
        pair.central.execute("truncate audit").await;
        pair.local.execute("update users set name = concat(name, '!')").await;
        sync(&pair, 0).await;
        used.push(connections_used(&pair).await);
    }
    assert!(used.contains(&1), "{used:?}");
}

#[tokio::test]
async fn over_a_fast_line_nothing_is_read_ahead() {
    let (pair, proxy) = backlog().await;
    proxy.set(Fault::None);
    let connections = "select count(*) from information_schema.processlist where db = database()";
    let mut opened = Vec::new();
    while opened.len() < 5 && !opened.contains(&1) {
        wait_for("nobody else is connected", async || pair.local.one::<u64>(connections).await == 1).await;
        let delayed = pair.program.clone().with("FAILPOINTS", "central-reached=1*return(delay)");
        let mut running = delayed.start(&["sync"]);
        wait_until_at(&mut running, "central-reached").await;
        opened.push(pair.local.one::<u64>(connections).await - 1);
        running.finish().await.expect_code(0);
        pair.local.execute("update users set name = concat(name, '!')").await;
    }
    assert!(opened.contains(&1), "it reads on a connection of its own: {opened:?}");
}

#[rstest]
#[tokio::test]
async fn a_fault_while_several_batches_are_under_way_heals(
    #[values(
        "intent-after-commit",
        "intent-noted",
        "batch-before-commit",
        "batch-after-commit",
        "acknowledged"
    )]
    point: &str,
    #[values(1, 3)] nth: u32,
    #[values("kill", "drop")] fault: &str,
) {
    let (pair, _proxy) = backlog().await;
    let points = format!("{point}={}*off->1*return({fault})", nth - 1);
    let ended = pair.program.clone().with("FAILPOINTS", &points).start(&["sync"]).finish().await;
    assert!(ended.stderr.contains("fault point"), "it never came to {point}:\n{}", ended.stderr);
    assert_eq!(ended.code.is_none(), fault == "kill", "{}", ended.stderr);
    run_again(&pair, &["sync"], 0).await;
    assert_all_arrived_once(&pair).await;
}

/// Lets the program come to its first batch, and then holds back the first request with this text.
async fn hold_back(pair: &Pair, proxy: &ChaosProxy, text: &'static str) -> Running {
    let delayed = pair.program.clone().with("FAILPOINTS", "claimed=1*return(delay)");
    let mut running = delayed.start(&["sync", "--json"]);
    wait_until_at(&mut running, "claimed").await;
    proxy.set(Fault::HoldRequestWith(text));
    wait_for("a batch is held back", async || Counts::of(&proxy.counts().held) > 0).await;
    running
}

#[tokio::test]
async fn a_batch_that_arrives_before_the_one_it_follows_waits_for_it() {
    let (pair, proxy) = backlog().await;
    let running = hold_back(&pair, &proxy, "'User 1'").await;
    wait_for("the next one has arrived", async || waiting_at_the_fence(&pair).await > 0).await;
    assert_eq!(pair.central.one::<u64>("select count(*) from users").await, 0);
    proxy.set(Fault::None);
    let report = running.finish().await.expect_code(0).json();
    assert_eq!(report["entries_synced"], 40);
    assert_all_arrived_once(&pair).await;
}

/// Counts the sessions in DB_B that wait for the batch before theirs.
async fn waiting_at_the_fence(pair: &Pair) -> u64 {
    let sql = "select count(*) from information_schema.processlist where info like 'do if(@early%'";
    pair.central.one(sql).await
}

#[tokio::test]
async fn a_batch_whose_predecessor_is_very_late_is_sent_again() {
    let (pair, proxy) = backlog().await;
    let running = hold_back(&pair, &proxy, "'User 1'").await;
    tokio::time::sleep(LONGER_THAN_IT_IS_WAITED_FOR).await;
    proxy.set(Fault::None);
    let report = running.finish().await.expect_code(0).json();
    assert_eq!(report["entries_synced"], 40);
    assert_all_arrived_once(&pair).await;
    let second = "select state from sync_intents where number = 2";
    assert_eq!(pair.local.column(second).await, ["ACKNOWLEDGED"], "it was sent again as it was");
    assert!(intents(&pair, "DROPPED").await > 0, "what was sent behind it was withdrawn");
}

#[tokio::test]
async fn a_bad_record_in_a_batch_with_others_behind_it_is_set_aside_alone() {
    let (pair, _proxy) = backlog().await;
    refuse_bad_users(&pair).await;
    pair.local.execute("update users set name = 'bad' where id = 2").await;
    sync(&pair, 3).await;
    assert_eq!(pair.local.column("select distinct record_id from sync_failures").await, ["2"]);
    assert_eq!(pair.central.one::<u64>("select count(*) from users").await, 39);
    assert!(intents(&pair, "DROPPED").await > 1, "what was sent behind it was withdrawn");
    pair.local.execute("update users set name = 'mended' where id = 2").await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
    assert_eq!((entries(&pair, "PENDING").await, intents(&pair, "OPEN").await), (0, 0));
}

#[tokio::test]
async fn what_was_sent_behind_a_batch_that_must_be_made_in_another_order_is_not_applied_unnoticed() {
    let (pair, proxy) = backlog().await;
    proxy.set(Fault::None);
    sync(&pair, 0).await;
    // Whoever exists is updated, which is written down as well.
    pair.central.execute("truncate audit; drop trigger audit_insert").await;
    // The first batch must be made piece by piece, and commits under the token that the next one waits for.
    pair.local
        .execute(
            "update users set email = 'free' where id = 1; update users set email = 'user1@shop.example' where id = 2; \
             update users set email = 'user2@shop.example' where id = 1; update users set name = 'renamed' where id > 4",
        )
        .await;
    proxy.set(Fault::Latency(Duration::from_millis(40)));
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
    assert!(intents(&pair, "DROPPED").await > 0, "what was sent behind it was withdrawn");
    let twice = "select id from audit where id > 4 group by id having count(*) > 1";
    assert_eq!(pair.central.column(twice).await, Vec::<String>::new(), "nothing is written twice");
    assert_eq!((entries(&pair, "PENDING").await, intents(&pair, "OPEN").await), (0, 0));
}

#[tokio::test]
async fn batches_that_share_a_line_are_given_the_time_that_all_of_them_need() {
    let mut pair = installed().await;
    for side in [&pair.local, &pair.central] {
        side.execute("alter table users add column story mediumtext").await;
    }
    let stories = format!(
        "insert into users (id, name, email, story) \
         select seq, concat('User ', seq), concat(seq, '@shop.example'), repeat('x', 50000) from {} where seq > 0",
        numbers(12)
    );
    pair.local.execute(&stories).await;
    pair.set("SYNC_BATCH_SIZE", &4);
    pair.set("CENTRAL_COMPRESSION", "off");
    pair.set("CENTRAL_TIMEOUT_SECONDS", &2);
    let proxy = ChaosProxy::start(pair.central_port());
    pair.reach_central_through(proxy.port());
    proxy.set(Fault::Latency(Duration::from_millis(40)));
    let mut running =
        pair.program.clone().with("FAILPOINTS", "claimed=1*return(delay)").start(&["sync", "--json"]);
    wait_until_at(&mut running, "claimed").await;
    // Each takes five seconds and a half, where one by itself would be given five.
    proxy.set(Fault::Throttle(36 * 1024));
    let report = running.finish().await.expect_code(0).json();
    assert_eq!(report["entries_synced"], 12);
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

/// How long after the last batch DB_B was told how far the site has come, in milliseconds.
const TOLD_AFTER: &str = "select timestampdiff(microsecond, last_applied_at, reported_at) div 1000 \
                          from sync_sites join sync_site_status using (site_id)";

#[tokio::test]
async fn the_last_batch_tells_that_central_is_complete() {
    let (pair, proxy) = backlog().await;
    proxy.set(Fault::Latency(Duration::from_millis(300)));
    let looked: String = pair.local.one("select cast(utc_timestamp(6) as char)").await;
    sync(&pair, 0).await;
    assert_all_arrived_once(&pair).await;
    let told =
        "select concat_ws(' ', complete_as_of > '{looked}', pending, failed, held) from sync_site_status";
    assert_eq!(pair.central.one::<String>(&told.replace("{looked}", &looked)).await, "1 0 0 0");
    let after = pair.central.one::<i64>(TOLD_AFTER).await;
    assert!(after < 300, "it was told {after} ms later");
    // The books of DB_A say the same.
    let counts = "select concat_ws(' ', pending_after, failed_after, held_after) from sync_run_counts order by run_id desc limit 1";
    assert_eq!(pair.local.one::<String>(counts).await, "0 0 0");
}

#[tokio::test]
async fn a_last_batch_that_does_not_arrive_whole_calls_nothing_complete() {
    let (pair, _proxy) = backlog().await;
    refuse_bad_users(&pair).await;
    pair.local.execute("update users set name = 'bad' where id = 40").await;
    sync(&pair, 3).await;
    let told = "select concat_ws(' ', complete_as_of is null, pending, failed) from sync_site_status";
    assert_eq!(pair.central.one::<String>(told).await, "1 2 0", "an insert and an update of one user");
    pair.local.execute("update users set name = 'mended' where id = 40").await;
    sync(&pair, 0).await;
    assert_eq!(pair.central.one::<String>(told).await, "0 0 0");
}

#[tokio::test]
async fn what_is_written_meanwhile_is_counted_as_pending() {
    let (pair, proxy) = backlog().await;
    let running = hold_back(&pair, &proxy, "'User 1'").await;
    pair.local.execute(&users(41, 43)).await;
    proxy.set(Fault::Latency(Duration::from_millis(40)));
    running.finish().await.expect_code(0);
    let told = "select concat_ws(' ', complete_as_of is null, pending) from sync_site_status";
    assert_eq!(pair.central.one::<String>(told).await, "0 3");
}

#[tokio::test]
async fn nothing_is_called_complete_while_an_entry_that_came_late_is_not_carried() {
    let (pair, proxy) = backlog().await;
    let mut late = pair.local.connect().await;
    late.query_drop(
        "start transaction; insert into users (id, name, email) values (99, 'Late', 'late@shop.example')",
    )
    .await
    .unwrap();
    pair.local.execute(&users(41, 41)).await;
    let running = hold_back(&pair, &proxy, "'User 1'").await;
    late.query_drop("commit").await.unwrap();
    proxy.set(Fault::Latency(Duration::from_millis(40)));
    running.finish().await.expect_code(0);
    let told = "select concat_ws(' ', complete_as_of is null, pending) from sync_site_status";
    assert_eq!(pair.central.one::<String>(told).await, "1 1");
    sync(&pair, 0).await;
    assert_eq!(pair.central.one::<String>(told).await, "0 0");
    assert_all_arrived_once(&pair).await;
}

#[tokio::test]
async fn a_central_that_cannot_be_told_gets_the_last_batch_all_the_same() {
    let (pair, _proxy) = backlog().await;
    pair.central.execute("drop table sync_site_status").await;
    let ended = pair.backhaul(&["sync"]).await.expect_code(0);
    assert!(ended.stderr.contains("run `backhaul install`"), "{}", ended.stderr);
    assert_all_arrived_once(&pair).await;
}
