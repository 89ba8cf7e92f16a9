//! Two programs on one site: the lock keeps the second out, and where it cannot, the fence does.

use crate::support::shop::{audit_users, entries, installed, sync, users};
use crate::support::{ChaosProxy, Fault, assert_equal_on_both_sides, chaos_proxy::Counts, wait_for};

#[tokio::test]
async fn a_second_cycle_is_busy_while_one_runs() {
    let mut pair = installed().await;
    pair.local.execute(&users(1, 3)).await;
    let proxy = ChaosProxy::start(pair.central_port());
    proxy.set(Fault::HoldRequestWith("insert into `users`"));
    pair.reach_central_through(proxy.port());
    let first = pair.start(&["sync", "--json"]);
    wait_for("the batch is on its way", async || Counts::of(&proxy.counts().held) > 0).await;
    let second = sync(&pair, 5).await;
    assert_eq!(second["outcome"], "busy");
    proxy.set(Fault::None);
    first.finish().await.expect_code(0);
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_cycle_that_lost_its_lock_is_stopped_by_the_fence() {
    let mut pair = installed().await;
    audit_users(&pair).await;
    pair.local.execute(&users(1, 3)).await;
    let direct = pair.program.setting("CENTRAL_DATABASE_URL").unwrap().to_owned();
    let proxy = ChaosProxy::start(pair.central_port());
    proxy.set(Fault::HoldRequestWith("insert into `users`"));
    pair.reach_central_through(proxy.port());
    let first = pair.start(&["sync", "--json"]);
    wait_for("the batch is on its way", async || Counts::of(&proxy.counts().held) > 0).await;
    let holder = "select is_used_lock(concat('backhaul.', left(sha2(database(), 256), 40)))";
    let holder: u64 = pair.local.one(holder).await;
    pair.local.execute(&format!("kill connection {holder}")).await;
    pair.local.execute("update users set name = 'newer' where id = 2").await;
    pair.set("CENTRAL_DATABASE_URL", &direct);
    sync(&pair, 0).await;
    proxy.set(Fault::None);
    let report = first.finish().await.expect_code(1).json();
    assert_eq!((&report["outcome"], &report["entries_synced"]), (&"error".into(), &0.into()));
    assert_equal_on_both_sides(&pair, &["users"]).await;
    let newer = "select count(*) from audit where name = 'newer'";
    assert_eq!(pair.central.one::<u64>("select count(*) from audit").await, 3);
    assert_eq!(pair.central.one::<u64>(newer).await, 1);
    assert_eq!(entries(&pair, "PENDING").await, 0);
}

#[tokio::test]
async fn two_programs_started_together_carry_everything_once() {
    let pair = installed().await;
    audit_users(&pair).await;
    for round in 0..5 {
        pair.local.execute(&users(round * 100 + 1, round * 100 + 100)).await;
        let (one, two) = tokio::join!(pair.backhaul(&["sync"]), pair.backhaul(&["sync"]));
        let codes = [one.code.unwrap(), two.code.unwrap()];
        assert!(codes.contains(&0) && codes.iter().all(|code| [0, 5].contains(code)), "{codes:?}");
    }
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
    assert_eq!(pair.central.one::<u64>("select count(*) from audit").await, 500);
}

/// What a client sends when it closes its connection, header included.
const GOODBYE: &str = "\u{1}\0\0\0\u{1}";

#[tokio::test]
async fn a_cycle_begun_right_after_another_is_not_told_busy() {
    let mut pair = installed().await;
    let direct = pair.program.setting("LOCAL_DATABASE_URL").unwrap().to_owned();
    // The server hears of the end of the first program's connection only long after.
    let proxy = ChaosProxy::start(pair.local_port());
    proxy.set(Fault::HoldRequestWith(GOODBYE));
    pair.reach_local_through(proxy.port());
    sync(&pair, 0).await;
    wait_for("the goodbye is held", async || Counts::of(&proxy.counts().held) > 0).await;
    pair.set("LOCAL_DATABASE_URL", &direct);
    sync(&pair, 0).await;
}
