//! A site with a history and work of every kind, a fault at a named point, and what must be true once it is healed.

use super::equality::{assert_equal_on_both_sides, differences_in};
use super::pair::Pair;
use super::program::Running;
use super::shop::{audit_users, entries, let_time_pass, refuse_bad_users, sync};
use super::wait::wait_for;

/// Tells whether the program says that it came to the point.
pub fn came_to(stderr: &str, point: &str) -> bool {
    stderr.contains(&format!("fault point {point}: "))
}

/// Starts a command in which a fault happens the first time it comes to a point.
pub fn start_with(pair: &Pair, arguments: &[&str], point: &str, fault: &str) -> Running {
    pair.program.clone().with("FAILPOINTS", &format!("{point}=1*return({fault})")).start(arguments)
}

/// Waits until the program comes to a point.
pub async fn wait_until_at(running: &mut Running, point: &str) {
    wait_for("the program comes to the point", async || {
        running.has_ended() || came_to(&running.stderr(), point)
    })
    .await;
    assert!(came_to(&running.stderr(), point), "it never came to {point}:\n{}", running.stderr());
}

/// Runs a command in which a fault happens. During a delay, others go on working.
pub async fn run_with(pair: &Pair, arguments: &[&str], point: &str, fault: &str) {
    let mut running = start_with(pair, arguments, point, fault);
    wait_until_at(&mut running, point).await;
    if fault == "delay" {
        pair.local.execute("update users set name = 'v3' where id in (2, 6)").await;
    }
    let ended = running.finish().await;
    assert_eq!(ended.code.is_none(), fault == "kill", "{:?}:\n{}", ended.code, ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

/// Runs a command once nothing of a dead program holds the cycle's lock any more.
pub async fn run_again(pair: &Pair, arguments: &[&str], code: i32) {
    let mut last = None;
    wait_for("the dead program's lock is gone", async || {
        let ended = pair.backhaul(arguments).await;
        let is_busy = ended.code == Some(5);
        last = Some(ended);
        !is_busy
    })
    .await;
    last.unwrap().expect_code(code);
}

/// Creates the tables of DB_A, with a record that nobody will have queued.
pub async fn load(pair: &Pair) {
    pair.local.load_file("sql/local/schema.sql").expect_code(0);
    pair.local.execute("insert into users (id, name, email) values (50, 'v0', '50@x')").await;
}

/// Carries a few batches, and prunes them.
pub async fn begin(pair: &mut Pair) {
    pair.set("QUEUE_RETENTION_DAYS", &0);
    pair.set("SYNC_BATCH_SIZE", &8);
    let user = |id: u32| format!("({id}, 'v0', '{id}@x')");
    let all: Vec<String> = (1..=12).map(user).collect();
    pair.local.execute(&format!("insert into users (id, name, email) values {}", all.join(", "))).await;
    pair.local
        .execute("insert into orders (id, user_id, amount) values (1, 1, 1.50), (2, 2, 2.50), (3, 3, 3)")
        .await;
    sync(pair, 0).await;
    pair.backhaul(&["prune"]).await.expect_code(0);
}

/// Carries one more batch.
pub async fn go_on(pair: &Pair) {
    pair.local.execute("update users set name = 'v1' where id <= 3").await;
    sync(pair, 0).await;
}

/// Lets a batch be applied and the program die before it knows.
pub async fn leave_applied(pair: &Pair) {
    pair.local.execute("update users set name = 'v1' where id = 12").await;
    run_with(pair, &["sync"], "batch-after-commit", "kill").await;
    let holder = "select coalesce(is_used_lock(concat('backhaul.', left(sha2(database(), 256), 40))), 0)";
    wait_for("the dead program's lock is gone", async || pair.local.one::<u64>(holder).await == 0).await;
}

/// Inserts, updates, deletes, a record that DB_B rejects and one that waits for it, and an order whose user nobody queued.
pub async fn change(pair: &Pair) {
    pair.local
        .execute(
            "insert into orders (id, user_id, amount) values (50, 50, 50); \
             update users set name = 'v2' where id in (1, 2, 3, 4); delete from users where id = 11; \
             insert into users (id, name, email) values (20, 'v2', '20@x'), (30, 'bad', '30@x'), (21, 'v2', '21@x'); \
             insert into orders (id, user_id, amount) values (30, 30, 30), (20, 20, 20); \
             update orders set amount = 9.99 where id = 1; delete from orders where id = 3",
        )
        .await;
}

/// All of this, ready for a fault.
pub async fn prepare(pair: &mut Pair) {
    load(pair).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    refuse_bad_users(pair).await;
    begin(pair).await;
    go_on(pair).await;
    audit_users(pair).await;
    leave_applied(pair).await;
    change(pair).await;
}

/// Runs one cycle, after which all but the bad record and what waits for it has arrived, and then mends that one.
pub async fn assert_one_cycle_heals(pair: &Pair) {
    run_again(pair, &["sync"], 3).await;
    let open =
        "select distinct table_name, record_id from sync_queue where sync_status <> 'SYNCED' order by 1 desc";
    let open: Vec<_> = pair.local.rows(open).await.into_iter().flatten().flatten().collect();
    assert_eq!(open, ["users", "30", "orders", "30"], "only the bad record and what waits for it are left");
    let judged = pair.local.column("select distinct record_id from sync_failures").await;
    assert_eq!(judged, ["30"], "nobody innocent is judged");
    for table in ["users", "orders"] {
        let differences = differences_in(pair, table).await;
        assert_eq!(differences.len(), 1, "all others arrived: {differences:?}");
    }
    assert_eq!(pair.local.one::<u64>("select count(*) from sync_intents where state = 'OPEN'").await, 0);
    pair.local.execute("update users set name = 'mended' where id = 30").await;
    let_time_pass(pair).await;
    sync(pair, 0).await;
    assert_equal_on_both_sides(pair, &["users", "orders"]).await;
    assert_eq!((entries(pair, "PENDING").await, entries(pair, "FAILED").await), (0, 0));
}

/// Nothing was written to DB_B twice, and nothing went back.
pub async fn assert_written_once(pair: &Pair) {
    let twice = "select id, what, name, count(*) from audit group by id, what, name having count(*) > 1";
    assert_eq!(pair.central.rows(twice).await, Vec::<Vec<Option<String>>>::new(), "nothing is written twice");
    let back = "select new.id, old.name, new.name from audit old join audit new on old.id = new.id and old.n < new.n \
                where old.name regexp '^v[0-9]$' and new.name regexp '^v[0-9]$' and new.name < old.name";
    assert_eq!(pair.central.rows(back).await, Vec::<Vec<Option<String>>>::new(), "nothing goes back");
}
