//! `verify` proves equality or finds every difference, and brings in what is missing.

use serde_json::{Value, json};

use crate::support::chaos_proxy::Counts;
use crate::support::shop::{entries, installed, numbers, refuse_bad_users, sync, users};
use crate::support::{ChaosProxy, Fault, Pair, assert_equal_on_both_sides, wait_for};

/// Runs `verify --json` with further arguments; it must end with this exit status.
async fn verify(pair: &Pair, arguments: &[&str], code: i32) -> Value {
    let all = [&["verify", "--json"], arguments].concat();
    pair.backhaul(&all).await.expect_code(code).json()
}

/// Gives the counts and lists of one table.
fn found(report: &Value, table: &str) -> Value {
    report["tables"].as_array().unwrap().iter().find(|one| one["table"] == table).unwrap().clone()
}

/// A table with values of many kinds, ten rows of which are on both sides.
async fn things() -> Pair {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "things");
    let columns = "id int primary key, word varchar(20) null, note text null, price decimal(10, 2) null, \
                   at timestamp(6) null, raw varbinary(20) null";
    let collation = "collate utf8mb4_unicode_520_ci";
    pair.local.execute(&format!("create table things ({columns}) {collation}")).await;
    // Wider where it may be: equal values must still look equal.
    let wider =
        columns.replace("decimal(10, 2)", "decimal(20, 6)").replace("(20) null, note", "(40) null, note");
    pair.central.execute(&format!("create table things ({wider}) {collation}")).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local
        .execute(&format!(
            "insert into things select seq * 10, 'ada', 'long', seq * 10 / 4, '2026-03-01 09:14:00.000001', x'00ff' \
             from {}; \
             update things set word = null, note = null where id = 30; update things set word = '' where id = 40",
            numbers(10)
        ))
        .await;
    sync(&pair, 0).await;
    pair
}

#[tokio::test]
async fn zeros_are_equal_whatever_their_sign() {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "things");
    let create = "create table things (id int primary key, f float, d double)";
    pair.local.execute(create).await;
    pair.central.execute(create).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    // Not every server stores the sign; where none does, the values are the same anyway.
    pair.local.execute("insert into things values (1, -0e0, -0e0), (2, 0, 0), (3, 0.1, 0.1)").await;
    sync(&pair, 0).await;
    pair.central.execute("update things set f = if(id = 1, 0, -0e0), d = f where id < 3").await;
    let report = verify(&pair, &[], 0).await;
    assert_eq!((&report["equal"], &found(&report, "things")["equal"]), (&json!(true), &json!(3)), "{report}");
}

#[tokio::test]
async fn each_kind_of_difference_is_found_exactly_and_repaired() {
    let pair = things().await;
    let report = verify(&pair, &[], 0).await;
    assert_eq!((&report["equal"], &found(&report, "things")["equal"]), (&json!(true), &json!(10)));
    for (plant, kind, ids) in [
        ("delete from things where id = 10", "only_local", vec!["10"]),
        ("delete from things where id in (50, 100)", "only_local", vec!["100", "50"]),
        ("insert into things (id) values (5)", "only_central", vec!["5"]),
        ("insert into things (id) values (-5), (55), (999)", "only_central", vec!["-5", "55", "999"]),
        ("update things set price = price + 0.000001 where id = 20", "different", vec!["20"]),
        ("update things set word = '' where id = 30", "different", vec!["30"]),
        ("update things set note = '' where id = 30", "different", vec!["30"]),
        ("update things set word = null where id = 40", "different", vec!["40"]),
        ("update things set word = 'ada ' where id = 50", "different", vec!["50"]),
        ("update things set note = 'long ' where id = 50", "different", vec!["50"]),
        ("update things set word = 'Ada' where id = 60", "different", vec!["60"]),
        ("update things set note = 'lóng' where id = 60", "different", vec!["60"]),
        ("update things set at = at + interval 1 microsecond where id = 70", "different", vec!["70"]),
        ("update things set raw = x'00ff00' where id = 80", "different", vec!["80"]),
        ("update things set word = note, note = word where id = 90", "different", vec!["90"]),
    ] {
        pair.central.execute(plant).await;
        let report = verify(&pair, &[], 3).await;
        let table = found(&report, "things");
        assert_eq!(table["records"][kind], json!(ids), "{plant}: {report}");
        let counts = ["different", "only_local", "only_central", "pending"].map(|name| table[name].clone());
        let all: u64 = counts.iter().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(
            (table[kind].as_u64(), all),
            (Some(ids.len() as u64), ids.len() as u64),
            "{plant}: {report}"
        );
        assert_eq!(entries(&pair, "PENDING").await, 0, "{plant}: nothing is queued unasked");
        let report = verify(&pair, &["--repair", "--delete-extra"], 3).await;
        assert_eq!(found(&report, "things")["queued"], json!(ids.len()), "{plant}: {report}");
        sync(&pair, 0).await;
        verify(&pair, &[], 0).await;
    }
}

#[tokio::test]
async fn what_is_pending_failed_or_held_is_listed_apart() {
    let mut pair = installed().await;
    pair.set("SYNC_MAX_RETRIES", &1);
    refuse_bad_users(&pair).await;
    pair.local.execute(&users(1, 3)).await;
    pair.local.execute("update users set name = 'bad' where id = 2").await;
    pair.local.execute("insert into orders (id, user_id, amount) values (9, 2, 5)").await;
    sync(&pair, 3).await;
    pair.local.execute("update users set name = 'new' where id = 3").await;
    let report = verify(&pair, &[], 3).await;
    let (users, orders) = (found(&report, "users"), found(&report, "orders"));
    assert_eq!(
        (&report["equal"], &report["stopped"]),
        (&json!(false), &json!(false)),
        "what failed has not arrived"
    );
    assert_eq!((&users["failed"], &users["held"], &orders["held"]), (&json!(1), &json!(0), &json!(1)));
    let told = pair.backhaul(&["verify"]).await.expect_code(3).stdout;
    assert!(told.contains("1 pending, 1 FAILED, 1 held"), "{told}");
    let pending = |id: &str, state: &str| json!({"record_id": id, "state": state});
    assert_eq!(users["records"]["pending"], json!([pending("2", "failed"), pending("3", "pending")]));
    assert_eq!(orders["records"]["pending"], json!([pending("9", "held")]));
    assert_eq!((&users["compared"], &users["equal"]), (&json!(3), &json!(1)));
    let report = verify(&pair, &["--repair"], 3).await;
    assert_eq!(found(&report, "users")["queued"], 0, "what is queued is not queued again");
    // What only waits goes by itself.
    pair.local.execute("update users set name = 'good' where id = 2").await;
    sync(&pair, 0).await;
    pair.local.execute("update users set name = 'newest' where id = 3").await;
    let report = verify(&pair, &[], 0).await;
    assert_eq!((&report["equal"], &found(&report, "users")["pending"]), (&json!(true), &json!(1)));
}

#[tokio::test]
async fn what_only_central_has_is_listed_and_deleted_only_when_asked() {
    let pair = installed().await;
    pair.local.execute(&users(500, 510)).await;
    sync(&pair, 0).await;
    // Far more than DB_A has between the same keys, before, between and after them.
    pair.central
        .execute(&format!(
            "insert into users (id, name, email) select seq, 'x', concat('x', seq) from {} where seq < 500; \
             delete from users where id = 505; \
             insert into users (id, name, email) select seq, 'x', concat('x', seq) from {} where seq > 510",
            numbers(499),
            numbers(6000)
        ))
        .await;
    let table = found(&verify(&pair, &["--repair"], 3).await, "users");
    assert_eq!(
        (&table["only_central"], &table["only_local"], &table["queued"]),
        (&json!(5989), &json!(1), &json!(1))
    );
    assert_eq!(table["records"]["only_central"].as_array().unwrap().len(), 20);
    sync(&pair, 0).await;
    assert_eq!(pair.central.one::<u64>("select count(*) from users").await, 6000);
    let table = found(&verify(&pair, &["--repair", "--delete-extra"], 3).await, "users");
    assert_eq!((&table["only_central"], &table["queued"]), (&json!(5989), &json!(5989)));
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[tokio::test]
async fn a_composite_key_is_walked_in_its_order() {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "seats");
    let create = "create table seats (hall int, seat int, note varchar(9), primary key (hall, seat))";
    pair.local.execute(create).await;
    pair.central.execute(create).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local
        .execute(&format!(
            "insert into seats select a.seq, b.seq, 'x' from (select seq from {0}) a cross join (select seq from {0}) b",
            numbers(60)
        ))
        .await;
    sync(&pair, 0).await;
    let report = verify(&pair, &[], 0).await;
    assert_eq!(found(&report, "seats")["equal"], 3600);
    pair.central
        .execute(
            "delete from seats where hall = 17 and seat in (1, 60); update seats set note = 'y' where hall = 34 and seat = 7; \
             insert into seats values (17, 61, 'x'), (18, 0, 'x'), (61, 1, 'x')",
        )
        .await;
    let records = found(&verify(&pair, &[], 3).await, "seats")["records"].clone();
    assert_eq!(records["only_local"], json!(["[17,1]", "[17,60]"]));
    assert_eq!(records["different"], json!(["[34,7]"]));
    let mut extra: Vec<&str> =
        records["only_central"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    extra.sort_unstable();
    assert_eq!(extra, ["[17,61]", "[18,0]", "[61,1]"]);
}

#[tokio::test]
async fn a_hundred_thousand_rows_are_brought_in_by_small_transactions() {
    let pair = Pair::new().await;
    pair.local.load_file("sql/local/schema.sql").expect_code(0);
    pair.local
        .execute(&format!(
            "insert into users (id, name, email) select seq * 3, concat('n', seq), concat('e', seq, '@x') from {}",
            numbers(100_000)
        ))
        .await;
    pair.backhaul(&["install"]).await.expect_code(0);
    let report = verify(&pair, &["--repair"], 3).await;
    println!("100,000 rows were queued in {} ms", report["duration_ms"]);
    let table = found(&report, "users");
    assert_eq!((&table["only_local"], &table["queued"]), (&json!(100_000), &json!(100_000)));
    let largest = "select max(n) from (select count(*) n from sync_queue group by last_updated_at) s";
    assert!(pair.local.one::<u64>(largest).await <= 500);
    let again = found(&verify(&pair, &["--repair"], 0).await, "users");
    assert_eq!((&again["pending"], &again["queued"]), (&json!(100_000), &json!(0)), "a second run goes on");
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;

    let equal = verify(&pair, &[], 0).await;
    println!("100,000 rows were proven equal: {equal}");
    let bytes = |report: &Value| report["central_bytes_received"].as_u64().unwrap();
    let all_sent = |report: &Value| report["central_bytes_sent"].as_u64().unwrap();
    pair.central.execute("update users set name = 'other' where id = 150000").await;
    let different = verify(&pair, &[], 3).await;
    assert_eq!(found(&different, "users")["records"]["different"], json!(["150000"]));
    println!("one of them was found: {different}");
    // The catalogue costs the same each time; what finding one row costs beyond is the difference.
    assert!(bytes(&different).saturating_sub(bytes(&equal)) < 12_000, "{different}");
    assert!(all_sent(&different).saturating_sub(all_sent(&equal)) < 10_000, "{different}");
    assert!(bytes(&equal) < 20_000 && all_sent(&equal) < 20_000, "{equal}");
}

#[tokio::test]
async fn neither_side_waits_for_the_other() {
    let pair = installed().await;
    pair.local.execute(&users(1, 2000)).await;
    sync(&pair, 0).await;
    // Writers that hold their locks all the while do not hold up a comparison …
    let mut holders = Vec::new();
    for side in [&pair.local, &pair.central] {
        let mut conn = side.connect().await;
        mysql_async::prelude::Queryable::query_drop(
            &mut conn,
            "start transaction; update users set name = 'held' where id between 900 and 1100; \
             insert into users (id, name, email) values (9999, 'x', 'held@x')",
        )
        .await
        .unwrap();
        holders.push(conn);
    }
    verify(&pair, &["--repair"], 0).await;
    drop(holders);
    // … and a comparison that runs does not hold up writers, nor report what they change.
    let comparing = verify(&pair, &["--repair"], 0);
    let writing = async {
        for turn in 0..40 {
            let write = format!(
                "set innodb_lock_wait_timeout = 1; update users set name = 'turn {turn}' where id between 1 and 50; \
                 insert into users (name, email) values ('t', 'turn{turn}@x')"
            );
            pair.local.execute(&write).await;
        }
    };
    tokio::join!(comparing, writing);
}

#[tokio::test]
async fn changes_that_arrive_meanwhile_are_not_reported() {
    let pair = installed().await;
    pair.local.execute(&users(1, 3000)).await;
    sync(&pair, 0).await;
    let work = async {
        for turn in 0..25 {
            pair.local
                .execute(&format!(
                    "update users set name = 'turn {turn}' where id % 7 = {turn} % 7; delete from users where id = {turn} + 1; \
                     insert into users (id, name, email) values (5000 + {turn}, 'new', 'new{turn}@x')"
                ))
                .await;
            sync(&pair, 0).await;
        }
    };
    let comparing = async {
        for _ in 0..12 {
            let report = verify(&pair, &[], 0).await;
            assert_eq!(report["equal"], true, "{report}");
        }
    };
    tokio::join!(work, comparing);
    assert_eq!(found(&verify(&pair, &[], 0).await, "users")["pending"], 0);
}

#[tokio::test]
async fn a_record_that_arrives_between_two_looks_is_not_reported() {
    let mut pair = installed().await;
    pair.local.execute(&users(1, 3)).await;
    sync(&pair, 0).await;
    pair.central.execute("update users set name = 'odd' where id = 2").await;
    let proxy = ChaosProxy::start(pair.central_port());
    let direct = pair.program.clone();
    pair.reach_central_through(proxy.port());
    proxy.set(Fault::HoldRequestWith("`id` in ("));
    let verifying = pair.start(&["verify", "--json"]);
    wait_for("DB_B is about to be looked at again", async || Counts::of(&proxy.counts().held) > 0).await;
    pair.local.execute("update users set name = 'new' where id = 2").await;
    direct.run(&["sync"]).await.expect_code(0);
    proxy.set(Fault::None);
    let report = verifying.finish().await.expect_code(0).json();
    assert_eq!((&report["equal"], &found(&report, "users")["equal"]), (&json!(true), &json!(3)));
}

#[tokio::test]
async fn nothing_is_said_to_be_equal_that_could_not_be_compared() {
    let mut pair = installed().await;
    pair.local.execute("alter table orders add column note varchar(20)").await;
    let report = verify(&pair, &[], 3).await;
    assert_eq!(report["not_compared"][0]["table"], "orders");
    let text = pair.backhaul(&["verify"]).await.expect_code(3).stdout;
    assert!(text.contains("orders: cannot be compared: column orders.note is missing in DB_B"), "{text}");
    pair.set("IS_ONLINE", "false");
    let offline = pair.backhaul(&["verify"]).await.expect_code(4);
    assert!(offline.stderr.contains("IS_ONLINE is not true"), "{}", offline.stderr);
    pair.set("IS_ONLINE", "true");
    pair.reach_central_through(1);
    let unreachable = pair.backhaul(&["verify"]).await.expect_code(4);
    assert!(unreachable.stderr.contains("see CENTRAL_DATABASE_URL"), "{}", unreachable.stderr);
    pair.backhaul(&["verify", "--delete-extra"]).await.expect_code(2);
    let empty = Pair::new().await;
    let refused = empty.backhaul(&["verify"]).await.expect_code(1);
    assert!(refused.stderr.contains("run `backhaul install`"), "{}", refused.stderr);
}

#[tokio::test]
async fn the_report_says_what_to_do_next() {
    let pair = installed().await;
    pair.local.execute(&users(1, 2)).await;
    sync(&pair, 0).await;
    let equal = pair.backhaul(&["verify"]).await.expect_code(0).stdout;
    assert!(
        equal.contains("users: 2 rows compared: 2 equal,") && equal.contains("DB_B equals DB_A."),
        "{equal}"
    );
    pair.central
        .execute("delete from users where id = 1; insert into users values (7, 'x', 'x', now(6))")
        .await;
    let text = pair.backhaul(&["verify"]).await.expect_code(3);
    assert!(
        text.stdout.contains("only in DB_A: 1") && text.stdout.contains("only in DB_B: 7"),
        "{}",
        text.stdout
    );
    assert!(text.stdout.ends_with("To queue what differs: backhaul verify --repair\n"), "{}", text.stdout);
    assert!(!text.stderr.contains("rows"), "no progress bar without a terminal: {}", text.stderr);
    let text = pair.backhaul(&["verify", "--repair"]).await.expect_code(3).stdout;
    assert!(text.contains("Queued 1 entry; now run: backhaul sync"), "{text}");
    assert!(text.contains("backhaul verify --repair --delete-extra"), "{text}");
}
