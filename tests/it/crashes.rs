//! `kill -9` between any two steps: the next cycle heals it, with no one's help.

use rstest::rstest;

use crate::support::shop::{audit_users, entries, installed, let_time_pass, refuse_bad_users, sync, users};
use crate::support::{ChaosProxy, Fault, Pair, assert_equal_on_both_sides, chaos_proxy::Counts, wait_for};

/// Where the program stands when it is killed.
enum Stage {
    /// A request to DB_A is on its way, or its answer is.
    Local(Fault),
    /// A request to DB_B is on its way, or its answer is.
    Central(Fault),
}

/// Runs a cycle up to `stage` and kills the program there.
async fn kill_at(pair: &mut Pair, stage: Stage) {
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
    let mut program = pair.start(&["sync"]);
    wait_for("the program stands at the stage", async || {
        assert!(!program.has_ended(), "it never came to the stage: {}", program.stderr());
        Counts::of(&proxy.counts().held) + Counts::of(&proxy.counts().swallowed) > 0
    })
    .await;
    program.kill();
    // What was held is delivered now, after its sender's death.
    local.set(Fault::None);
    central.set(Fault::None);
    for (key, url) in urls {
        pair.set(key, &url);
    }
}

#[rstest]
#[case::settling(Stage::Central(Fault::HoldRequestWith("set generation")))]
#[case::settled(Stage::Central(Fault::SwallowReplyTo("set generation")))]
#[case::claiming(Stage::Local(Fault::HoldRequestWith("consistent snapshot")))]
#[case::noting_the_intent(Stage::Local(Fault::HoldRequestWith("insert into sync_intents")))]
#[case::intent_noted(Stage::Local(Fault::SwallowReplyTo("insert into sync_intents")))]
#[case::applying(Stage::Central(Fault::HoldRequestWith("insert into `users`")))]
#[case::applied(Stage::Central(Fault::SwallowReplyTo("insert into `users`")))]
#[case::acknowledging(Stage::Local(Fault::HoldRequestWith("state = 'ACKNOWLEDGED'")))]
#[case::entries_marked(Stage::Local(Fault::SwallowReplyTo("set sync_status = 'SYNCED'")))]
#[case::digest_read(Stage::Local(Fault::SwallowReplyTo("bit_xor")))]
#[case::books_closed(Stage::Local(Fault::SwallowReplyTo("update sync_runs")))]
#[tokio::test]
async fn a_crash_at_any_point_heals_at_the_next_cycle(#[case] stage: Stage) {
    let mut pair = installed().await;
    audit_users(&pair).await;
    pair.local.execute(&users(1, 20)).await;
    sync(&pair, 0).await;
    pair.local
        .execute("update users set name = 'changed' where id <= 10; delete from users where id > 15; insert into users (id, name, email) values (30, 'new', 'new@x')")
        .await;
    kill_at(&mut pair, stage).await;
    pair.local.execute("update users set name = 'changed again' where id = 5").await;
    wait_for("the dead program's lock is gone", async || pair.backhaul(&["sync"]).await.code != Some(5))
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
    assert_eq!(entries(&pair, "PENDING").await, 0);
    let open = "select count(*) from sync_intents where state = 'OPEN'";
    assert_eq!(pair.local.one::<u64>(open).await, 0);
    let old_after_new = "select count(*) from audit old join audit new on old.id = new.id and old.n > new.n \
                         where new.name = 'changed again' and old.name <> 'changed again'";
    assert_eq!(pair.central.one::<u64>(old_after_new).await, 0, "no record goes back to an older state");
    let written = pair.central.column("select what from audit where id = 30").await;
    assert_eq!(written, ["insert"], "no batch is applied twice");
}

#[rstest]
#[case::before_the_commit(Fault::HoldRequestWith("select if((select last_token"), 0)]
#[case::after_the_commit(Fault::SwallowReplyTo("select if((select last_token"), 2)]
#[tokio::test]
async fn a_crash_after_setting_aside_keeps_the_rejected_record_pending(
    #[case] fault: Fault,
    #[case] arrived: u64,
) {
    let mut pair = installed().await;
    refuse_bad_users(&pair).await;
    pair.local
        .execute(
            "insert into users (id, name, email) values (1, 'good', '1@x'), (2, 'bad', '2@x'), (3, 'fine', '3@x')",
        )
        .await;
    let is_after = arrived > 0;
    kill_at(&mut pair, Stage::Central(fault)).await;
    if is_after {
        assert_eq!(pair.central.one::<u64>("select count(*) from users").await, arrived);
    }
    assert_eq!(entries(&pair, "PENDING").await, 3);
    wait_for("the dead program's lock is gone", async || pair.backhaul(&["sync"]).await.code != Some(5))
        .await;
    assert_eq!(pair.central.column("select name from users order by id").await, ["good", "fine"]);
    let pending = "select record_id from sync_queue where sync_status = 'PENDING'";
    assert_eq!(pair.local.column(pending).await, ["2"], "what was set aside is not SYNCED");
    pair.local.execute("update users set name = 'mended' where id = 2").await;
    let_time_pass(&pair).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}
