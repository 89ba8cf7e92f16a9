//! Every change is captured by the database itself, whoever makes it.

use crate::support::assert_equal_on_both_sides;
use crate::support::shop::{entries, installed};

type Entry = (String, String, String);

async fn queue(pair: &crate::support::Pair) -> Vec<Entry> {
    let rows = pair.local.rows("select table_name, record_id, operation from sync_queue order by id").await;
    rows.into_iter()
        .map(|row| {
            let mut values = row.into_iter().map(Option::unwrap);
            (values.next().unwrap(), values.next().unwrap(), values.next().unwrap())
        })
        .collect()
}

fn entry(table: &str, record: &str, operation: &str) -> Entry {
    (table.to_owned(), record.to_owned(), operation.to_owned())
}

#[tokio::test]
async fn changes_at_an_sql_prompt_are_captured() {
    let pair = installed().await;
    pair.local
        .execute(
            "insert into users (id, name, email) values (7, 'Ada', 'a@x'), (8, 'Bob', 'b@x'); \
             insert into orders (id, user_id, amount) values (1, 7, 5); \
             update users set name = 'Eve' where id = 7; delete from orders where id = 1",
        )
        .await;
    assert_eq!(
        queue(&pair).await,
        [
            entry("users", "7", "INSERT"),
            entry("users", "8", "INSERT"),
            entry("orders", "1", "INSERT"),
            entry("users", "7", "UPDATE"),
            entry("orders", "1", "DELETE"),
        ]
    );
    assert_eq!(entries(&pair, "PENDING").await, 5);
}

#[tokio::test]
async fn a_rolled_back_transaction_leaves_nothing() {
    let pair = installed().await;
    pair.local
        .execute("start transaction; insert into users (name, email) values ('Ada', 'a@x'); rollback")
        .await;
    assert_eq!(queue(&pair).await, []);
}

#[tokio::test]
async fn a_changed_key_is_a_delete_and_an_insert() {
    let pair = installed().await;
    pair.local
        .execute("insert into users (id, name, email) values (7, 'Ada', 'a@x'); update users set id = 9 where id = 7")
        .await;
    assert_eq!(
        queue(&pair).await,
        [entry("users", "7", "INSERT"), entry("users", "7", "DELETE"), entry("users", "9", "INSERT")]
    );
}

#[tokio::test]
async fn the_queue_has_exactly_the_seven_columns() {
    let pair = installed().await;
    let columns = "select column_name from information_schema.columns \
                   where table_schema = database() and table_name = 'sync_queue' order by ordinal_position";
    assert_eq!(
        pair.local.column(columns).await,
        ["id", "table_name", "record_id", "operation", "last_updated_at", "sync_status", "retry_count"]
    );
}

#[tokio::test]
async fn installing_again_changes_nothing_and_a_lost_trigger_comes_back() {
    let pair = installed().await;
    let triggers =
        "select trigger_name from information_schema.triggers where trigger_schema = database() order by 1";
    let before = pair.local.column(triggers).await;
    assert_eq!(before.len(), 6);
    let site = pair.local.column("select site_id from sync_state").await;
    let report = pair.backhaul(&["install", "--json"]).await.expect_code(0).json();
    assert_eq!(report["triggers_created"], 0);
    pair.local.execute(&format!("drop trigger `{}`", before[0])).await;
    let report = pair.backhaul(&["install", "--json"]).await.expect_code(0).json();
    assert_eq!(report["triggers_created"], 1);
    assert_eq!(pair.local.column(triggers).await, before);
    assert_eq!(pair.local.column("select site_id from sync_state").await, site);
}

#[tokio::test]
async fn rows_that_were_there_before_are_counted_and_brought_in_by_the_command_named() {
    let pair = crate::support::Pair::new().await;
    pair.local.load_file("sql/local/schema.sql").expect_code(0);
    pair.local.load_file("sql/local/sample_data.sql").expect_code(0);
    let report = pair.backhaul(&["install", "--json"]).await.expect_code(0).json();
    let existing = report["existing_rows"].as_array().unwrap();
    assert_eq!(existing.len(), 2);
    assert_eq!((&existing[1]["table"], &existing[1]["rows"]), (&"users".into(), &5.into()));
    assert_eq!(existing[1]["remedy"], "backhaul verify --repair");
    pair.backhaul(&["verify", "--repair"]).await.expect_code(3);
    assert_eq!(entries(&pair, "PENDING").await, 11);
    pair.backhaul(&["sync"]).await.expect_code(0);
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
}

#[tokio::test]
async fn a_table_that_cannot_be_carried_is_refused_with_the_reason_and_the_rest_goes_on() {
    let mut pair = crate::support::Pair::new().await;
    pair.local
        .execute("create table notes (text varchar(10)); create table spots (id float primary key)")
        .await;
    pair.central.execute("create table spots (id float primary key)").await;
    pair.set("SYNC_TABLES", "users,orders,notes,spots,ghosts");
    let report = pair.backhaul(&["install", "--json"]).await.expect_code(1).json();
    let refused = report["refused"].as_array().unwrap();
    let names: Vec<&str> = refused.iter().map(|one| one["table"].as_str().unwrap()).collect();
    assert_eq!(names, ["ghosts", "notes", "spots"]);
    assert!(refused[1]["message"].as_str().unwrap().contains("no primary key"));
    pair.local.execute("insert into users (name, email) values ('Ada', 'a@x')").await;
    assert_eq!(entries(&pair, "PENDING").await, 1);
}

#[tokio::test]
async fn uninstalling_refuses_while_entries_are_open_and_leaves_user_data() {
    let pair = installed().await;
    pair.local.execute("insert into users (name, email) values ('Ada', 'a@x')").await;
    let refused = pair.backhaul(&["uninstall"]).await.expect_code(1);
    assert!(refused.stderr.contains("1 entry is PENDING or FAILED"), "{}", refused.stderr);
    pair.backhaul(&["sync"]).await.expect_code(0);
    pair.backhaul(&["uninstall"]).await.expect_code(0);
    assert_eq!(pair.local.column("show tables").await, ["orders", "users"]);
    assert_eq!(pair.local.one::<u64>("select count(*) from users").await, 1);
    pair.local.execute("update users set name = 'Eve'").await;
    pair.backhaul(&["install"]).await.expect_code(0);
}
