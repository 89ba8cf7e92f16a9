//! The answer never comes, or late, or the server did it all the same.

use crate::support::shop::{audit_users, entries, installed, sync, users};
use crate::support::{ChaosProxy, Fault, Pair, assert_equal_on_both_sides, chaos_proxy::Counts, wait_for};

/// Leads DB_B through a proxy, with a patience of two seconds.
async fn behind_proxy() -> (Pair, ChaosProxy) {
    let mut pair = installed().await;
    audit_users(&pair).await;
    let proxy = ChaosProxy::start(pair.central_port());
    pair.reach_central_through(proxy.port());
    pair.set("CENTRAL_TIMEOUT_SECONDS", &2);
    (pair, proxy)
}

async fn audited(pair: &Pair) -> u64 {
    pair.central.one("select count(*) from audit").await
}

#[tokio::test]
async fn a_lost_answer_to_commit_is_settled_as_applied() {
    let (pair, proxy) = behind_proxy().await;
    pair.local.execute(&users(1, 5)).await;
    proxy.set(Fault::SwallowReplyTo("insert into `users`"));
    let report = sync(&pair, 4).await;
    assert_eq!(report["outcome"], "unreachable");
    assert_eq!(
        (audited(&pair).await, entries(&pair, "PENDING").await),
        (5, 5),
        "applied, and not known to be"
    );
    assert_eq!(pair.local.column("select distinct retry_count from sync_queue").await, ["1"]);
    proxy.set(Fault::None);
    let report = sync(&pair, 0).await;
    assert_eq!((&report["entries_synced"], &report["batches"]), (&5.into(), &0.into()));
    assert_eq!(audited(&pair).await, 5, "nothing was applied twice");
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_batch_cut_on_its_way_is_settled_as_not_applied() {
    let (pair, proxy) = behind_proxy().await;
    pair.local.execute(&users(1, 500)).await;
    proxy.set(Fault::CutAfter(crate::support::Direction::ToServer, 20_000));
    assert_eq!(sync(&pair, 4).await["outcome"], "unreachable");
    assert_eq!((audited(&pair).await, entries(&pair, "PENDING").await), (0, 500));
    proxy.set(Fault::None);
    let report = sync(&pair, 0).await;
    assert_eq!((&report["entries_synced"], &report["batches"]), (&500.into(), &1.into()));
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_batch_that_arrives_after_the_next_cycle_is_shut_out() {
    let (pair, proxy) = behind_proxy().await;
    pair.local.execute(&users(1, 3)).await;
    proxy.set(Fault::HoldRequestWith("insert into `users`"));
    assert_eq!(sync(&pair, 4).await["outcome"], "unreachable");
    pair.local.execute("update users set name = 'newer' where id = 2; delete from users where id = 3").await;
    // Only the one request is held: the next cycle goes through.
    sync(&pair, 0).await;
    let (to_server, before) = (&proxy.counts().to_server, Counts::of(&proxy.counts().to_server));
    proxy.set(Fault::None);
    wait_for("the late batch is delivered", async || Counts::of(to_server) > before).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
    assert_eq!(audited(&pair).await, 2, "the late batch was refused: inserted were 1 and the newer 2");
}

#[tokio::test]
async fn a_dropped_batch_that_arrives_before_the_next_one_is_shut_out() {
    let (mut pair, first_way) = behind_proxy().await;
    pair.local.execute(&users(1, 3)).await;
    first_way.set(Fault::HoldRequestWith("insert into `users`"));
    assert_eq!(sync(&pair, 4).await["outcome"], "unreachable");
    let second_way = ChaosProxy::start(pair.central_port());
    second_way.set(Fault::HoldRequestWith("insert into `users`"));
    pair.reach_central_through(second_way.port());
    pair.set("CENTRAL_TIMEOUT_SECONDS", &20);
    let second = pair.start(&["sync", "--json"]);
    wait_for("the second batch is on its way", async || Counts::of(&second_way.counts().held) > 0).await;
    let (to_server, before) = (&first_way.counts().to_server, Counts::of(&first_way.counts().to_server));
    first_way.set(Fault::None);
    wait_for("the first batch is delivered", async || Counts::of(to_server) > before).await;
    second_way.set(Fault::None);
    let report = second.finish().await.expect_code(0).json();
    assert_eq!((&report["entries_synced"], &report["batches"]), (&3.into(), &1.into()));
    assert_eq!(audited(&pair).await, 3, "the dropped batch was refused");
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

/// Makes DB_B take as many seconds for an insert of a user as table `slow` says.
pub async fn slow_down(pair: &Pair, seconds: u32) {
    pair.central
        .execute(&format!(
            "create table slow (seconds int); insert into slow values ({seconds}); \
             create trigger slow_insert before insert on users for each row begin \
               declare begun datetime(6) default sysdate(6); declare wanted int; \
               select max(seconds) into wanted from slow; \
               while sysdate(6) < begun + interval wanted second do set @slept = sleep(0.05); end while; \
             end"
        ))
        .await;
}

#[tokio::test]
async fn a_batch_that_commits_after_the_client_gave_up_is_settled() {
    let (mut pair, _proxy) = behind_proxy().await;
    pair.set("CENTRAL_TIMEOUT_SECONDS", &6);
    slow_down(&pair, 8).await;
    pair.local.execute(&users(1, 1)).await;
    assert_eq!(sync(&pair, 4).await["outcome"], "unreachable");
    assert_eq!(audited(&pair).await, 0, "the batch is still running in DB_B");
    pair.local.execute("insert into users (id, name, email) values (2, 'later', 'later@x')").await;
    pair.central.execute("update slow set seconds = 0").await;
    let report = sync(&pair, 0).await;
    assert_eq!(
        (&report["entries_synced"], &report["batches"]),
        (&2.into(), &1.into()),
        "settling waited for it"
    );
    assert_eq!(audited(&pair).await, 2, "nothing was applied twice");
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_batch_that_runs_for_too_long_is_ended_and_sent_again() {
    let (mut pair, _proxy) = behind_proxy().await;
    pair.set("CENTRAL_TIMEOUT_SECONDS", &4);
    slow_down(&pair, 300).await;
    pair.local.execute(&users(1, 1)).await;
    assert_eq!(sync(&pair, 4).await["outcome"], "unreachable");
    pair.central.execute("update slow set seconds = 0").await;
    let report = sync(&pair, 0).await;
    assert_eq!((&report["entries_synced"], &report["batches"]), (&1.into(), &1.into()));
    assert_eq!(audited(&pair).await, 1);
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_transaction_that_commits_late_with_lower_ids_arrives() {
    use mysql_async::prelude::Queryable;
    let pair = installed().await;
    let mut late = pair.local.connect().await;
    late.query_drop("start transaction; insert into users (id, name, email) values (1, 'late', 'late@x')")
        .await
        .unwrap();
    pair.local.execute("insert into users (id, name, email) values (2, 'early', 'early@x')").await;
    sync(&pair, 0).await;
    assert_eq!(pair.central.column("select name from users").await, ["early"]);
    late.query_drop("commit").await.unwrap();
    late.disconnect().await.unwrap();
    let ids = pair.local.column("select id from sync_queue order by sync_status").await;
    assert_eq!(ids, ["1", "2"], "the late entry has the lower id");
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn an_entry_that_commits_between_the_ids_of_a_batch_under_way_is_not_acknowledged_with_it() {
    use mysql_async::prelude::Queryable;
    let (mut pair, proxy) = behind_proxy().await;
    pair.set("CENTRAL_TIMEOUT_SECONDS", &20);
    pair.local.execute("insert into users (id, name, email) values (1, 'first', '1@x')").await;
    let mut late = pair.local.connect().await;
    late.query_drop("start transaction; insert into users (id, name, email) values (2, 'late', '2@x')")
        .await
        .unwrap();
    pair.local.execute("insert into users (id, name, email) values (3, 'third', '3@x')").await;
    proxy.set(Fault::HoldRequestWith("insert into `users`"));
    let cycle = pair.start(&["sync", "--json"]);
    wait_for("the batch is on its way", async || Counts::of(&proxy.counts().held) > 0).await;
    late.query_drop("commit").await.unwrap();
    late.disconnect().await.unwrap();
    proxy.set(Fault::None);
    cycle.finish().await;
    let statuses = pair.local.rows("select record_id, sync_status from sync_queue order by id").await;
    let late_entry: Vec<_> = statuses.iter().filter(|row| row[0].as_deref() == Some("2")).collect();
    let has_arrived = pair.central.one::<u64>("select count(*) from users where id = 2").await == 1;
    assert_eq!(late_entry[0][1].as_deref() == Some("SYNCED"), has_arrived, "SYNCED must be true");
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}
