//! Tables that cannot be captured or carried, Backhaul's own tables, and constraints of DB_B alone.

use super::{code, findings, found_and_mended};
use crate::support::shop::{entries, installed, sync};
use crate::support::{Pair, Place};

/// Gives an installed pair that also carries table `t`, created by these statements on each side.
async fn with_table(local: &str, central: &str) -> Pair {
    let mut pair = installed().await;
    pair.set("SYNC_TABLES", "users,orders,t");
    pair.local.execute(local).await;
    pair.central.execute(central).await;
    pair.backhaul(&["install"]).await;
    pair
}

#[tokio::test]
async fn what_rules_a_table_out_is_mended_by_the_statement() {
    let plain = "create table t (id int primary key, a varchar(20), b int)";
    let cases = [
        ("create table t (a varchar(20), b int)", plain, "cannot-be-captured"),
        (
            "create table t (id int primary key, a varchar(20), b int) engine = MyISAM",
            plain,
            "cannot-be-captured",
        ),
        (plain, "create table t (id int primary key, a varchar(20))", "cannot-be-carried"),
        (plain, "create table t (id int primary key, a varchar(10), b int)", "cannot-be-carried"),
        (plain, "create table t (id int, a varchar(20) primary key, b int)", "cannot-be-carried"),
        (plain, "create table t (a varchar(20), b int)", "cannot-be-carried"),
        (plain, "create table t (id int, a varchar(20), b int, primary key (id, b))", "cannot-be-carried"),
        (
            "create table t (id int not null, a varchar(20), b int, unique key (id))",
            plain,
            "cannot-be-captured",
        ),
        (
            plain,
            "create table t (id int primary key, a varchar(20), b int) engine = MyISAM",
            "cannot-be-carried",
        ),
        (
            plain,
            "create table t (id int primary key, a varchar(20), b int, c int not null)",
            "cannot-be-carried",
        ),
    ];
    for (local, central, code) in cases {
        let pair = with_table(local, central).await;
        let found = findings(&pair).await;
        assert_eq!(found.iter().map(super::code).collect::<Vec<_>>(), [code], "{local} / {central}");
        let remedy = found[0]["remedy"].as_str().unwrap();
        assert!(
            remedy.starts_with(if code == "cannot-be-captured" { "on DB_A: " } else { "on DB_B: " }),
            "{remedy}"
        );
        super::run_remedy(&pair, remedy).await;
        let left: Vec<String> = findings(&pair).await.iter().map(|one| super::code(one).to_owned()).collect();
        assert!(!left.contains(&code.to_owned()) || central == plain, "{remedy}: {left:?}");
    }
}

#[tokio::test]
async fn tables_that_do_not_exist_are_found() {
    let mut pair = installed().await;
    pair.set("SYNC_TABLES", "users,orders,ghosts");
    assert_eq!(findings(&pair).await.iter().map(code).collect::<Vec<_>>(), ["cannot-be-captured"]);
    let pair = with_table("create table t (id int primary key)", "set @nothing = 1").await;
    assert_eq!(findings(&pair).await.iter().map(code).collect::<Vec<_>>(), ["cannot-be-carried"]);
}

#[tokio::test]
async fn constraints_that_only_central_has_are_found_and_made_in_local() {
    let mut pair = with_table(
        "create table p (id int primary key); \
         create table t (id int primary key, a varchar(20) null, b int, c varchar(9) not null, p int)",
        "create table p (id int primary key); \
         create table t (id int primary key, a varchar(20) not null, b int, c varchar(9) not null, p int, \
           unique key one_b (b), constraint no_x check (c <> 'x' and b > 0), \
           constraint to_p foreign key (p) references p (id))",
    )
    .await;
    let expected = [
        "not-null-in-central",
        "unique-in-central",
        "check-in-central",
        "foreign-key-in-central",
        "parent-not-carried",
    ];
    let found = findings(&pair).await;
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    pair.set("SYNC_TABLES", "users,orders,t,p");
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local.execute("insert into t (id, a, b, c) values (1, 'a', 1, 'x'), (2, 'a', 2, 'y')").await;
    let check = found.iter().find(|finding| code(finding) == "check-in-central").unwrap();
    let breaking = check["remedy"].as_str().unwrap().split("; then ").next().unwrap();
    let statement = breaking.strip_prefix("on DB_A: ").unwrap();
    assert_eq!(pair.local.column(statement).await, ["1"], "the row in the way is found");
    pair.local.execute("delete from t").await;
    found_and_mended(&pair, &expected[..4]).await;
    let refused = "insert into t (id, b, c) values (1, 1, 'x')";
    assert!(pair.local.try_execute(refused).await.is_err(), "the wrong row is refused where it is made");
}

#[tokio::test]
async fn keys_and_checks_that_both_sides_have_are_no_finding() {
    // MariaDB's JSON is a text with a check; between two engines it is another type.
    let json = if Place::Local.is_mysql() == Place::Central.is_mysql() { "json" } else { "int" };
    let table = &format!(
        "create table t (id int primary key, a int, b int, c varchar(20) collate utf8mb4_bin, d {json}, unique key ab (a, b), \
                 unique key cut (c(5)), constraint t_c check (c <> 'x' and a > 0))"
    );
    let stricter = format!("{table}; alter table t add unique key only_a (a)");
    let pair = with_table(&stricter, &format!("{table}; alter table t add unique key abc (a, b, c)")).await;
    assert_eq!(findings(&pair).await, Vec::<serde_json::Value>::new());
    pair.central.execute("alter table t add unique key cut_c (c(3))").await;
    found_and_mended(&pair, &["unique-in-central"]).await;
}

#[tokio::test]
async fn a_trigger_that_rewrites_values_in_central_holds_its_table_until_it_is_dropped() {
    let pair = installed().await;
    pair.central
        .execute(
            "create trigger dated before insert on users for each row /* a date of its own */ set new.updated_at = now(6); \
             alter table orders add column received_at datetime null; \
             create trigger received before insert on orders for each row set new.received_at = now()",
        )
        .await;
    pair.local
        .execute(
            "insert into users (id, name, email, updated_at) values (1, 'a', 'a@x', '2001-02-03 04:05:06.7')",
        )
        .await;
    sync(&pair, 3).await;
    assert_eq!(entries(&pair, "PENDING").await, 1, "nothing arrives changed");
    assert_eq!(pair.central.one::<u64>("select count(*) from users").await, 0);
    let found = found_and_mended(&pair, &["cannot-be-carried"]).await;
    assert_eq!(found.len(), 1, "a column that only DB_B has may be set: {found:?}");
    sync(&pair, 0).await;
    assert_eq!(pair.central.column("select updated_at from users").await, ["2001-02-03 04:05:06.700000"]);
}

#[tokio::test]
async fn names_that_differ_in_capitals_are_found() {
    let mut pair =
        with_table("create table t (id int primary key)", "create table T (id int primary key)").await;
    found_and_mended(&pair, &["name-case"]).await;
    pair.set("SYNC_TABLES", "users,orders,T");
    let found = findings(&pair).await;
    assert!(found.iter().any(|one| one["remedy"] == "write t in SYNC_TABLES"), "{found:#?}");
}

#[tokio::test]
async fn partitions_are_named() {
    let table = "create table t (id int primary key) partition by hash (id) partitions 2";
    let pair = with_table(table, table).await;
    found_and_mended(&pair, &["partitioned"]).await;
}

#[tokio::test]
async fn own_tables_that_are_missing_or_altered_are_found_on_both_sides() {
    let pair = installed().await;
    pair.local.execute("drop table sync_runs, sync_held_tables").await;
    found_and_mended(&pair, &["own-table-missing"]).await;
    pair.local
        .execute(
            "alter table sync_runs drop column message; alter table sync_queue modify column retry_count smallint not null; \
             alter table sync_failures add column whose int not null; alter table sync_runs engine = MyISAM",
        )
        .await;
    pair.central.execute("alter table sync_sites modify column site_name varchar(20) not null").await;
    let found = found_and_mended(&pair, &["own-table-altered"]).await;
    assert_eq!(found.len(), 5, "{found:#?}");
    pair.central.execute("drop table sync_site_tables").await;
    found_and_mended(&pair, &["own-table-missing"]).await;
    assert_eq!(
        Place::Local.is_mysql(),
        pair.local.one::<u8>("select @@version not like '%MariaDB%'").await == 1
    );
}
