//! Triggers in DB_B.

use super::{findings, found_and_mended};
use crate::support::shop::{audit_users, installed};

#[tokio::test]
async fn a_trigger_that_writes_to_a_carried_table_is_found() {
    let pair = installed().await;
    pair.central
        .execute("create trigger tally after insert on orders for each row update users set name = 'buyer' where id = new.user_id")
        .await;
    found_and_mended(&pair, &["trigger-writes"]).await;
}

#[tokio::test]
async fn a_trigger_that_may_reject_is_found_unless_local_has_it_as_well() {
    let pair = installed().await;
    let trigger = |layout: &str| {
        format!(
            "create trigger strict before insert on orders for each row{layout}begin \
             if new.amount < 0 then signal sqlstate '45000' set message_text = 'new.amount = 0'; end if; end"
        )
    };
    pair.central.execute(&trigger(" ")).await;
    found_and_mended(&pair, &["trigger-rejects"]).await;
    pair.central.execute(&trigger(" ")).await;
    pair.local.execute(&trigger("\n  ")).await;
    assert_eq!(findings(&pair).await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn triggers_that_only_watch_are_no_finding() {
    let pair = installed().await;
    audit_users(&pair).await;
    assert_eq!(findings(&pair).await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn capture_triggers_copied_to_central_are_found() {
    let pair = installed().await;
    pair.central
        .execute("create trigger sync_capture_users_insert_00000000 after insert on users for each row set @copied = 1")
        .await;
    found_and_mended(&pair, &["capture-in-central"]).await;
}
