//! Capturing cascades sees what other writers committed meanwhile, and stands in nobody's way.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use rstest::rstest;

use crate::support::schema::installed_with;
use crate::support::{Pair, wait_for};

/// Parents 1 to 12 with a child each, but for 9; its number is ten times the parent's.
async fn families() -> Pair {
    let pair = installed_with(
        "parents,children",
        "create table parents (id int primary key, name varchar(20));
         create table children (
             id int primary key, parent int, name varchar(20),
             foreign key (parent) references parents (id) on delete cascade on update cascade);",
    )
    .await;
    for id in 1..=12 {
        pair.local.execute(&format!("insert into parents values ({id}, 'p')")).await;
    }
    pair.local.execute("insert into children select id * 10, id, 'c' from parents where id <> 9").await;
    pair.local.execute("delete from sync_queue").await;
    pair
}

async fn connect(pair: &Pair, isolation: &str) -> Conn {
    let mut conn = pair.local.connect().await;
    let isolation = format!("set session transaction isolation level {isolation}");
    conn.query_drop(format!("{isolation}; set session innodb_lock_wait_timeout = 20")).await.unwrap();
    conn
}

/// Waits until the connection waits for a lock: what it does takes a moment otherwise. (The tables of InnoDB that tell
/// are refreshed only when nobody has looked for a tenth of a second.)
async fn waits_for_a_lock(pair: &Pair, connection: u32) {
    let sql = format!(
        "select count(*) from information_schema.processlist \
         where id = {connection} and command = 'Query' and time >= 1"
    );
    wait_for("a lock is waited for", async || pair.local.one::<u32>(&sql).await == 1).await;
}

/// Deletes in the transaction that `conn` has open. Under REPEATABLE READ, MariaDB from 11.6.2 on refuses a transaction
/// whose locking read meets a row that is newer than its snapshot (1020), and undoes it: it is begun again, as its writer would.
async fn delete_in_open_transaction(conn: &mut Conn, delete: &str) {
    match conn.query_drop(format!("{delete}; commit")).await {
        Err(mysql_async::Error::Server(error)) if error.code == 1020 => {
            conn.query_drop(format!("rollback; start transaction; {delete}; commit")).await.unwrap();
        }
        ended => ended.unwrap(),
    }
}

async fn queued_children(pair: &Pair) -> Vec<String> {
    pair.local
        .column("select record_id from sync_queue where table_name = 'children' and operation = 'DELETE' order by id")
        .await
}

#[rstest]
#[tokio::test]
async fn a_child_committed_after_the_snapshot_is_captured(
    #[values("read committed", "repeatable read")] isolation: &str,
) {
    let pair = families().await;
    let mut deleter = connect(&pair, isolation).await;
    deleter.query_drop("start transaction; select * from children; select * from parents").await.unwrap();
    pair.local.execute("insert into children values (11, 1, 'late')").await;
    delete_in_open_transaction(&mut deleter, "delete from parents where id = 1").await;
    assert_eq!(queued_children(&pair).await, ["10", "11"]);
    deleter.disconnect().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_child_committed_while_the_statement_waits_is_captured(
    #[values("read committed", "repeatable read")] isolation: &str,
) {
    let pair = families().await;
    let mut writer = connect(&pair, isolation).await;
    writer.query_drop("start transaction; insert into children values (11, 1, 'late')").await.unwrap();
    let mut deleter = connect(&pair, isolation).await;
    deleter.query_drop("start transaction; select * from children").await.unwrap();
    let connection = deleter.id();
    tokio::join!(delete_in_open_transaction(&mut deleter, "delete from parents where id in (1, 2)"), async {
        waits_for_a_lock(&pair, connection).await;
        writer.query_drop("commit").await.unwrap();
    });
    assert_eq!(queued_children(&pair).await, ["10", "11", "20"]);
    writer.disconnect().await.unwrap();
    deleter.disconnect().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_deleter_that_waits_for_a_child_stops_no_other_writer(
    #[values("read committed", "repeatable read")] isolation: &str,
) {
    let pair = families().await;
    let mut writer = connect(&pair, isolation).await;
    writer.query_drop("start transaction; update children set parent = 8 where id = 50").await.unwrap();
    let mut deleter = connect(&pair, isolation).await;
    let connection = deleter.id();
    let (deleted, ()) = tokio::join!(deleter.query_drop("delete from parents where id in (1, 5)"), async {
        waits_for_a_lock(&pair, connection).await;
        // It has queued a child already. Whoever queues an entry now must not have to wait for it.
        let more = "insert into children values (99, 9, 'new'); update parents set name = 'new' where id = 9; commit";
        pair.local.execute("update parents set name = 'other' where id = 3").await;
        writer.query_drop(more).await.unwrap();
    });
    deleted.unwrap();
    assert_eq!(queued_children(&pair).await, ["10"]);
    writer.disconnect().await.unwrap();
    deleter.disconnect().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn an_open_deletion_locks_no_child_of_another_parent(
    #[values("read committed", "repeatable read")] isolation: &str,
) {
    let pair = families().await;
    let mut deleter = connect(&pair, isolation).await;
    deleter.query_drop("start transaction; delete from parents where id in (2, 9)").await.unwrap();
    let mut writer = connect(&pair, isolation).await;
    for statement in [
        "update children set name = 'x', parent = 6 where id = 70",
        "update children set name = 'x' where id in (10, 30)",
        "insert into children values (65, 6, 'new')",
        "delete from parents where id = 5",
        "update parents set id = 44 where id = 4",
    ] {
        writer.query_drop(statement).await.unwrap_or_else(|error| panic!("{error} in: {statement}"));
    }
    deleter.query_drop("rollback").await.unwrap();
    deleter.disconnect().await.unwrap();
    writer.disconnect().await.unwrap();
    assert_eq!(queued_children(&pair).await, ["50"]);
}
