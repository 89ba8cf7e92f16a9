//! `resume --trust central`: what DB_B has is written into DB_A, and nothing is lost on the way.

use serde_json::json;

use crate::resume::{assert_synced_is_true, found, resume};
use crate::support::shop::{audit_users, entries, installed, numbers, sync, users};
use crate::support::{
    Backup, ChaosProxy, Fault, Pair, assert_equal_on_both_sides, chaos_proxy::Counts, wait_for,
};

/// Makes the last batch in DB_B one that DB_A never sent, as after DB_A was restored.
async fn forget_the_last_batch(pair: &Pair) {
    pair.local.execute("delete from sync_intents where number = (select n from (select max(number) n from sync_intents) m)").await;
    sync(pair, 6).await;
}

#[tokio::test]
async fn what_was_lost_comes_back_and_what_is_new_is_kept() {
    let pair = installed().await;
    pair.local.execute(&users(1, 3)).await;
    sync(&pair, 0).await;
    let backup = Backup::of(&pair.local, "old").await;
    pair.local
        .execute("update users set name = 'newer' where id in (2, 3); delete from users where id = 1")
        .await;
    pair.local.execute(&users(4, 5)).await;
    pair.local.execute("insert into orders (id, user_id, amount) values (9, 5, 12.5)").await;
    sync(&pair, 0).await;
    backup.restore(&pair.local).await;
    pair.local.execute("update users set name = 'local' where id = 3").await;
    pair.local.execute(&users(70, 70)).await;
    sync(&pair, 6).await;
    let report = resume(&pair, &["--trust", "central"], 0).await;
    assert_eq!(found(&report, "users"), [vec!["2", "3"], vec!["1", "70"], vec!["4", "5"]]);
    assert_eq!(report["tables"][0]["different"]["with_open_entries"], 1);
    assert_eq!(
        (&report["resumed"]["records_written"], &report["resumed"]["entries_queued"]),
        (&json!(5), &json!(1))
    );
    let names = pair.local.column("select name from users order by id").await;
    assert_eq!(names, ["User 1", "newer", "newer", "User 4", "User 5", "User 70"]);
    assert_synced_is_true(&pair).await;
    audit_users(&pair).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
    // What was written down goes up once, and is at rest then.
    let writes = pair.central.one::<u64>("select count(*) from audit").await;
    sync(&pair, 0).await;
    assert_eq!(
        (pair.central.one::<u64>("select count(*) from audit").await, entries(&pair, "PENDING").await),
        (writes, 0)
    );
}

#[tokio::test]
async fn a_site_that_is_not_stopped_gives_nothing_up_unless_forced() {
    let pair = installed().await;
    pair.local.execute(&users(1, 2)).await;
    sync(&pair, 0).await;
    pair.local.execute("update users set name = 'never arrived' where id = 2").await;
    let shown = pair.backhaul(&["resume", "--dry-run"]).await.expect_code(3).stdout;
    assert!(shown.contains("This site is not stopped"), "{shown}");
    let refused = pair.backhaul(&["resume", "--trust", "central"]).await.expect_code(1);
    assert!(
        refused.stderr.contains("this site is not stopped") && refused.stderr.contains("--force"),
        "{refused:?}"
    );
    let name = "select name from users where id = 2";
    assert_eq!(
        (pair.local.one::<String>(name).await.as_str(), entries(&pair, "PENDING").await),
        ("never arrived", 1)
    );
    resume(&pair, &["--trust", "central", "--force"], 0).await;
    assert_eq!(pair.local.one::<String>(name).await, "User 2");
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn unique_values_that_moved_come_down_and_lose_no_child() {
    let pair = installed().await;
    pair.local.execute(&users(1, 60)).await;
    pair.local.execute("insert into orders (user_id, amount) select id, id from users").await;
    sync(&pair, 0).await;
    // A swap, and a rotation of many, made in DB_B alone; each record stands in another's way.
    pair.central
        .execute(
            "set unique_checks = 1; \
             update users set email = concat('t', id) where id <= 60; \
             update users set email = concat('user', if(id = 1, 2, if(id = 2, 1, if(id = 60, 3, id + 1))), '@shop.example')",
        )
        .await;
    forget_the_last_batch(&pair).await;
    let report = resume(&pair, &["--trust", "central"], 0).await;
    assert_eq!(
        (&report["resumed"]["records_written"], &report["resumed"]["refused"]),
        (&json!(60), &json!([]))
    );
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
}

#[tokio::test]
async fn a_record_that_the_local_database_refuses_is_named_with_its_reason_and_left() {
    let pair = installed().await;
    pair.local.execute(&users(1, 4)).await;
    sync(&pair, 0).await;
    pair.local.execute("alter table users add constraint short check (length(name) < 20)").await;
    pair.local.execute("insert into users (id, name, email) values (50, 'only here', 'wanted@x')").await;
    pair.central
        .execute(
            "update users set email = 'wanted@x' where id = 1; update users set name = 'far too long for the site' where id = 2; \
             update users set name = 'good' where id in (3, 4); \
             insert into users (id, name, email) values (9, 'far too long for the site', '9@x'); \
             insert into orders (id, user_id, amount) values (1, 9, 5), (2, 3, 5)",
        )
        .await;
    forget_the_last_batch(&pair).await;
    let report = resume(&pair, &["--trust", "central"], 1).await;
    let refused: Vec<(String, String)> = report["resumed"]["refused"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|table| table["first"].as_array().unwrap())
        .map(|one| {
            (one["record_id"].as_str().unwrap().to_owned(), one["message"].as_str().unwrap().to_owned())
        })
        .collect();
    let why = |id: &str| &refused.iter().find(|(record, _)| record == id).unwrap().1;
    assert_eq!(refused.len(), 4, "{report}");
    assert!(why("2").contains("short") && why("9").contains("short"), "{report}");
    assert_eq!(
        report["resumed"]["refused"][1]["first"][0]["record_id"], "1",
        "the order of a user that is refused"
    );
    assert!(report.to_string().contains("a unique value of it belongs to 50 in DB_A"), "{report}");
    assert_eq!(
        pair.local.column("select name from users order by id").await,
        ["User 1", "User 2", "good", "good", "only here"]
    );
    assert_eq!(pair.local.column("select id from orders").await, ["2"]);
    assert_synced_is_true(&pair).await;
    assert_eq!(pair.central.column("select name from users where id in (2, 9)").await.len(), 2);
}

#[tokio::test]
async fn parents_that_come_later_cost_one_more_pass_each() {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "a_line,b_order,c_user");
    let keyless = "create table c_user (id int primary key); \
                   create table b_order (id int primary key, user_id int not null); \
                   create table a_line (id int primary key, order_id int not null)";
    pair.central.execute(keyless).await;
    pair.local
        .execute(
            "create table c_user (id int primary key); \
             create table b_order (id int primary key, user_id int not null, foreign key (user_id) references c_user (id)); \
             create table a_line (id int primary key, order_id int not null, foreign key (order_id) references b_order (id))",
        )
        .await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local.execute("insert into c_user values (0)").await;
    sync(&pair, 0).await;
    let rows = numbers(200);
    for (table, columns) in [("c_user", "seq"), ("b_order", "seq, seq"), ("a_line", "seq, seq")] {
        pair.central.execute(&format!("insert into {table} select {columns} from {rows}")).await;
    }
    forget_the_last_batch(&pair).await;
    let report = resume(&pair, &["--trust", "central"], 0).await;
    assert_eq!(
        (&report["resumed"]["records_written"], &report["resumed"]["refused"]),
        (&json!(600), &json!([]))
    );
    assert_equal_on_both_sides(&pair, &["a_line", "b_order", "c_user"]).await;
}

#[tokio::test]
async fn every_value_comes_down_as_it_is_or_is_refused() {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "things");
    let columns = "id varchar(20) primary key, price decimal(10, 2), at timestamp(3) null, word varchar(40) character set latin1, cyrillic varchar(20) character set cp1251, \
                   note longtext, raw varbinary(20), flag bit(5), kind enum('a', 'b', ''), real_number float, doubled int generated always as (length(id) * 2) stored";
    let wider = columns
        .replace("(10, 2)", "(20, 6)")
        .replace("timestamp(3)", "timestamp(6)")
        .replace("character set latin1", "character set utf8mb4");
    let collation = "collate utf8mb4_unicode_520_ci";
    pair.local.execute(&format!("create table things ({columns}) {collation}")).await;
    pair.central.execute(&format!("create table things ({wider}, extra int default 3) {collation}")).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local.execute("insert into things (id) values ('first')").await;
    sync(&pair, 0).await;
    pair.central
        .execute(
            "set sql_mode = ''; insert into things (id, price, at, word, note, raw, flag, kind, real_number) values \
             ('it''s \\\\ 😀', -99.99, '2026-03-01 09:14:00.123', 'Größe €', 'x😀\\\\''\\n', x'00ff27', b'10101', 'b', 1.1754944e-38), \
             ('FIRST', 1, null, '', '', '', 0, '', -0), \
             ('digits', 1.234567, null, null, null, null, null, null, null), \
             ('moment', null, '2026-03-01 09:14:00.123456', null, null, null, null, null, null), \
             ('word', null, null, 'Ж', null, null, null, null, null) \
             on duplicate key update id = values(id), price = 1, word = '', real_number = -0; \
             update things set cyrillic = 'Жук' where price = 1",
        )
        .await;
    forget_the_last_batch(&pair).await;
    let report = resume(&pair, &["--trust", "central"], 1).await;
    let refused = &report["resumed"]["refused"][0];
    let names: Vec<&str> =
        refused["first"].as_array().unwrap().iter().map(|one| one["record_id"].as_str().unwrap()).collect();
    assert_eq!(names, ["digits", "moment", "word"], "{report}");
    assert_eq!(pair.local.column("select id from things order by length(id)").await, ["FIRST", "it's \\ 😀"]);
    pair.central.execute("delete from things where id in ('digits', 'moment', 'word')").await;
    pair.backhaul(&["verify"]).await.expect_code(0);
    sync(&pair, 0).await;
    pair.backhaul(&["verify"]).await.expect_code(0);
    assert_eq!(
        pair.central.column("select count(*) from things where extra = 3").await,
        ["2"],
        "columns of DB_B's own stay"
    );
}

#[tokio::test]
async fn a_change_made_meanwhile_is_not_written_over() {
    let mut pair = installed().await;
    pair.local.execute(&users(1, 2)).await;
    sync(&pair, 0).await;
    pair.central.execute("update users set name = 'central' where id in (1, 2)").await;
    forget_the_last_batch(&pair).await;
    let direct = pair.program.clone();
    let proxy = ChaosProxy::start(pair.local_port());
    proxy.set(Fault::HoldRequestWith("for update"));
    pair.reach_local_through(proxy.port());
    let resuming = pair.start(&["resume", "--trust", "central", "--json"]);
    wait_for("the rows are about to be written", async || Counts::of(&proxy.counts().held) > 0).await;
    pair.local.execute("update users set name = 'meanwhile' where id = 1").await;
    proxy.set(Fault::None);
    let report = resuming.finish().await.expect_code(1).json();
    assert!(report.to_string().contains("it was changed in DB_A meanwhile"), "{report}");
    let names = "select name from users order by id";
    assert_eq!(pair.local.column(names).await, ["meanwhile", "central"]);
    direct.run(&["sync"]).await.expect_code(0);
    assert_eq!(pair.central.column(names).await, ["meanwhile", "central"]);
}

#[tokio::test]
async fn ten_thousand_records_come_down_in_small_transactions() {
    let pair = installed().await;
    pair.local.execute(&users(1, 1)).await;
    sync(&pair, 0).await;
    pair.central
        .execute(&format!(
            "insert into users (id, name, email) select seq + 10, concat('n', seq), concat('e', seq) from {}",
            numbers(10_000)
        ))
        .await;
    forget_the_last_batch(&pair).await;
    let report = resume(&pair, &["--trust", "central"], 0).await;
    assert_eq!(report["resumed"]["records_written"], 10_000);
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}
