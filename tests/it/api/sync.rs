//! `/sync/status`, `/sync/run`, `/sync/retry`, `/sync/runs`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::site::{Site, assert_moment};

/// Entries 1 to 3 are pending, 4 to 6 synced, 7 and 8 failed; order 2 is held, users 5 waits, users 7 failed,
/// and the table `stock` is held.
const QUEUE: &str = "
    insert into sync_queue (id, table_name, record_id, operation, last_updated_at, sync_status, retry_count) values
        (1, 'orders', '2', 'INSERT', utc_timestamp(6) - interval 90 second, 'PENDING', 0),
        (2, 'stock', '[\"north\",7]', 'UPDATE', utc_timestamp(6), 'PENDING', 0),
        (3, 'users', '5', 'UPDATE', '2026-03-01 09:14:00.000001', 'PENDING', 2),
        (4, 'users', '1', 'INSERT', utc_timestamp(6), 'SYNCED', 0),
        (5, 'users', '1', 'UPDATE', utc_timestamp(6), 'SYNCED', 0),
        (6, 'users', '7', 'INSERT', utc_timestamp(6), 'SYNCED', 0),
        (7, 'users', '7', 'UPDATE', utc_timestamp(6), 'FAILED', 5),
        (8, 'users', '7', 'UPDATE', utc_timestamp(6), 'FAILED', 5),
        (9, 'users', '7', 'UPDATE', utc_timestamp(6), 'PENDING', 0);
    insert into sync_failures (table_name, record_hash, record_id, state, class, code, message, remedy, attempts,
            last_entry_id, next_attempt_at, first_failed_at, last_failed_at) values
        ('orders', unhex(sha2('2', 256)), '2', 'HELD', 'dependency', null, 'waits for users 7', 'mend users 7', 0,
            1, null, utc_timestamp(6), utc_timestamp(6)),
        ('users', unhex(sha2('5', 256)), '5', 'WAITING', 'data', 1406, 'too long', 'shorten it', 2,
            3, '2126-03-01 09:15:00', utc_timestamp(6), utc_timestamp(6)),
        ('users', unhex(sha2('7', 256)), '7', 'FAILED', 'data', 1062, 'taken', 'change it', 5,
            8, null, utc_timestamp(6), utc_timestamp(6));
    insert into sync_held_tables values ('stock', 'schema', 1146, 'no such table', 'create it', utc_timestamp(6))";

async fn site_with_queue() -> Site {
    let site = Site::new().await;
    site.pair.local.execute(QUEUE).await;
    site
}

fn ids(list: &Value) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|entry| entry["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_fresh_site_has_nothing_to_show() {
    let site = Site::new().await;
    let status = site.get("/sync/status").await.expect(StatusCode::OK);
    assert_eq!(status["counts"], json!({"pending": 0, "synced": 0, "failed": 0, "held": 0}));
    assert_eq!(status["records"], json!({"pending": [], "synced": [], "failed": []}));
    assert_eq!(status["next_after"], json!({"pending": null, "synced": null, "failed": null}));
    for empty in ["oldest_pending_seconds", "last_run"] {
        assert_eq!(status[empty], Value::Null, "{empty}");
    }
    assert_eq!(
        (&status["online"], &status["is_online"], &status["running"]),
        (&json!(false), &json!(false), &json!(false))
    );
    assert_moment(&status["next_run_at"]);
}

#[tokio::test]
async fn the_status_counts_and_lists_the_newest_first() {
    let site = site_with_queue().await;
    let status = site.get("/sync/status").await.expect(StatusCode::OK);
    assert_eq!(status["counts"], json!({"pending": 4, "synced": 3, "failed": 2, "held": 2}));
    let records = &status["records"];
    assert_eq!(ids(&records["pending"]), [9, 3, 2, 1]);
    assert_eq!(ids(&records["synced"]), [6, 5, 4]);
    assert_eq!(ids(&records["failed"]), [8, 7]);
    let waiting = &records["pending"][1];
    assert_eq!(
        waiting,
        &json!({
            "id": 3, "table_name": "users", "record_id": "5", "operation": "UPDATE",
            "last_updated_at": "2026-03-01T09:14:00.000001Z", "sync_status": "PENDING", "retry_count": 2,
            "error": {"class": "data", "code": 1406, "message": "too long", "remedy": "shorten it", "attempts": 2,
                "next_attempt_at": "2126-03-01T09:15:00.000000Z"},
        })
    );
    // Entry 3 is the oldest by its time, though not by its id.
    assert!(status["oldest_pending_seconds"].as_f64().unwrap() > 90.0, "{status}");
}

#[tokio::test]
async fn an_entry_shows_its_own_error_or_none() {
    let site = site_with_queue().await;
    let status = site.get("/sync/status").await.expect(StatusCode::OK);
    let error = |list: &str, index: usize| status["records"][list][index]["error"].clone();
    assert_eq!(error("pending", 0), Value::Null, "the newer change of a failed record was not attempted yet");
    assert_eq!(error("pending", 2)["remedy"], "create it", "a held table");
    assert_eq!(error("pending", 3)["message"], "waits for users 7", "a held record");
    assert_eq!(error("failed", 0)["code"], 1062);
    assert_eq!(error("synced", 0), Value::Null, "an entry in DB_B has no error, whatever came later");
}

#[tokio::test]
async fn a_list_is_narrowed_and_continued() {
    let site = site_with_queue().await;
    let page = site.get("/sync/status?status=synced&limit=2").await.expect(StatusCode::OK);
    assert_eq!(ids(&page["records"]["synced"]), [6, 5]);
    assert_eq!(page["next_after"], json!({"pending": null, "synced": 5, "failed": null}));
    assert_eq!(page["records"]["pending"], json!([]));
    let page = site.get("/sync/status?status=synced&limit=2&after=5").await.expect(StatusCode::OK);
    assert_eq!(ids(&page["records"]["synced"]), [4]);
    assert_eq!(page["next_after"]["synced"], Value::Null);
    let page = site.get("/sync/status?limit=1").await.expect(StatusCode::OK);
    assert_eq!(page["next_after"], json!({"pending": 9, "synced": 6, "failed": 8}));
}

#[tokio::test]
async fn is_online_is_read_afresh_at_every_call() {
    let site = Site::new().await;
    for online in [true, false, true] {
        site.pair.set_online(online);
        assert_eq!(site.get("/sync/status").await.json["is_online"], online);
    }
}

#[tokio::test]
async fn the_status_says_who_answers_and_why_nothing_can_be_carried() {
    let pair = crate::support::Pair::new().await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let central = format!("mysql://site:s3cret@127.0.0.1:{closed}/central");
    let site = Site::on(pair, &[("CENTRAL_DATABASE_URL", &central), ("SITE_NAME", "North Shop")]).await;
    site.load_tables().await;
    let status = site.get("/sync/status").await.expect(StatusCode::OK);
    assert_eq!((&status["site_name"], &status["version"]), (&json!("North Shop"), &json!("0.1.0")));
    assert_eq!(status["offline_reason"], "IS_ONLINE is false");
    site.pair.set_online(true);
    site.send(Method::POST, "/sync/run", "").await.expect(StatusCode::OK);
    let status = site.get("/sync/status").await.expect(StatusCode::OK);
    let reason = status["offline_reason"].as_str().unwrap();
    assert!(reason.contains(&format!("DB_B (site@127.0.0.1:{closed}/central) cannot be used")), "{reason}");
    assert!(
        reason.contains("refused") && reason.contains("since 20") && !reason.contains("s3cret"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_cycle_that_runs_anywhere_is_seen() {
    let site = Site::new().await;
    let mut other = site.pair.local.connect().await;
    let lock = format!("do get_lock({}, 0)", backhaul::db::local_db::cycle_lock::lock_name_sql());
    mysql_async::prelude::Queryable::query_drop(&mut other, lock).await.unwrap();
    assert_eq!(site.get("/sync/status").await.json["running"], true);
    other.disconnect().await.unwrap();
    crate::support::wait_for("the lock is free", async || {
        site.get("/sync/status").await.json["running"] == false
    })
    .await;
}

#[tokio::test]
async fn retry_sets_one_record_or_all_free() {
    let site = site_with_queue().await;
    let one = r#"{"table_name": "users", "record_id": "5"}"#;
    assert_eq!(
        site.send(Method::POST, "/sync/retry", one).await.expect(StatusCode::OK),
        json!({"requeued": 0})
    );
    let due = "select group_concat(record_id order by record_id) from sync_failures \
               where state = 'WAITING' and next_attempt_at <= utc_timestamp(6)";
    assert_eq!(site.pair.local.one::<String>(due).await, "5", "a record that waited is due");
    let one = r#"{"table_name": "users", "record_id": "7"}"#;
    assert_eq!(
        site.send(Method::POST, "/sync/retry", one).await.expect(StatusCode::OK),
        json!({"requeued": 2})
    );
    assert_eq!(site.pair.local.one::<String>(due).await, "5,7");
    let attempts =
        "select group_concat(attempts order by record_id) from sync_failures where state = 'WAITING'";
    assert_eq!(site.pair.local.one::<String>(attempts).await, "2,0", "a failed record begins anew");
    site.pair.local.execute("update sync_queue set sync_status = 'FAILED' where id in (1, 3)").await;
    for body in ["{}", ""] {
        let requeued = site.send(Method::POST, "/sync/retry", body).await.expect(StatusCode::OK);
        assert_eq!(requeued, json!({"requeued": if body.is_empty() { 0 } else { 2 }}));
    }
    let counts = site.get("/sync/status").await.json["counts"].clone();
    assert_eq!(counts, json!({"pending": 6, "synced": 3, "failed": 0, "held": 2}));
}

#[tokio::test]
async fn retry_of_nobody_changes_nothing() {
    let site = site_with_queue().await;
    let before = site.contents().await;
    for record in ["7 ", "07", "8"] {
        let body = json!({"table_name": "users", "record_id": record}).to_string();
        assert_eq!(site.send(Method::POST, "/sync/retry", body).await.json, json!({"requeued": 0}));
    }
    assert_eq!(site.contents().await, before);
    for (table, meant) in [("user", "did you mean users?"), ("nope", "there are: orders, users")] {
        let body = json!({"table_name": table, "record_id": "7"}).to_string();
        site.refuses(Method::POST, "/sync/retry", &body, 404, "table_name").await;
        let answer = site.send(Method::POST, "/sync/retry", body).await;
        assert!(answer.json["detail"].as_str().unwrap().contains(meant), "{answer:?}");
    }
    for (body, field) in [
        (r#"{"table_name": "users"}"#, "record_id"),
        (r#"{"record_id": "7"}"#, "table_name"),
        (r#"{"table_name": "users", "record_id": 7}"#, "record_id"),
        (r#"{"all": true}"#, "all"),
        ("[]", "body"),
    ] {
        site.refuses(Method::POST, "/sync/retry", body, 422, field).await;
    }
}

#[tokio::test]
async fn past_cycles_are_listed_the_newest_first_and_the_last_that_ended_is_in_the_status() {
    let site = Site::new().await;
    let runs = "insert into sync_runs (id, run_trigger, started_at, finished_at, outcome, entries_synced, message) values
        (17, 'cron', '2026-03-01 09:14:00', '2026-03-01 09:14:01.5', 'drained', 12, null),
        (18, 'api', '2026-03-01 09:16:00', '2026-03-01 09:16:02', 'partial', 3, 'one record failed'),
        (19, 'cli', '2026-03-01 09:18:00', null, null, 0, null)";
    site.pair.local.execute(runs).await;
    let listed = site.get("/sync/runs?limit=2").await.expect(StatusCode::OK);
    assert_eq!(ids(&listed["runs"]), [19, 18]);
    assert_eq!(listed["runs"][0]["finished_at"], Value::Null);
    let last = site.get("/sync/status").await.json["last_run"].clone();
    assert_eq!(last, listed["runs"][1]);
    assert_eq!(last["started_at"], "2026-03-01T09:16:00.000000Z");
    assert_eq!(
        (&last["trigger"], &last["outcome"], &last["entries_synced"]),
        (&json!("api"), &json!("partial"), &json!(3))
    );
}

#[tokio::test]
async fn a_cycle_while_offline_attempts_nothing_and_says_so() {
    let site = Site::new().await;
    let report = site.send(Method::POST, "/sync/run", "").await.expect(StatusCode::OK);
    assert_eq!((&report["outcome"], &report["batches"]), (&json!("offline"), &json!(0)));
}
