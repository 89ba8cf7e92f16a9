//! The main job at its size: a hundred thousand mixed changes by plain SQL.

use crate::support::assert_equal_on_both_sides;
use crate::support::shop::{entries, installed, numbers, sync};

#[tokio::test]
async fn a_hundred_thousand_mixed_changes_arrive() {
    let pair = installed().await;
    pair.local
        .execute(&format!(
            "insert into users (id, name, email) select seq, concat('n', seq), concat('e', seq, '@x') from {}; \
             insert into orders (id, user_id, amount) select seq, 1 + seq % 10000, seq / 100 from {}; \
             update orders set amount = amount + 1, status = 'paid' where id <= 30000; \
             update users set name = concat(name, ' O''Neil') where id <= 10000; \
             delete from orders where id > 40000",
            numbers(10_000),
            numbers(45_000),
        ))
        .await;
    assert_eq!(entries(&pair, "PENDING").await, 100_000);
    let report = sync(&pair, 0).await;
    println!("100,000 changes arrived in {} ms", report["duration_ms"]);
    assert_eq!(report["entries_synced"], 100_000);
    assert_equal_on_both_sides(&pair, &["users", "orders"]).await;
}
