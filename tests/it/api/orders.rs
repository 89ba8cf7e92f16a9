//! `/orders`.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::site::{Site, assert_moment};

#[tokio::test]
async fn an_order_is_created_changed_found_and_deleted_with_one_entry_for_each_write() {
    let site = Site::new().await;
    let answer = site.send(Method::POST, "/orders", r#"{"user_id": 1, "amount": 7.9}"#).await;
    assert_eq!(answer.header("location"), "/orders/2");
    let created = answer.expect(StatusCode::CREATED);
    assert_moment(&created["updated_at"]);
    let expected = json!({
        "id": 2, "user_id": 1, "amount": "7.90", "status": "pending", "updated_at": created["updated_at"],
    });
    assert_eq!(created, expected);

    let body = r#"{"status": "paid", "amount": "8"}"#;
    let changed = site.send(Method::PUT, "/orders/2", body).await.expect(StatusCode::OK);
    assert_eq!(
        (&changed["status"], &changed["amount"], &changed["user_id"]),
        (&json!("paid"), &json!("8.00"), &json!(1))
    );
    assert_eq!(site.get("/orders/2").await.expect(StatusCode::OK), changed);

    assert_eq!(site.delete("/orders/2").await.status, 204);
    assert_eq!(site.queue().await, ["orders 2 INSERT", "orders 2 UPDATE", "orders 2 DELETE"]);
}

#[tokio::test]
async fn amounts_are_stored_to_the_last_digit_however_they_are_written() {
    let site = Site::new().await;
    for (written, stored) in [
        ("9999999999.99", "9999999999.99"),
        ("\"9999999999.99\"", "9999999999.99"),
        ("-9999999999.99", "-9999999999.99"),
        ("0", "0.00"),
        ("-0.0", "0.00"),
        ("1e3", "1000.00"),
        ("\"1.25e1\"", "12.50"),
        ("0.1", "0.10"),
        // The nearest float is 4503599627.37 less a trifle; cut after two decimals it would lose a cent.
        ("4503599627.37", "4503599627.37"),
    ] {
        let body = format!(r#"{{"user_id": 1, "amount": {written}}}"#);
        let order = site.send(Method::POST, "/orders", body).await.expect(StatusCode::CREATED);
        assert_eq!(order["amount"], stored, "{written}");
        let id = &order["id"];
        let body = format!(r#"{{"amount": {written}}}"#);
        site.send(Method::PUT, "/orders/1", body).await.expect(StatusCode::OK);
        let sql = format!("select group_concat(amount order by id) from orders where id in (1, {id})");
        assert_eq!(site.pair.local.one::<String>(&sql).await, format!("{stored},{stored}"), "{written}");
    }
}

#[tokio::test]
async fn bad_fields_are_named_and_nothing_is_written() {
    let site = Site::new().await;
    for (body, field) in [
        ("{}", "user_id"),
        ("{}", "amount"),
        (r#"{"user_id": "1", "amount": 1}"#, "user_id"),
        (r#"{"user_id": 1.5, "amount": 1}"#, "user_id"),
        (r#"{"user_id": 0, "amount": 1}"#, "user_id"),
        (r#"{"user_id": 18446744073709551616, "amount": 1}"#, "user_id"),
        (r#"{"user_id": 1, "amount": 1.234}"#, "amount"),
        (r#"{"user_id": 1, "amount": "1.234"}"#, "amount"),
        (r#"{"user_id": 1, "amount": 10000000000}"#, "amount"),
        (r#"{"user_id": 1, "amount": -10000000000}"#, "amount"),
        (r#"{"user_id": 1, "amount": 1e999999999}"#, "amount"),
        (r#"{"user_id": 1, "amount": "12,50"}"#, "amount"),
        (r#"{"user_id": 1, "amount": ""}"#, "amount"),
        (r#"{"user_id": 1, "amount": "NaN"}"#, "amount"),
        (r#"{"user_id": 1, "amount": null}"#, "amount"),
        (r#"{"user_id": 1, "amount": [1]}"#, "amount"),
        (r#"{"user_id": 1, "amount": 1, "status": "lost"}"#, "status"),
        (r#"{"user_id": 1, "amount": 1, "status": "PAID"}"#, "status"),
        (r#"{"user_id": 1, "amount": 1, "status": null}"#, "status"),
        (r#"{"user_id": 1, "amount": 1, "note": "x"}"#, "note"),
        (r#"{"user_id": 1, "amount": 1, "amount": 2}"#, "amount"),
    ] {
        site.refuses(Method::POST, "/orders", body, 422, field).await;
    }
    for (body, field) in [
        ("{}", "amount"),
        (r#"{"amount": 1.234}"#, "amount"),
        (r#"{"status": "lost", "user_id": 1}"#, "status"),
        (r#"{"id": 2}"#, "id"),
    ] {
        site.refuses(Method::PUT, "/orders/1", body, 422, field).await;
    }
}

#[tokio::test]
async fn an_order_of_an_unknown_user_is_refused() {
    let site = Site::new().await;
    for user in ["2", "18446744073709551615"] {
        let body = format!(r#"{{"user_id": {user}, "amount": 1}}"#);
        site.refuses(Method::POST, "/orders", &body, 422, "user_id").await;
        site.refuses(Method::PUT, "/orders/1", &format!(r#"{{"user_id": {user}}}"#), 422, "user_id").await;
    }
}

#[tokio::test]
async fn an_unknown_order_is_not_found() {
    let site = Site::new().await;
    site.refuses(Method::GET, "/orders/9", "", 404, "id").await;
    site.refuses(Method::PUT, "/orders/9", r#"{"amount": 1}"#, 404, "id").await;
    site.refuses(Method::DELETE, "/orders/9", "", 404, "id").await;
}

#[tokio::test]
async fn a_rule_of_the_sites_own_is_an_answer_not_a_failure() {
    let site = Site::new().await;
    site.pair.local.execute("alter table orders add constraint no_refunds check (amount >= 0)").await;
    site.refuses(Method::PUT, "/orders/1", r#"{"amount": -1}"#, 422, "").await;
}
