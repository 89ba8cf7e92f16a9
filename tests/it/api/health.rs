//! `/healthz` and `/readyz`.

use reqwest::StatusCode;
use serde_json::json;

use super::site::Site;

#[tokio::test]
async fn readiness_says_what_is_missing() {
    let site = Site::without_tables(&[]).await;
    assert_eq!(site.get("/healthz").await.expect(StatusCode::OK), json!({"status": "ok"}));
    let answer = site.get("/readyz").await;
    answer.assert_problem();
    assert_eq!(answer.status, 503);
    assert!(answer.json["detail"].as_str().unwrap().contains("backhaul install"), "{answer:?}");
    site.load_tables().await;
    assert_eq!(site.get("/readyz").await.expect(StatusCode::OK), json!({"status": "ok"}));
    site.pair.local.execute("delete from sync_state").await;
    assert_eq!(site.get("/readyz").await.status, 503);
}
