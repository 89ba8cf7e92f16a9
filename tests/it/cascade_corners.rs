//! Cascades in tables of every shape: trees, circles, odd names, and what changes after `install`.

use crate::support::schema::{installed_with, with_tables};
use crate::support::servers::shared;
use crate::support::shop::sync;
use crate::support::{OwnServer, Pair, Place, assert_equal_on_both_sides};

/// A tree of comments that know their parent and their thread; votes and pins hang on it.
const TREE: &str = "
create table comments (id int primary key, parent int, thread int, best int, body varchar(20));
alter table comments
    add foreign key (parent) references comments (id) on delete cascade,
    add foreign key (thread) references comments (id) on delete cascade,
    add foreign key (best) references comments (id) on delete set null; -- DB_A only
create table votes (
    comment int, voter varchar(20), primary key (comment, voter),
    foreign key (comment) references comments (id) on delete cascade on update cascade);
create table pins (
    id int primary key, comment int, voter varchar(20),
    foreign key (comment, voter) references votes (comment, voter) on delete set null);
";

async fn entries_of(pair: &Pair, sql: &str) -> Vec<String> {
    pair.local.execute(&format!("delete from sync_queue; {sql}")).await;
    pair.local
        .column(
            "select concat(table_name, ' ', record_id, ' ', lower(operation)) name from sync_queue \
             group by name order by name collate utf8mb4_bin",
        )
        .await
}

#[tokio::test]
async fn a_tree_goes_with_its_root_through_several_keys_at_once() {
    let pair = installed_with("comments,votes,pins", &TREE.replace("\n    add", " add")).await;
    pair.local
        .execute(
            "insert into comments values (1, null, null, null, 'a'), (2, 1, null, null, 'b'), (3, 2, null, null, 'c'); \
             insert into comments values (4, null, 3, null, 'd'), (5, 4, null, null, 'e'), (6, null, null, 5, 'f'); \
             insert into comments values (7, 6, null, 6, 'g'); update comments set best = 4 where id = 1; \
             insert into votes values (5, 'zoe'), (6, 'zoe'), (3, 'amy'); \
             insert into pins values (1, 5, 'zoe'), (2, 6, 'zoe')",
        )
        .await;
    sync(&pair, 0).await;
    assert_eq!(
        entries_of(&pair, "delete from comments where id = 2").await,
        [
            "comments 1 update",
            "comments 2 delete",
            "comments 3 delete",
            "comments 4 delete",
            "comments 5 delete",
            "comments 6 update",
            "pins 1 update",
            "votes [3,\"amy\"] delete",
            "votes [5,\"zoe\"] delete",
        ]
    );
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["comments", "votes", "pins"]).await;
}

#[tokio::test]
async fn a_tree_is_captured_as_deep_as_the_server_goes_and_a_circle_of_rows_ends() {
    let tree = "create table nodes (id int primary key, parent int);
        alter table nodes add foreign key (parent) references nodes (id) on delete cascade; -- DB_A only
        create table leaves (
            id int primary key, node int, foreign key (node) references nodes (id) on delete set null);";
    let pair = installed_with("nodes,leaves", tree).await;
    pair.local.execute("insert into nodes values (1, null)").await;
    for id in 2..=17 {
        pair.local.execute(&format!("insert into nodes values ({id}, {id} - 1)")).await;
    }
    pair.local.execute("insert into leaves values (1, 16)").await;
    sync(&pair, 0).await;
    assert!(pair.local.try_execute("delete from nodes where id = 2").await.is_err(), "15 generations");
    assert_eq!(entries_of(&pair, "delete from nodes where id = 4").await.len(), 15);
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["nodes", "leaves"]).await;
    pair.local.execute("update nodes set parent = 3 where id = 1").await;
    assert_eq!(
        entries_of(&pair, "delete from nodes where id = 2").await,
        ["nodes 1 delete", "nodes 2 delete", "nodes 3 delete"]
    );
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["nodes"]).await;
}

#[tokio::test]
async fn tables_that_delete_each_other_in_a_circle_are_captured() {
    let circle = "
        create table hens (id int primary key, egg int); create table eggs (id int primary key, hen int);
        alter table hens add foreign key (egg) references eggs (id) on delete cascade; -- DB_A only
        alter table eggs add foreign key (hen) references hens (id) on delete cascade; -- DB_A only
        ";
    let pair = installed_with("hens,eggs", circle).await;
    pair.local
        .execute(
            "insert into hens values (1, null); insert into eggs values (1, 1), (2, 1); \
             insert into hens values (2, 1), (3, 2), (4, null); insert into eggs values (3, 3)",
        )
        .await;
    sync(&pair, 0).await;
    let gone = entries_of(&pair, "delete from hens where id = 1").await;
    assert_eq!(
        gone,
        [
            "eggs 1 delete",
            "eggs 2 delete",
            "eggs 3 delete",
            "hens 1 delete",
            "hens 2 delete",
            "hens 3 delete"
        ]
    );
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["hens", "eggs"]).await;
}

#[tokio::test]
async fn odd_names_and_keys_of_text_are_followed() {
    let long = "ž".repeat(64);
    let schema = "
        create table `the \"``odd' table` (
            `select` varchar(20), `new` binary(4), `sp ace` varchar(20), primary key (`select`, `new`),
            unique key (`sp ace`));
        create table `LONG` (
            `done` int primary key, `found` varchar(20), `record_before` binary(4), `c1` varchar(20),
            constraint `by text` foreign key (`found`, `record_before`) references `the \"``odd' table` (`select`, `new`)
                on delete cascade on update cascade);
        create table `children` (
            `children` varchar(20), `sync_tree_1` int, primary key (`children`),
            foreign key (`sync_tree_1`) references `LONG` (`done`) on delete set null on update cascade);
        "
    .replace("LONG", &long)
    .replace("\n                on delete", " on delete");
    let names = format!("the \"`odd' table,{long},children");
    let pair = installed_with(&names, &schema).await;
    pair.local
        .execute(&format!(
            "insert into `the \"``odd' table` values ('it''s \\\\ \"a\"', 'ab', 'x'), ('b', x'00ff', null); \
             insert into `{long}` values (1, 'it''s \\\\ \"a\"', 'ab', 'z'), (2, 'b', x'00ff', 'z'); \
             insert into `children` values ('k\"1', 1), ('k2', 2)"
        ))
        .await;
    sync(&pair, 0).await;
    let tables = [long.as_str(), "children"];
    pair.local
        .execute("update `the \"``odd' table` set `select` = 'B', `new` = x'01' where `select` = 'b'")
        .await;
    assert_eq!(pair.local.column(&format!("select count(*) from `{long}` where `found` = 'B'")).await, ["1"]);
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &tables).await;
    pair.local.execute("delete from `the \"``odd' table`").await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &tables).await;
    assert_eq!(pair.central.one::<u32>(&format!("select count(*) from `{long}`")).await, 0);
}

/// Two families below one parent; what befalls one table must not hide what befalls the other.
const TWO_KINDS: &str = "
create table parents (id int primary key, name varchar(20));
create table sons (
    id int primary key, parent int, foreign key (parent) references parents (id) on delete cascade on update cascade);
create table daughters (
    id int primary key, parent int, foreign key (parent) references parents (id) on delete cascade on update cascade);
";

#[tokio::test]
async fn a_child_table_that_is_gone_stops_neither_writers_nor_the_capture_of_others() {
    let pair = installed_with("parents,sons,daughters", TWO_KINDS).await;
    pair.local
        .execute("insert into parents values (1, 'a'); insert into sons values (1, 1); insert into daughters values (1, 1)")
        .await;
    sync(&pair, 0).await;
    pair.local.execute("drop table daughters").await;
    assert_eq!(
        entries_of(&pair, "delete from parents where id = 1").await,
        ["parents 1 delete", "sons 1 delete"]
    );
}

#[tokio::test]
async fn triggers_of_the_user_that_change_keys_are_followed_whenever_they_came() {
    let pair = installed_with("parents,sons,daughters", TWO_KINDS).await;
    let rows = "insert into parents values (1, 'a'), (2, 'b'); insert into sons values (1, 1), (2, 2)";
    pair.local.execute(rows).await;
    sync(&pair, 0).await;
    // It comes after the trigger that compares keys, and so would change them behind its back.
    pair.local
        .execute("create trigger moves before update on parents for each row set new.id = new.id + 10")
        .await;
    let report = sync(&pair, 3).await;
    assert_eq!(report["outcome"], "partial");
    assert_eq!(
        pair.local.column("select table_name from sync_held_tables order by 1").await,
        ["daughters", "sons"]
    );
    for _ in 0..2 {
        pair.backhaul(&["install"]).await.expect_code(0);
        assert_eq!(
            entries_of(&pair, "update parents set name = 'x' where id % 10 = 1").await.last().unwrap(),
            "sons 1 update"
        );
        sync(&pair, 0).await;
        assert_equal_on_both_sides(&pair, &["parents", "sons"]).await;
        // The same trigger, made anew: it is the last again.
        pair.local
            .execute(
                "drop trigger moves; \
                 create trigger moves before update on parents for each row set new.id = new.id + 10",
            )
            .await;
    }
}

#[tokio::test]
async fn what_no_trigger_can_follow_is_refused_and_the_rest_is_captured() {
    let elsewhere = "
        create table buses (id int primary key, a int, b int);
        create table stops (id int primary key, a int, b int);
        alter table buses add foreign key (a) references stops (id) on delete cascade; -- DB_A only
        alter table buses add foreign key (b) references stops (id) on delete cascade; -- DB_A only
        alter table stops add foreign key (a) references buses (id) on delete cascade; -- DB_A only
        alter table stops add foreign key (b) references buses (id) on delete cascade; -- DB_A only
        create table taxis (id int primary key, town int);
        create table fares (id int primary key, taxi int);
        alter table fares add foreign key (taxi) references taxis (id) on delete cascade; -- DB_A only
        create table quiet (id int primary key);";
    let pair = with_tables("buses,stops,taxis,fares,quiet", elsewhere).await;
    let other = format!("{}_towns", pair.local.database);
    pair.local
        .execute(&format!(
            "create database {other}; create table {other}.towns (id int primary key); \
             alter table taxis add constraint in_town foreign key (town) references {other}.towns (id) on delete cascade"
        ))
        .await;
    let report = pair.backhaul(&["install", "--json"]).await.expect_code(1).json();
    let refused = report["refused"].as_array().unwrap();
    let names: Vec<&str> = refused.iter().map(|one| one["table"].as_str().unwrap()).collect();
    assert_eq!(names, ["buses", "fares", "stops", "taxis"]);
    assert_eq!(report["captured"], serde_json::json!(["quiet"]));
    // What it says to do helps.
    for one in refused {
        let remedy = one["remedy"].as_str().unwrap().strip_prefix("on DB_A: ").unwrap();
        let _ = pair.local.try_execute(remedy).await;
    }
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local.execute(&format!("drop table fares, taxis; drop database {other}")).await;
}

#[tokio::test]
async fn where_mysql_fires_the_children_s_own_triggers_nothing_is_queued_twice() {
    if !Place::Local.is_mysql() {
        crate::support::not_tested_here("cascades as MySQL 9.7 carries them out; `make test-engines` does");
        return;
    }
    let mut engine = Place::Local.engine();
    engine.server_options.retain(|option| !option.contains("native-foreign-keys"));
    let server = OwnServer::start_engine(engine);
    let mut pair = Pair::on(&server, &shared().central).await;
    pair.set("SYNC_TABLES", "parents,sons,grandsons");
    let schema = "create table parents (id int primary key);
        create table sons (id int primary key, parent int,
            foreign key (parent) references parents (id) on delete cascade on update cascade);
        create table grandsons (id int primary key, son int,
            foreign key (son) references sons (id) on delete set null on update cascade);";
    pair.local.execute(schema).await;
    pair.central
        .execute(
            &schema
                .replace("on delete cascade on update cascade", "")
                .replace("on delete set null on update cascade", ""),
        )
        .await;
    pair.backhaul(&["install"]).await.expect_code(0);
    let every = "select concat(table_name, ' ', record_id, ' ', lower(operation)) from sync_queue order by 1";
    for fires in ["off", "on"] {
        pair.local
            .execute("insert into parents values (1); insert into sons values (1, 1); insert into grandsons values (1, 1)")
            .await;
        let moved = format!(
            "delete from sync_queue; set session enable_cascade_triggers = {fires}; update parents set id = 2"
        );
        pair.local.execute(&moved).await;
        assert_eq!(pair.local.column(every).await, ["parents 1 delete", "parents 2 insert", "sons 1 update"]);
        let gone = format!(
            "delete from sync_queue; set session enable_cascade_triggers = {fires}; delete from parents"
        );
        pair.local.execute(&gone).await;
        assert_eq!(
            pair.local.column(every).await,
            ["grandsons 1 update", "parents 2 delete", "sons 1 delete"]
        );
        pair.local.execute("delete from grandsons").await;
    }
}
