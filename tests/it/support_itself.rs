//! The support keeps its word: what it would hide from every other test is looked at here.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use tokio::time::timeout;

use crate::support::chaos_proxy::Counts;
use crate::support::servers::shared;
use crate::support::side::connect;
use crate::support::{
    ChaosProxy, Fault, OwnServer, Pair, Place, assert_equal_on_both_sides, equality::differences_in, wait_for,
};

#[tokio::test]
async fn pairs_are_fresh_and_dropped_at_the_end() {
    let (first, second) = (Pair::new().await, Pair::new().await);
    assert_ne!(first.local.database, second.local.database);
    first.local.execute("create table t (id int primary key)").await;
    assert!(second.local.column("show tables").await.is_empty());
    let names = "select schema_name from information_schema.schemata";
    let (gone, side) = (first.central.database.clone(), &second.central);
    assert!(side.column(names).await.contains(&gone));
    drop(first);
    assert!(!side.column(names).await.contains(&gone));
}

#[tokio::test]
async fn the_two_sides_are_two_servers() {
    let pair = Pair::new().await;
    let port = "select @@port";
    assert_ne!(pair.local.one::<u16>(port).await, pair.central.one::<u16>(port).await);
    assert_eq!(pair.central.one::<u16>(port).await, pair.central_port());
    assert_ne!(shared().local.process_id(), shared().central.process_id());
}

#[tokio::test]
async fn a_difference_between_the_sides_is_found() {
    let pair = Pair::new().await;
    for side in [&pair.local, &pair.central] {
        side.execute(
            "create table t (id int primary key, v varbinary(9)); insert into t values (1, null), (2, 'a')",
        )
        .await;
    }
    assert_equal_on_both_sides(&pair, &["t"]).await;
    for change in
        ["update t set v = '' where id = 1", "delete from t where id = 2", "insert into t values (3, 'x')"]
    {
        pair.central.execute(&format!("start transaction; {change}; commit")).await;
        assert!(!differences_in(&pair, "t").await.is_empty(), "{change} went unseen");
        pair.central.execute("delete from t; insert into t values (1, null), (2, 'a')").await;
        assert_equal_on_both_sides(&pair, &["t"]).await;
    }
}

#[tokio::test]
async fn the_program_sees_only_the_settings_of_its_pair() {
    let mut pair = Pair::new().await;
    pair.set("SYNC_BATCH_SIZE", &7);
    assert_eq!(pair.program.setting("SYNC_BATCH_SIZE"), Some("7"));
    pair.set_online(false);
    assert_eq!(std::fs::read_to_string(pair.dir().join(".env")).unwrap(), "IS_ONLINE=false\n");
    pair.backhaul(&["--version"]).await.expect_code(0);
}

#[tokio::test]
async fn a_test_may_stop_a_server_of_its_own() {
    let mut own = OwnServer::start(Place::Central);
    let pair = Pair::on(&shared().local, &own).await;
    pair.central.execute("create table t (id int primary key)").await;
    own.stop();
    assert!(!own.is_running());
    own.start_again().unwrap();
    assert_eq!(pair.central.column("show tables").await, ["t"]);
}

#[tokio::test]
async fn a_program_that_runs_on_can_be_watched_to_its_end() {
    let pair = Pair::new().await;
    let finished = pair.start(&["--help"]).finish().await.expect_code(0);
    assert_eq!(finished.stderr, "");
}

/// Leads a connection to DB_B of a new pair through a proxy, with a transaction open on it that inserted one row.
async fn inserted_through_a_proxy() -> (Pair, ChaosProxy, mysql_async::Conn) {
    let mut pair = Pair::new().await;
    pair.central.execute("create table t (id int primary key)").await;
    let proxy = ChaosProxy::start(pair.central_port());
    pair.reach_central_through(proxy.port());
    let mut conn = connect(pair.program.setting("CENTRAL_DATABASE_URL").unwrap()).await;
    conn.query_drop("start transaction; insert into t values (1)").await.unwrap();
    (pair, proxy, conn)
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_a_commit() {
    let (pair, proxy, mut conn) = inserted_through_a_proxy().await;
    proxy.set(Fault::SwallowReplyTo("commit"));
    assert!(timeout(Duration::from_millis(300), conn.query_drop("commit")).await.is_err(), "no answer");
    wait_for("the server has answered", async || Counts::of(&proxy.counts().swallowed) > 0).await;
    assert_eq!(pair.central.column("select id from t").await, ["1"]);
}

#[tokio::test]
async fn a_commit_can_arrive_after_its_client_has_gone() {
    let (pair, proxy, mut conn) = inserted_through_a_proxy().await;
    proxy.set(Fault::HoldRequestWith("commit"));
    assert!(timeout(Duration::from_millis(300), conn.query_drop("commit")).await.is_err(), "no answer");
    drop(conn);
    assert!(pair.central.column("select id from t").await.is_empty());
    proxy.set(Fault::None);
    wait_for("the commit arrives", async || pair.central.one::<u8>("select count(*) from t").await == 1)
        .await;
}
