//! `resume` broken off between any two steps, and what was sent in the epoch before.

use rstest::rstest;

use crate::in_doubt::slow_down;
use crate::resume::{assert_synced_is_true, resume};
use crate::support::shop::{audit_users, entries, installed, sync, users};
use crate::support::{
    Backup, ChaosProxy, Fault, Pair, assert_equal_on_both_sides, chaos_proxy::Counts, wait_for,
};

/// Where the program stands when it is killed.
enum Stage {
    /// A request to DB_A is on its way, or its answer is.
    Local(Fault),
    /// A request to DB_B is on its way, or its answer is.
    Central(Fault),
}

/// A site with a record that differs, one that only DB_A has and one that only DB_B has, which has stopped.
async fn stopped() -> Pair {
    let pair = installed().await;
    pair.local.execute(&users(1, 4)).await;
    sync(&pair, 0).await;
    let backup = Backup::of(&pair.central, "old").await;
    pair.local.execute("update users set name = 'newer' where id = 2; delete from users where id = 3").await;
    pair.local.execute(&users(5, 5)).await;
    sync(&pair, 0).await;
    pair.local.execute("update sync_intents set entries = null where state = 'ACKNOWLEDGED'").await;
    backup.restore(&pair.central).await;
    sync(&pair, 6).await;
    pair
}

/// Runs `resume` up to `stage` and kills it there; answers settings that lead straight to both sides.
async fn kill_at(pair: &mut Pair, trust: &str, stage: Stage) {
    let urls = ["LOCAL_DATABASE_URL", "CENTRAL_DATABASE_URL"]
        .map(|key| (key, pair.program.setting(key).unwrap().to_owned()));
    let local = ChaosProxy::start(pair.local_port());
    let central = ChaosProxy::start(pair.central_port());
    pair.reach_local_through(local.port());
    pair.reach_central_through(central.port());
    let proxy = match stage {
        Stage::Local(fault) => {
            local.set(fault);
            &local
        }
        Stage::Central(fault) => {
            central.set(fault);
            &central
        }
    };
    let mut program = pair.start(&["resume", "--trust", trust]);
    wait_for("the program stands at the stage", async || {
        assert!(!program.has_ended(), "it never came to the stage: {}", program.stderr());
        Counts::of(&proxy.counts().held) + Counts::of(&proxy.counts().swallowed) > 0
    })
    .await;
    program.kill();
    local.set(Fault::None);
    central.set(Fault::None);
    for (key, url) in urls {
        pair.set(key, &url);
    }
}

#[rstest]
#[case::comparing("local", Stage::Central(Fault::HoldRequestWith("force index (primary)")))]
#[case::beginning_in_central("local", Stage::Central(Fault::HoldRequestWith("insert into sync_sites")))]
#[case::begun_in_central("local", Stage::Central(Fault::SwallowReplyTo("insert into sync_sites")))]
#[case::counting("local", Stage::Local(Fault::HoldRequestWith("set lock_wait_timeout")))]
#[case::queueing("local", Stage::Local(Fault::HoldRequestWith("insert into sync_queue")))]
#[case::queued("local", Stage::Local(Fault::SwallowReplyTo("insert into sync_queue")))]
#[case::writing("central", Stage::Local(Fault::HoldRequestWith("insert into `users`")))]
#[case::written("central", Stage::Local(Fault::SwallowReplyTo("insert into `users`")))]
#[case::taking_on("central", Stage::Local(Fault::HoldRequestWith("update sync_state")))]
#[case::chain_begins("local", Stage::Local(Fault::HoldRequestWith("insert into sync_intents")))]
#[tokio::test]
async fn a_crash_at_any_point_of_resume_is_finished_by_running_it_again(
    #[case] trust: &str,
    #[case] stage: Stage,
) {
    let mut pair = stopped().await;
    let epoch = "select epoch from sync_state";
    let old = pair.local.one::<String>(epoch).await;
    kill_at(&mut pair, trust, stage).await;
    assert_eq!(pair.local.one::<String>(epoch).await, old, "DB_A takes the epoch on last");
    wait_for("the dead program's lock is gone", async || pair.backhaul(&["sync"]).await.code != Some(5))
        .await;
    let before = pair.central.column("select concat(id, name) from users order by id").await;
    sync(&pair, 6).await;
    assert_eq!(pair.central.column("select concat(id, name) from users order by id").await, before);
    let extra: &[&str] =
        if trust == "local" { &["--trust", "local", "--delete-extra"] } else { &["--trust", "central"] };
    resume(&pair, extra, 0).await;
    assert_synced_is_true(&pair).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
    let expected: &[&str] = if trust == "local" {
        &["User 1", "newer", "User 4", "User 5"]
    } else {
        &["User 1", "User 2", "User 3", "User 4", "User 5"]
    };
    assert_eq!(pair.local.column("select name from users order by id").await, expected);
    assert_eq!(entries(&pair, "PENDING").await, 0);
}

#[tokio::test]
async fn the_epoch_that_both_sides_took_on_goes_on_though_nobody_was_told() {
    let mut pair = stopped().await;
    // The answer to the first statement that follows the COMMIT never comes.
    kill_at(&mut pair, "local", Stage::Local(Fault::HoldRequestWith("release_all_locks"))).await;
    wait_for("the dead program's lock is gone", async || pair.backhaul(&["sync"]).await.code != Some(5))
        .await;
    sync(&pair, 0).await;
    assert_eq!(
        pair.central.column("select name from users order by id").await,
        ["User 1", "newer", "User 3", "User 4", "User 5"]
    );
}

#[tokio::test]
async fn a_batch_of_the_epoch_before_is_shut_out_whenever_it_arrives() {
    let mut pair = installed().await;
    audit_users(&pair).await;
    pair.local.execute(&users(1, 2)).await;
    sync(&pair, 0).await;
    let direct = pair.program.clone();
    pair.local.execute("update users set name = 'on its way' where id = 1").await;
    let proxy = ChaosProxy::start(pair.central_port());
    proxy.set(Fault::HoldRequestWith("insert into `users`"));
    pair.reach_central_through(proxy.port());
    let mut cycle = pair.start(&["sync"]);
    wait_for("the batch is on its way", async || Counts::of(&proxy.counts().held) > 0).await;
    cycle.kill();
    wait_for("the dead program's lock is gone", async || {
        direct.run(&["resume", "--trust", "local"]).await.code == Some(0)
    })
    .await;
    pair.program = direct;
    assert_eq!(pair.local.one::<u64>("select count(*) from sync_intents where state = 'OPEN'").await, 0);
    pair.local.execute("update users set name = 'newer' where id = 1").await;
    let before = proxy.counts();
    let delivered = Counts::of(&before.to_server);
    proxy.set(Fault::None);
    wait_for("the old batch is delivered", async || Counts::of(&proxy.counts().to_server) > delivered).await;
    sync(&pair, 0).await;
    let stale = "select count(*) from audit where name = 'on its way'";
    assert_eq!(pair.central.one::<u64>(stale).await, 0);
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_batch_that_hangs_in_central_is_ended() {
    let mut pair = installed().await;
    pair.set("CENTRAL_TIMEOUT_SECONDS", &4);
    audit_users(&pair).await;
    slow_down(&pair, 300).await;
    pair.local.execute(&users(1, 1)).await;
    // The client gives up, and the batch runs on.
    sync(&pair, 4).await;
    pair.central.execute("update slow set seconds = 0").await;
    resume(&pair, &["--trust", "local"], 0).await;
    sync(&pair, 0).await;
    assert_eq!(pair.central.one::<u64>("select count(*) from audit").await, 1, "it was applied once");
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn the_new_chain_heals_itself_and_no_backup_of_the_epoch_before_is_taken_for_its_own() {
    let pair = stopped().await;
    let before = Backup::of(&pair.local, "before").await;
    let central_before = Backup::of(&pair.central, "before").await;
    resume(&pair, &["--trust", "local", "--delete-extra"], 0).await;
    let begun = Backup::of(&pair.central, "begun").await;
    sync(&pair, 0).await;
    pair.local.execute(&users(8, 8)).await;
    sync(&pair, 0).await;
    begun.restore(&pair.central).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
    central_before.restore(&pair.central).await;
    assert!(sync(&pair, 6).await["message"].as_str().unwrap().contains("another epoch"));
    resume(&pair, &["--trust", "local", "--delete-extra"], 0).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
    before.restore(&pair.local).await;
    assert!(sync(&pair, 6).await["message"].as_str().unwrap().contains("another epoch"));
    resume(&pair, &["--trust", "central"], 0).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}
