//! `/sync/problems`, and `/sync/retry` of a group.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::site::{Site, assert_moment};

/// Six orders break one rule, the last of them twice; two break another; a user waits for its next attempt, and an order for
/// that user; the table `stock` is held.
const PROBLEMS: &str = "
    insert into sync_queue (table_name, record_id, operation, last_updated_at, sync_status) values
        ('orders', '1', 'INSERT', utc_timestamp(6), 'FAILED'), ('orders', '2', 'INSERT', utc_timestamp(6), 'FAILED'),
        ('orders', '3', 'INSERT', utc_timestamp(6), 'FAILED'), ('orders', '4', 'INSERT', utc_timestamp(6), 'FAILED'),
        ('orders', '5', 'INSERT', utc_timestamp(6), 'FAILED'), ('orders', '6', 'INSERT', utc_timestamp(6), 'FAILED'),
        ('orders', '6', 'UPDATE', utc_timestamp(6), 'FAILED'), ('orders', '6', 'UPDATE', utc_timestamp(6), 'SYNCED'),
        ('orders', '7', 'INSERT', utc_timestamp(6), 'FAILED'), ('orders', '8', 'INSERT', utc_timestamp(6), 'FAILED'),
        ('users', '5', 'UPDATE', utc_timestamp(6), 'PENDING'), ('orders', '9', 'INSERT', utc_timestamp(6), 'PENDING'),
        ('stock', '[\"north\",7]', 'UPDATE', utc_timestamp(6), 'PENDING');
    insert into sync_failures (table_name, record_hash, record_id, state, class, code, message, remedy, attempts,
            last_entry_id, next_attempt_at, waits_for_table, waits_for_hash, waits_for_record, first_failed_at, last_failed_at)
        select 'orders', unhex(sha2(id, 256)), id, 'FAILED', 'data', 4025, if(id < 7, 'rule one', 'rule two'), 'keep it',
               5, 8, null, null, null, null, concat('2026-03-0', id, ' 09:14:00'), concat('2026-04-0', id, ' 09:14:00')
          from (select 1 as id union select 2 union select 3 union select 4 union select 5 union select 6 union select 7
                union select 8) ids
        union all select 'users', unhex(sha2('5', 256)), '5', 'WAITING', 'data', 1062, 'x is taken', 'change it', 2, 20,
            '2126-03-01 09:15:00', null, null, null, '2026-03-01 09:14:00', '2026-03-01 09:14:00'
        union all select 'orders', unhex(sha2('9', 256)), '9', 'HELD', 'dependency', null, 'waits for users 5', 'nothing, unless users 5 itself is stuck', 0,
            20, null, 'users', unhex(sha2('5', 256)), '5', '2026-03-01 09:14:00', '2026-03-01 09:14:00'
        union all select 'stock', unhex(sha2('[\"north\",7]', 256)), '[\"north\",7]', 'WAITING', 'data', 1406, 'too long', 'x',
            1, 20, '2126-03-01 09:15:00', null, null, null, '2026-03-01 09:14:00', '2026-03-01 09:14:00';
    insert into sync_held_tables values ('stock', 'schema', 1146, 'no such table', 'create it', '2026-03-01 09:14:00')";

async fn site_with_problems() -> Site {
    let site = Site::new().await;
    site.pair.local.execute(PROBLEMS).await;
    site
}

async fn groups(site: &Site) -> Vec<Value> {
    let problems = site.get("/sync/problems").await.expect(StatusCode::OK);
    assert_eq!(problems["more"], false);
    of_queue(&problems)
}

/// Gives the groups but those that say that this site's triggers, made by hand, capture nothing.
fn of_queue(problems: &Value) -> Vec<Value> {
    let groups = problems["groups"].as_array().unwrap().iter();
    groups.filter(|group| !group["id"].as_str().unwrap().starts_with("uncaptured-")).cloned().collect()
}

fn record(table: &str, id: &str) -> Value {
    json!({"table_name": table, "record_id": id})
}

#[tokio::test]
async fn what_does_not_arrive_is_grouped_by_cause_the_worst_first() {
    let site = site_with_problems().await;
    let groups = groups(&site).await;
    let shown = |name: &str| groups.iter().map(|group| group[name].clone()).collect::<Vec<_>>();
    assert_eq!(shown("state"), ["failed", "failed", "held", "waiting", "held"]);
    assert_eq!(shown("table_name"), ["orders", "orders", "stock", "users", "orders"]);
    assert_eq!(shown("records"), [6, 2, 1, 1, 1]);
    assert_eq!(shown("entries"), [7, 2, 1, 1, 1], "SYNCED entries are not counted");
    assert_eq!(
        shown("message"),
        [
            "rule one",
            "rule two",
            "no such table",
            "x is taken",
            "waits for users 5, which was refused and is tried again"
        ]
    );
    assert_eq!(
        shown("remedy"),
        [
            "keep it",
            "keep it",
            "create it",
            "change it",
            "users 5 was refused and is tried again, see there why: it goes by itself after that record"
        ]
    );
    assert_eq!(shown("code"), [json!(4025), json!(4025), json!(1146), json!(1062), json!(null)]);
    assert_eq!(shown("at_least"), [false; 5]);
    assert_eq!(groups[0]["oldest_at"], "2026-03-01T09:14:00.000000Z");
    assert_eq!(groups[3]["next_attempt_at"], "2126-03-01T09:15:00.000000Z");
    assert_eq!(groups[4]["waits_for"], record("users", "5"));
    let examples = groups[0]["examples"].as_array().unwrap();
    assert_eq!(examples[0], record("orders", "6"), "the newest comes first");
    assert!((2..=5).contains(&examples.len()), "{examples:?}");
    assert_eq!(groups[2]["examples"], json!([record("stock", "[\"north\",7]")]));
    assert_eq!(groups[1]["examples"], json!([record("orders", "8"), record("orders", "7")]));
    for group in &groups {
        assert_moment(&group["oldest_at"]);
    }
}

#[tokio::test]
async fn where_all_arrives_there_is_nothing_to_show() {
    let site = Site::new().await;
    assert_eq!(groups(&site).await, [json!(null); 0]);
    // But for what its triggers, made by hand, are not.
    let problems = site.get("/sync/problems").await.expect(StatusCode::OK);
    let tables: Vec<&str> = problems["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["table_name"].as_str().unwrap())
        .collect();
    assert_eq!(tables, ["orders", "users"]);
}

#[tokio::test]
async fn a_group_is_set_free_and_no_other() {
    let site = site_with_problems().await;
    let before = groups(&site).await;
    let free = async |group: &Value| {
        let body = json!({"group": group["id"]}).to_string();
        site.send(Method::POST, "/sync/retry", body).await.expect(StatusCode::OK)["requeued"].clone()
    };
    assert_eq!(free(&before[0]).await, 7, "order 6 has two entries");
    let failed =
        "select group_concat(record_id order by record_id) from sync_queue where sync_status = 'FAILED'";
    assert_eq!(site.pair.local.one::<String>(failed).await, "7,8");
    let due = "select group_concat(concat(record_id, ':', attempts) order by record_id) from sync_failures \
               where state = 'WAITING' and next_attempt_at <= utc_timestamp(6)";
    assert_eq!(site.pair.local.one::<String>(due).await, "1:0,2:0,3:0,4:0,5:0,6:0");
    let after = groups(&site).await;
    assert_eq!(
        (&after[0]["message"], &after[0]["id"]),
        (&json!("rule two"), &before[1]["id"]),
        "an id stays"
    );
    assert_eq!(free(&before[3]).await, 0, "none of them failed");
    assert!(site.pair.local.one::<String>(due).await.contains("5:2"), "a record that waited is due");
    // What was set free before, what is held by a record, and a held table are known; there is just nothing to do.
    for nobody in [before[0].clone(), before[2].clone(), before[4].clone()] {
        let contents = site.contents().await;
        assert_eq!((free(&nobody).await, site.contents().await), (json!(0), contents), "{nobody}");
    }
    let unknown = site.send(Method::POST, "/sync/retry", r#"{"group": "0"}"#).await;
    unknown.assert_problem();
    assert_eq!((unknown.status, &unknown.json["type"]), (404, &json!("/problems/unknown-group")));
    for (body, field) in [
        (r#"{"group": ""}"#, "group"),
        (r#"{"group": 7}"#, "group"),
        (r#"{"group": "a", "table_name": "users", "record_id": "7"}"#, "group"),
    ] {
        site.refuses(Method::POST, "/sync/retry", body, 422, field).await;
    }
}

#[tokio::test]
async fn at_most_fifty_groups_are_shown_and_it_is_said_that_there_are_others() {
    let site = Site::new().await;
    let many = "insert into sync_failures (table_name, record_hash, record_id, state, class, code, message, remedy,
            last_entry_id, first_failed_at, last_failed_at)
        with recursive n as (select 1 as i union all select i + 1 from n where i < 120)
        select 'users', unhex(sha2(i, 256)), i, 'FAILED', 'data', 9000 + i % 60, 'x', 'y', 1, utc_timestamp(6),
               utc_timestamp(6) from n";
    site.pair.local.execute(many).await;
    let problems = site.get("/sync/problems").await.expect(StatusCode::OK);
    assert_eq!((problems["groups"].as_array().unwrap().len(), &problems["more"]), (50, &json!(true)));
}

#[tokio::test]
async fn of_very_many_records_entries_are_not_counted_one_by_one() {
    let site = Site::new().await;
    let many = "insert into sync_failures (table_name, record_hash, record_id, state, class, code, message, remedy,
            last_entry_id, first_failed_at, last_failed_at)
        with recursive n as (select 1 as i union all select i + 1 from n where i < 150)
        select 'users', unhex(sha2(a.i * 1000 + b.i, 256)), a.i * 1000 + b.i, 'FAILED', 'data', 4025, 'x', 'y', 1,
               utc_timestamp(6), utc_timestamp(6) from n a join n b";
    site.pair.local.execute(many).await;
    let groups = groups(&site).await;
    let group = &groups[0];
    assert_eq!((&group["records"], &group["at_least"]), (&json!(22_500), &json!(true)));
}

#[tokio::test]
async fn a_site_installed_by_a_version_without_counts_goes_on() {
    let site = Site::new().await;
    site.pair.local.execute("drop table sync_run_counts").await;
    site.send(Method::POST, "/sync/run", "").await.expect(StatusCode::OK);
    let runs = site.get("/sync/runs").await.expect(StatusCode::OK);
    assert_eq!(
        (&runs["runs"][0]["outcome"], &runs["runs"][0]["pending_after"]),
        (&json!("offline"), &Value::Null)
    );
    assert_eq!(site.get("/sync/status").await.expect(StatusCode::OK)["last_run"]["outcome"], "offline");
    site.pair.backhaul(&["prune"]).await.expect_code(0);
    site.pair.local.load_file("sql/local/schema.sql").expect_code(0);
    site.send(Method::POST, "/sync/run", "").await.expect(StatusCode::OK);
    let runs = site.get("/sync/runs").await.expect(StatusCode::OK);
    assert_eq!(
        (&runs["runs"][0]["pending_after"], &runs["runs"][1]["pending_after"]),
        (&json!(0), &Value::Null)
    );
}

#[tokio::test]
async fn a_cycle_notes_what_remained_when_it_ended_online_or_not() {
    let site = site_with_problems().await;
    site.send(Method::POST, "/sync/run", "").await.expect(StatusCode::OK);
    let run = site.get("/sync/runs").await.json["runs"][0].clone();
    assert_eq!(
        (&run["outcome"], &run["pending_after"], &run["failed_after"], &run["held_after"]),
        (&json!("offline"), &json!(3), &json!(9), &json!(2))
    );
}
