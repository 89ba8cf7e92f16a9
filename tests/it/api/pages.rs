//! Lists in pages: `/users`, `/orders`.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::site::Site;

#[tokio::test]
async fn pages_cover_a_list_once_and_end() {
    let site = Site::new().await;
    let users = (2..=25).map(|id| format!("({id}, 'u', 'u{id}@shop.example')")).collect::<Vec<_>>().join(",");
    site.pair.local.execute(&format!("insert into users (id, name, email) values {users}")).await;
    let first = site.get("/users").await.expect(StatusCode::OK);
    assert_eq!((first["users"].as_array().unwrap().len(), &first["next_after"]), (20, &json!(20)));
    let (mut seen, mut after) = (Vec::new(), json!(0));
    while !after.is_null() {
        let page = site.get(&format!("/users?limit=5&after={after}")).await.expect(StatusCode::OK);
        seen.extend(page["users"].as_array().unwrap().iter().map(|user| user["id"].as_u64().unwrap()));
        after = page["next_after"].clone();
    }
    assert_eq!(seen, (1..=25).collect::<Vec<_>>());
    let beyond = site.get("/users?after=18446744073709551615").await.expect(StatusCode::OK);
    assert_eq!(beyond, json!({"users": [], "next_after": null}));
    let orders = site.get("/orders?limit=500").await.expect(StatusCode::OK);
    assert_eq!((&orders["orders"][0]["amount"], &orders["next_after"]), (&json!("12.50"), &json!(null)));
}

#[tokio::test]
async fn the_header_link_leads_through_every_list() {
    let site = Site::new().await;
    let runs = (1..=5)
        .map(|id| format!("({id}, 'cron', utc_timestamp(6), utc_timestamp(6), 'drained')"))
        .collect::<Vec<_>>();
    let entries = (1..=5)
        .map(|id| format!("({id}, 'users', '{id}', 'INSERT', utc_timestamp(6), 'SYNCED')"))
        .collect::<Vec<_>>();
    let users = (2..=5).map(|id| format!("({id}, 'u', 'u{id}@shop.example')")).collect::<Vec<_>>().join(",");
    let orders = "insert into orders (id, user_id, amount) values (2, 1, 1), (3, 1, 1), (4, 1, 1), (5, 1, 1)";
    let sql = format!(
        "insert into users (id, name, email) values {users}; {orders}; delete from sync_queue; \
         insert into sync_runs (id, run_trigger, started_at, finished_at, outcome) values {}; \
         insert into sync_queue (id, table_name, record_id, operation, last_updated_at, sync_status) values {}",
        runs.join(","),
        entries.join(",")
    );
    site.pair.local.execute(&sql).await;
    let ascending = vec![1, 2, 3, 4, 5];
    let descending: Vec<u64> = ascending.iter().rev().copied().collect();
    for (path, list, expected) in [
        ("/users?limit=2", "/users", &ascending),
        ("/orders?limit=2", "/orders", &ascending),
        ("/sync/runs?limit=2", "/runs", &descending),
        ("/sync/status?status=synced&limit=2", "/records/synced", &descending),
    ] {
        let (mut seen, mut next, mut pages) = (Vec::new(), Some(path.to_owned()), 0);
        while let Some(path) = next {
            let page = site.get(&path).await;
            assert_eq!(page.status, 200, "{path} {page:?}");
            let ids = page.json.pointer(list).unwrap().as_array().unwrap().iter();
            seen.extend(ids.map(|element| element["id"].as_u64().unwrap()));
            let link =
                page.header("link").strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\""));
            next = link.map(str::to_owned);
            pages += 1;
        }
        assert_eq!((&seen, pages), (expected, 3), "{path}");
    }
    assert_eq!(
        site.get("/sync/status?limit=2").await.header("link"),
        "",
        "several lists, each going on elsewhere"
    );
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let site = Site::new().await;
    for path in ["/users", "/orders"] {
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=501", "limit"),
            ("limit=ten", "limit"),
            ("limit=-1", "limit"),
            ("limit=1&limit=2", "limit"),
            ("after=-1", "after"),
            ("after=18446744073709551616", "after"),
            ("offset=3", "offset"),
        ] {
            site.refuses(Method::GET, &format!("{path}?{query}"), "", 422, field).await;
        }
    }
    site.refuses(Method::GET, "/sync/runs?limit=501", "", 422, "limit").await;
    site.refuses(Method::GET, "/sync/runs?after=x", "", 422, "after").await;
    site.refuses(Method::GET, "/sync/status?status=lost", "", 422, "status").await;
    site.refuses(Method::GET, "/sync/status?after=3", "", 422, "after").await;
}
