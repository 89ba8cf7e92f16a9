//! Others at work in the same tables and on the same servers: locks, deadlocks, killed connections, clocks that jump.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use rstest::rstest;

use crate::support::dice::Dice;
use crate::support::faulty::{
    assert_one_cycle_heals, assert_written_once, prepare, start_with, wait_until_at,
};
use crate::support::shop::{installed, refuse_bad_users, sync, users};
use crate::support::{OwnServer, Pair, Place, Side, assert_equal_on_both_sides, servers::shared, wait_for};

async fn ready() -> Pair {
    let mut pair = Pair::new().await;
    prepare(&mut pair).await;
    pair
}

/// Waits until a session in this database waits for a row. The table of transactions would not do: who reads it often
/// is shown the same again and again.
async fn wait_for_a_waiter(side: &Side) {
    let sessions =
        "select id from information_schema.processlist where db = database() and id <> connection_id()";
    wait_for("the program waits for a row", async || {
        let sessions = side.column(sessions).await;
        let status = side.rows("show engine innodb status").await.remove(0).pop().flatten().unwrap();
        let waits = |transaction: &str| {
            let of_ours = |id: &String| transaction.contains(&format!("thread id {id},"));
            transaction.contains("LOCK WAIT") && sessions.iter().any(of_ours)
        };
        status.split("---TRANSACTION").any(waits)
    })
    .await;
}

async fn holding(side: &Side, sql: &str) -> Conn {
    let mut conn = side.connect().await;
    conn.query_drop(format!("start transaction; {sql}")).await.unwrap();
    conn
}

/// A transaction that has changed so much that the server undoes the other one of a deadlock.
async fn heavy(side: &Side, sql: &str) -> Conn {
    side.execute("create table heavy (n int)").await;
    let fill = format!("insert into heavy select seq from {}", crate::support::shop::numbers(5000));
    holding(side, &format!("{fill}; {sql}")).await
}

#[tokio::test]
async fn a_writer_that_locks_a_row_of_central_is_waited_for() {
    let pair = ready().await;
    let mut other = holding(&pair.central, "select * from users where id = 3 for update").await;
    let cycle = pair.start(&["sync"]);
    wait_for_a_waiter(&pair.central).await;
    other.query_drop("rollback").await.unwrap();
    cycle.finish().await.expect_code(3);
    assert_one_cycle_heals(&pair).await;
    assert_written_once(&pair).await;
}

#[tokio::test]
async fn a_writer_that_never_lets_a_row_of_central_go_judges_nobody() {
    let mut pair = ready().await;
    pair.set("CENTRAL_TIMEOUT_SECONDS", &2);
    pair.set("SYNC_MAX_RETRIES", &1);
    let mut other = holding(&pair.central, "select * from users where id = 3 for update").await;
    let ended = pair.start(&["sync"]).finish().await.expect_code(4);
    assert!(ended.stdout.contains("1205"), "{}", ended.stdout);
    other.query_drop("rollback").await.unwrap();
    let most = "select coalesce(max(retry_count), 0) from sync_queue";
    assert_eq!(pair.local.one::<u64>(most).await, 1, "one cycle is one attempt");
    pair.set("SYNC_MAX_RETRIES", &5);
    assert_one_cycle_heals(&pair).await;
    assert_written_once(&pair).await;
}

#[tokio::test]
async fn a_deadlock_in_central_undoes_the_batch_and_it_goes_again() {
    let pair = ready().await;
    let mut other = heavy(&pair.central, "select * from users where id = 4 for update").await;
    let cycle = pair.start(&["sync"]);
    wait_for_a_waiter(&pair.central).await;
    // The batch has changed user 1 and waits for user 4.
    other.query_drop("select * from users where id = 1 for update").await.unwrap();
    other.query_drop("rollback").await.unwrap();
    cycle.finish().await.expect_code(3);
    assert_one_cycle_heals(&pair).await;
    assert_written_once(&pair).await;
}

#[tokio::test]
async fn a_person_who_locks_the_queue_is_waited_for() {
    let pair = ready().await;
    let mut other = holding(&pair.local, "select * from sync_queue for update").await;
    let cycle = pair.start(&["sync"]);
    wait_for_a_waiter(&pair.local).await;
    other.query_drop("rollback").await.unwrap();
    cycle.finish().await.expect_code(3);
    assert_one_cycle_heals(&pair).await;
    assert_written_once(&pair).await;
}

#[tokio::test]
async fn a_transaction_that_stays_open_holds_up_nobody_else() {
    let mut pair = installed().await;
    refuse_bad_users(&pair).await;
    pair.local
        .execute("insert into users (id, name, email) values (1, 'bad', '1@x'), (2, 'good', '2@x')")
        .await;
    sync(&pair, 3).await;
    // So many that their entries are named as a range.
    pair.local.execute(&format!("update users set name = 'better' where id = 2; {}", users(101, 300))).await;
    let mut other =
        holding(&pair.local, "insert into users (id, name, email) values (3, 'late', '3@x')").await;
    pair.local.execute("insert into users (id, name, email) values (4, 'good', '4@x')").await;
    // Whoever waits for the open transaction waits for longer than this test lasts.
    sync(&pair, 3).await;
    assert_eq!(
        pair.central.column("select name from users where id < 101 order by id").await,
        ["better", "good"]
    );
    assert_eq!(pair.central.one::<u64>("select count(*) from users where id > 100").await, 200);
    pair.set("QUEUE_RETENTION_DAYS", &0);
    pair.backhaul(&["prune"]).await.expect_code(0);
    other.query_drop("commit").await.unwrap();
    pair.local.execute("update users set name = 'mended' where id = 1").await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_deadlock_in_local_ends_the_cycle_and_the_next_one_settles() {
    let pair = ready().await;
    let newest = "select max(id) from sync_queue where sync_status = 'PENDING' and record_id = '12'";
    let newest = pair.local.one::<u64>(newest).await;
    let mut other =
        heavy(&pair.local, &format!("select * from sync_queue where id = {newest} for update")).await;
    let cycle = pair.start(&["sync"]);
    wait_for_a_waiter(&pair.local).await;
    // Settling has closed the intent and waits for its entry.
    other.query_drop("select * from sync_intents for update").await.unwrap();
    other.query_drop("rollback").await.unwrap();
    let ended = cycle.finish().await.expect_code(1);
    assert!(ended.stdout.contains("1213"), "{}", ended.stdout);
    assert_one_cycle_heals(&pair).await;
    assert_written_once(&pair).await;
}

#[rstest]
#[case::between_the_entries_and_the_rows("entries-read")]
#[case::between_the_rows_and_their_other_entries("rows-read")]
#[tokio::test]
async fn a_change_made_while_its_record_is_claimed_is_not_acknowledged_unless_it_went(#[case] point: &str) {
    let pair = installed().await;
    pair.local.execute(&users(1, 3)).await;
    let mut cycle = start_with(&pair, &["sync"], point, "delay");
    wait_until_at(&mut cycle, point).await;
    pair.local.execute("update users set name = 'newer' where id = 2").await;
    cycle.finish().await.expect_code(0);
    let newest = "select sync_status from sync_queue order by id desc limit 1";
    let has_arrived = pair.central.one::<String>("select name from users where id = 2").await == "newer";
    assert_eq!(pair.local.one::<String>(newest).await == "SYNCED", has_arrived, "SYNCED must be true");
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_record_that_moved_on_while_its_batch_was_on_its_way_is_not_judged() {
    let pair = Pair::new().await;
    pair.local.load_file("sql/local/schema.sql").expect_code(0);
    // A parent that nobody has queued: it would go along with its child.
    pair.local.execute("insert into users (id, name, email) values (50, 'leaves', '50@x')").await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local.execute(&users(1, 1)).await;
    pair.local.execute("insert into orders (id, user_id, amount) values (1, 50, 1)").await;
    let mut cycle = start_with(&pair, &["sync"], "intent-noted", "delay");
    wait_until_at(&mut cycle, "intent-noted").await;
    pair.local.execute("update orders set user_id = 1 where id = 1; delete from users where id = 50").await;
    cycle.finish().await.expect_code(0);
    assert_eq!(pair.local.one::<u64>("select count(*) from sync_failures").await, 0);
    assert_eq!(pair.central.column("select user_id from orders").await, ["1"]);
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
}

/// Ends every connection to the database of this side but our own.
async fn kill_all_connections(side: &Side) {
    let others =
        "select id from information_schema.processlist where db = database() and id <> connection_id()";
    for id in side.column(others).await {
        // It may have ended by itself.
        let _ = side.try_execute(&format!("kill connection {id}")).await;
    }
}

#[rstest]
#[tokio::test]
async fn connections_killed_at_any_moment_lose_nothing_and_double_nothing(#[values(1, 2, 3, 4)] seed: u64) {
    let pair = ready().await;
    let mut dice = Dice::new(seed);
    for _ in 0..4 {
        let point = *dice.pick(&[
            "cycle-begun",
            "intents-listed",
            "settled",
            "rows-read",
            "claimed",
            "intent-noted",
            "fence-entered",
            "changes-made",
            "replacement-before-commit",
            "intent-replaced",
            "rest-before-commit",
            "rest-after-commit",
            "applied",
            "acknowledgement-before-commit",
            "acknowledgement-after-commit",
            "drained",
            "books-closed",
        ]);
        let side = if dice.roll(2) == 0 { &pair.local } else { &pair.central };
        let mut cycle = start_with(&pair, &["sync"], point, "delay");
        wait_for("the program comes to the point, or ends", async || {
            cycle.has_ended() || crate::support::faulty::came_to(&cycle.stderr(), point)
        })
        .await;
        kill_all_connections(side).await;
        let ended = cycle.finish().await;
        assert!(matches!(ended.code, Some(0 | 1 | 3 | 4)), "seed {seed}, {point}: {}", ended.stderr);
    }
    assert_one_cycle_heals(&pair).await;
    assert_written_once(&pair).await;
}

/// Gives DB_A or DB_B a server of its own, on which every session of the program sees another time.
async fn with_another_clock(place: Place, seconds: i64) -> (OwnServer, Pair) {
    let own = OwnServer::start(place);
    let mut pair = match place {
        Place::Local => Pair::on(&own, &shared().central).await,
        Place::Central => Pair::on(&shared().local, &own).await,
    };
    prepare(&mut pair).await;
    step_clock(&mut pair, &own, place, seconds).await;
    (own, pair)
}

/// Servers run `init_connect` for accounts that may not do everything; `timestamp` is the clock of a session.
async fn step_clock(pair: &mut Pair, own: &OwnServer, place: Place, seconds: i64) {
    let (side, key) = match place {
        Place::Local => (&pair.local, "LOCAL_DATABASE_URL"),
        Place::Central => (&pair.central, "CENTRAL_DATABASE_URL"),
    };
    let database = &side.database;
    side.execute(&format!(
        "create user if not exists site@'127.0.0.1' identified by 'x'; \
         grant all privileges on `{database}`.* to site@'127.0.0.1'; \
         set global init_connect = 'set timestamp = unix_timestamp() + ({seconds})'"
    ))
    .await;
    let url = format!("mysql://site:x@127.0.0.1:{}/{database}", own.port());
    pair.set(key, &url);
}

#[rstest]
#[tokio::test]
async fn a_clock_that_jumps_on_either_side_loses_nothing_and_holds_nobody_up(
    #[values(Place::Local, Place::Central)] place: Place,
    #[values(-86_400, 86_400)] seconds: i64,
) {
    let (_own, pair) = with_another_clock(place, seconds).await;
    assert_one_cycle_heals(&pair).await;
    assert_written_once(&pair).await;
}

#[tokio::test]
async fn a_clock_of_local_set_back_makes_nobody_wait_for_a_day() {
    let own = OwnServer::start(Place::Local);
    let mut pair = Pair::on(&own, &shared().central).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    refuse_bad_users(&pair).await;
    step_clock(&mut pair, &own, Place::Local, 86_400).await;
    pair.local.execute("insert into users (id, name, email) values (1, 'bad', '1@x')").await;
    sync(&pair, 3).await;
    pair.central.execute("alter table users drop constraint no_bad").await;
    step_clock(&mut pair, &own, Place::Local, 0).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}
