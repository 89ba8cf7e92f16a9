//! `resume`: DB_A or DB_B is not the one it was, a person decides, and the site goes on.

use serde_json::{Value, json};

use crate::support::shop::{entries, installed, refuse_bad_users, sync, users};
use crate::support::{
    Backup, ChaosProxy, Fault, Pair, assert_equal_on_both_sides, chaos_proxy::Counts, wait_for,
};

/// Runs `resume --json` with further arguments; it must end with this exit status.
pub async fn resume(pair: &Pair, arguments: &[&str], code: i32) -> Value {
    let all = [&["resume", "--json"], arguments].concat();
    pair.backhaul(&all).await.expect_code(code).json()
}

/// Gives what the survey says of one table: records that differ, only in DB_A, only in DB_B.
pub fn found(report: &Value, table: &str) -> [Vec<String>; 3] {
    let table = report["tables"].as_array().unwrap().iter().find(|one| one["table"] == table).unwrap();
    ["different", "only_local", "only_central"]
        .map(|kind| serde_json::from_value(table[kind]["first"].clone()).unwrap())
}

/// Asserts that a cycle stops, that it, `status` and `install` name `resume`, and that nothing is written.
async fn assert_stops(pair: &Pair, words: &str) {
    let central = "select group_concat(concat(id, name, email) order by id) from users";
    let before = (pair.central.column(central).await, entries(pair, "PENDING").await);
    let report = sync(pair, 6).await;
    assert_eq!(report["outcome"], "stopped");
    assert!(report["message"].as_str().unwrap().contains(words), "{report}");
    assert!(report["message"].as_str().unwrap().contains("backhaul resume"), "{report}");
    let status = pair.backhaul(&["status"]).await.expect_code(0).stdout;
    assert!(status.contains("backhaul resume --trust local"), "{status}");
    assert_eq!((pair.central.column(central).await, entries(pair, "PENDING").await), before);
}

/// A site that has carried users 1 to 3, was backed up, and has carried more since.
async fn restored_local() -> Pair {
    let pair = installed().await;
    pair.local.execute(&users(1, 3)).await;
    sync(&pair, 0).await;
    let backup = Backup::of(&pair.local, "old").await;
    pair.local.execute("update users set name = 'newer' where id = 2").await;
    pair.local.execute(&users(4, 6)).await;
    sync(&pair, 0).await;
    backup.restore(&pair.local).await;
    pair
}

#[tokio::test]
async fn a_restored_local_database_goes_on_as_it_is() {
    let pair = restored_local().await;
    assert_stops(&pair, "DB_A was restored from a backup or cloned").await;
    pair.backhaul(&["install"]).await.expect_code(1);
    let report = resume(&pair, &["--trust", "local"], 0).await;
    assert_eq!(found(&report, "users"), [vec!["2"], vec![], vec!["4", "5", "6"]]);
    assert_eq!(report["resumed"]["entries_queued"], 1);
    pair.local.execute("insert into users (name, email) values ('after', 'after@x')").await;
    sync(&pair, 0).await;
    assert_eq!(
        pair.local.column("select max(id) from users").await,
        ["7"],
        "ids of DB_B are not given again"
    );
    assert_eq!(pair.central.column("select name from users where id in (2, 7)").await, ["User 2", "after"]);
    assert_eq!(pair.central.one::<u64>("select count(*) from users").await, 7, "nothing is deleted unasked");
    let report = resume(&pair, &["--trust", "local", "--delete-extra"], 0).await;
    assert_eq!(found(&report, "users"), [vec![], vec![], vec!["4", "5", "6"]]);
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
    pair.backhaul(&["install"]).await.expect_code(0);
}

#[tokio::test]
async fn of_a_site_and_its_clone_only_the_resumed_one_goes_on() {
    let site = installed().await;
    site.local.execute(&users(1, 3)).await;
    sync(&site, 0).await;
    let mut clone = Pair::new().await;
    let central = site.program.setting("CENTRAL_DATABASE_URL").unwrap().to_owned();
    clone.set("CENTRAL_DATABASE_URL", &central);
    assert_eq!(clone.local.load_file("sql/local/schema.sql").code, Some(0));
    for table in ["users", "sync_state", "sync_queue", "sync_intents"] {
        let copy = format!("insert into {table} select * from `{}`.{table}", site.local.database);
        clone.local.execute(&copy).await;
    }
    clone.backhaul(&["install"]).await.expect_code(0);
    site.local.execute(&users(4, 4)).await;
    sync(&site, 0).await;
    clone.local.execute(&users(10, 10)).await;
    assert!(sync(&clone, 6).await["message"].as_str().unwrap().contains("cloned"));
    let generation = "select generation from sync_sites";
    let before: String = site.central.one(generation).await;
    sync(&clone, 6).await;
    assert_eq!(site.central.one::<String>(generation).await, before, "who has stopped disturbs nobody");

    resume(&clone, &["--trust", "local"], 0).await;
    let before: String = site.central.one(generation).await;
    site.local.execute(&users(5, 5)).await;
    assert!(
        sync(&site, 6).await["message"].as_str().unwrap().contains("another copy of this DB_A was resumed")
    );
    assert_eq!(site.central.one::<String>(generation).await, before, "who is shut out disturbs nobody");
    sync(&clone, 0).await;
    assert_eq!(site.central.column("select id from users order by id").await, ["1", "2", "3", "4", "10"]);

    resume(&site, &["--trust", "local"], 0).await;
    sync(&site, 0).await;
    clone.local.execute(&users(11, 11)).await;
    sync(&clone, 6).await;
    assert_eq!(
        site.central.column("select id from users order by id").await,
        ["1", "2", "3", "4", "5", "10"]
    );
}

#[tokio::test]
async fn a_central_database_restored_from_before_what_was_pruned_gets_everything_again() {
    let mut pair = installed().await;
    pair.local.execute(&users(1, 2)).await;
    sync(&pair, 0).await;
    let backup = Backup::of(&pair.central, "old").await;
    for id in 3..=5 {
        pair.local.execute(&users(id, id)).await;
        sync(&pair, 0).await;
    }
    pair.local.execute("delete from users where id = 1; update users set name = 'newer' where id = 2").await;
    sync(&pair, 0).await;
    pair.set("QUEUE_RETENTION_DAYS", &0);
    pair.backhaul(&["prune"]).await.expect_code(0);
    backup.restore(&pair.central).await;
    assert_stops(&pair, "no longer in the queue").await;
    let report = resume(&pair, &["--trust", "local"], 0).await;
    assert_eq!(found(&report, "users"), [vec!["2"], vec!["3", "4", "5"], vec!["1"]]);
    assert_synced_is_true(&pair).await;
    sync(&pair, 0).await;
    assert_eq!(pair.central.column("select id from users order by id").await, ["1", "2", "3", "4", "5"]);
    assert_eq!(pair.central.column("select name from users where id = 2").await, ["newer"]);
}

/// Asserts that DB_B has every record with a SYNCED entry as DB_A does.
pub async fn assert_synced_is_true(pair: &Pair) {
    let synced = pair
        .local
        .column(
            "select distinct record_id from sync_queue where sync_status = 'SYNCED' and table_name = 'users'",
        )
        .await;
    for id in synced {
        let row = format!("select concat_ws('|', id, name, email, updated_at) from users where id = {id}");
        assert_eq!(
            pair.local.column(&row).await,
            pair.central.column(&row).await,
            "user {id} is called SYNCED"
        );
    }
}

#[tokio::test]
async fn an_empty_central_database_gets_everything() {
    let pair = installed().await;
    pair.local.execute(&users(1, 30)).await;
    pair.local.execute("insert into orders (user_id, amount) values (7, 1.5), (8, 2)").await;
    sync(&pair, 0).await;
    pair.central.execute("drop table orders, users, sync_sites, sync_site_tables").await;
    pair.central.execute("create table users (id bigint unsigned primary key)").await;
    let refused = pair.backhaul(&["resume", "--trust", "local"]).await.expect_code(1);
    assert!(refused.stderr.contains("users cannot be compared"), "{}", refused.stderr);
    assert_eq!(pair.central.one::<u64>("select count(*) from sync_sites").await, 0, "nothing was begun");
    pair.central.execute("drop table if exists orders, users").await;
    let report = resume(&pair, &["--trust", "local"], 0).await;
    assert_eq!(report["resumed"]["entries_queued"], 32);
    assert_eq!(entries(&pair, "SYNCED").await, 0);
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
}

#[tokio::test]
async fn a_lost_ledger_row_is_written_anew_and_nothing_is_sent_again() {
    let pair = installed().await;
    pair.local.execute(&users(1, 3)).await;
    sync(&pair, 0).await;
    pair.central.execute("delete from sync_sites").await;
    assert_stops(&pair, "DB_B does not know this site, which already sent 1 batch:").await;
    let refused = pair.backhaul(&["install"]).await.expect_code(1);
    assert!(refused.stderr.contains("backhaul resume"), "{}", refused.stderr);
    let report = resume(&pair, &["--trust", "central"], 0).await;
    assert_eq!((&report["differs"], &report["resumed"]["entries_queued"]), (&json!(false), &json!(0)));
    assert_eq!((entries(&pair, "SYNCED").await, entries(&pair, "PENDING").await), (3, 0));
    pair.local.execute(&users(4, 4)).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn the_tables_of_another_site_are_taken_over_only_when_told_to() {
    let other = installed().await;
    other.local.execute(&users(1, 2)).await;
    sync(&other, 0).await;
    let mut site = installed().await;
    site.local.execute(&users(1, 3)).await;
    sync(&site, 0).await;
    // DB_B was replaced by one that another site feeds.
    let central = other.program.setting("CENTRAL_DATABASE_URL").unwrap().to_owned();
    site.set("CENTRAL_DATABASE_URL", &central);
    sync(&site, 6).await;
    let refused = site.backhaul(&["resume", "--trust", "local"]).await.expect_code(1);
    assert!(refused.stderr.contains("is fed by the site 'test site'"), "{}", refused.stderr);
    other.local.execute("update users set name = 'goes on' where id = 1").await;
    sync(&other, 0).await;
    resume(&site, &["--trust", "local", "--take-over"], 0).await;
    other.local.execute("update users set name = 'shut out' where id = 1").await;
    sync(&other, 6).await;
    sync(&site, 0).await;
    assert_eq!(
        other.central.column("select name from users order by id").await,
        ["User 1", "User 2", "User 3"]
    );
    assert_eq!(other.central.one::<u64>("select count(distinct site_id) from sync_site_tables").await, 1);
    other.backhaul(&["install"]).await.expect_code(1);
}

#[tokio::test]
async fn a_local_database_restored_from_before_its_installation_takes_its_tables_over() {
    let pair = installed().await;
    pair.local.execute(&users(1, 3)).await;
    sync(&pair, 0).await;
    pair.local
        .execute("set foreign_key_checks = 0; drop table sync_state, sync_queue, sync_intents, users, orders")
        .await;
    assert_eq!(pair.local.load_file("sql/local/schema.sql").code, Some(0));
    pair.local.execute("drop table sync_state, sync_queue, sync_intents").await;
    pair.local.execute(&users(1, 2)).await;
    let told = pair.backhaul(&["install"]).await.expect_code(1).stderr;
    assert!(told.contains("fed by the site 'test site'") && told.contains("resume --take-over"), "{told}");
    let report = resume(&pair, &["--trust", "central", "--take-over"], 0).await;
    assert_eq!(
        report["resumed"]["records_written"], 3,
        "the other two were written a moment later: {report}"
    );
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
    pair.backhaul(&["install"]).await.expect_code(0);
}

#[tokio::test]
async fn a_dry_run_shows_and_changes_nothing() {
    let pair = restored_local().await;
    pair.local.execute("update users set name = 'pending' where id in (1, 2)").await;
    let state = async || {
        let queue = "select group_concat(concat(id, sync_status) order by id) from sync_queue";
        let ledger = "select concat(epoch, generation, last_token) from sync_sites";
        (pair.local.column(queue).await, pair.central.column(ledger).await)
    };
    let before = state().await;
    let report = resume(&pair, &["--dry-run"], 3).await;
    assert_eq!(found(&report, "users"), [vec!["1", "2"], vec![], vec!["4", "5", "6"]]);
    assert_eq!(report["tables"][0]["different"]["with_open_entries"], 2, "{report}");
    assert_eq!(report["resumed"], Value::Null);
    let text = pair.backhaul(&["resume", "--dry-run", "--trust", "central"]).await.expect_code(3).stdout;
    for words in [
        "different (2 of them with changes",
        "Written into DB_A: 2 records that differ, 3 records that only DB_B has",
        "Nothing was changed",
    ] {
        assert!(text.contains(words), "{text}");
    }
    assert_eq!(state().await, before);
    let equal = installed().await;
    assert_eq!(resume(&equal, &["--dry-run"], 0).await["differs"], false);
    pair.backhaul(&["resume"]).await.expect_code(2);
}

#[tokio::test]
async fn nothing_is_resumed_beside_a_cycle_or_offline() {
    let mut pair = installed().await;
    pair.local.execute(&users(1, 1)).await;
    let direct = pair.program.clone();
    let proxy = ChaosProxy::start(pair.central_port());
    proxy.set(Fault::HoldRequestWith("insert into `users`"));
    pair.reach_central_through(proxy.port());
    let cycle = pair.start(&["sync"]);
    wait_for("the batch is on its way", async || Counts::of(&proxy.counts().held) > 0).await;
    direct.run(&["resume", "--trust", "local"]).await.expect_code(5);
    proxy.set(Fault::None);
    cycle.finish().await.expect_code(0);
    pair.set("IS_ONLINE", "false");
    pair.backhaul(&["resume", "--trust", "local"]).await.expect_code(4);
    pair.set("IS_ONLINE", "true");
    pair.backhaul(&["resume", "--trust", "central", "--delete-extra"]).await.expect_code(1);
}

#[tokio::test]
async fn counters_are_raised_above_all_of_central_and_never_lowered() {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "plain,pairs,full,ahead");
    let tables = "create table plain (id int unsigned auto_increment primary key); \
                  create table pairs (shop int, id smallint auto_increment, primary key (id, shop)); \
                  create table full (id tinyint unsigned auto_increment primary key); \
                  create table ahead (id bigint unsigned auto_increment primary key)";
    pair.local.execute(tables).await;
    pair.central.execute(tables).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local
        .execute(
            "insert into plain values (5); insert into pairs values (1, 7); insert into full values (255); \
                        insert into ahead values (1000); delete from ahead",
        )
        .await;
    sync(&pair, 0).await;
    pair.central.execute("insert into plain values (900); insert into pairs values (4, 300); insert into ahead values (50)").await;
    let report = resume(&pair, &["--trust", "local"], 0).await;
    let raised: Vec<&Value> =
        report["resumed"]["counters"].as_array().unwrap().iter().map(|one| &one["above"]).collect();
    assert_eq!(raised, [300, 900], "{report}");
    pair.local
        .execute(
            "insert into plain values (); insert into pairs (shop) values (1); insert into ahead values ()",
        )
        .await;
    for (table, next) in [("plain", "901"), ("pairs", "301"), ("ahead", "1001")] {
        assert_eq!(pair.local.column(&format!("select max(id) from {table}")).await, [next], "{table}");
    }
    // The last id of all is in DB_B, and not in DB_A.
    pair.central.execute("insert into ahead values (18446744073709551615)").await;
    let refused = pair.backhaul(&["resume", "--trust", "local"]).await.expect_code(1);
    assert!(
        refused.stderr.contains("no id of ahead.id is left above 18446744073709551615"),
        "{}",
        refused.stderr
    );
    sync(&pair, 6).await;
    pair.central.execute("delete from ahead where id > 18446744073709551614; insert into ahead values (18446744073709551613)").await;
    resume(&pair, &["--trust", "local"], 0).await;
    pair.local.execute("insert into ahead values ()").await;
    assert_eq!(pair.local.column("select max(id) from ahead").await, ["18446744073709551614"]);
}

#[tokio::test]
async fn an_account_that_may_not_alter_is_told_the_statement() {
    let mut pair = restored_local().await;
    let (database, all) = (pair.local.database.clone(), pair.program.clone());
    let user = format!("{database}_x");
    pair.local
        .execute(&format!(
            "create user {user}@'127.0.0.1' identified by 'x'; \
             grant select, insert, update, delete, create on `{database}`.* to {user}@'127.0.0.1'"
        ))
        .await;
    let url = format!("mysql://{user}:x@127.0.0.1:{}/{database}", pair.local_port());
    pair.set("LOCAL_DATABASE_URL", &url);
    let told = pair.backhaul(&["resume", "--trust", "local"]).await.expect_code(1).stderr;
    assert!(
        told.contains("Run on DB_A, as its administrator: alter table `users` auto_increment = 7;"),
        "{told}"
    );
    sync(&pair, 6).await;
    pair.local.execute("alter table `users` auto_increment = 7").await;
    resume(&pair, &["--trust", "local"], 0).await;
    sync(&pair, 0).await;
    pair.local.execute(&format!("drop user {user}@'127.0.0.1'")).await;
    all.run(&["sync"]).await.expect_code(0);
}

#[tokio::test]
async fn entries_of_a_table_no_longer_selected_are_not_called_synced_any_more() {
    let mut pair = installed().await;
    pair.local.execute(&users(1, 1)).await;
    pair.local.execute("insert into orders (user_id, amount) values (1, 1)").await;
    sync(&pair, 0).await;
    pair.central.execute("delete from orders; delete from sync_sites").await;
    pair.set("SYNC_TABLES", "users");
    resume(&pair, &["--trust", "local"], 0).await;
    let left = pair.local.column("select table_name from sync_queue where sync_status = 'SYNCED'").await;
    assert_eq!(left, ["users"], "nothing says that the order is in DB_B");
}

#[tokio::test]
async fn what_failed_before_has_another_chance_in_the_new_epoch() {
    let mut pair = installed().await;
    pair.set("SYNC_MAX_RETRIES", &1);
    refuse_bad_users(&pair).await;
    pair.local
        .execute("insert into users (id, name, email) values (1, 'bad', '1@x'), (2, 'good', '2@x')")
        .await;
    sync(&pair, 3).await;
    assert_eq!(entries(&pair, "FAILED").await, 1);
    pair.central.execute("drop table orders, users, sync_sites, sync_site_tables").await;
    resume(&pair, &["--trust", "local"], 0).await;
    sync(&pair, 0).await;
    assert_eq!((entries(&pair, "FAILED").await, entries(&pair, "PENDING").await), (0, 0));
    assert_equal_on_both_sides(&pair, &["users"]).await;
}
