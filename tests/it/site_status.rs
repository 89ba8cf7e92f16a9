//! What headquarters reads in DB_B with plain SQL: how far each site has come.

use crate::support::Pair;
use crate::support::shop::{installed, let_time_pass, refuse_bad_users, sync, users};

/// One row of what the documentation tells people to ask.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    complete_as_of: String,
    pending: String,
    failed: String,
    held: String,
}

async fn shown(pair: &Pair) -> Shown {
    let sql = "select coalesce(complete_as_of, 'never'), pending, failed, held from sync_sites join sync_site_status using (site_id)";
    let rows = pair.central.rows(sql).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    let mut fields = rows.into_iter().flatten().map(Option::unwrap_or_default);
    let mut next = || fields.next().unwrap();
    Shown { complete_as_of: next(), pending: next(), failed: next(), held: next() }
}

fn counts(of: &Shown) -> [&str; 3] {
    [&of.pending, &of.failed, &of.held]
}

async fn now(pair: &Pair) -> String {
    pair.local.one::<String>("select cast(utc_timestamp(6) as char)").await
}

#[tokio::test]
async fn a_drained_cycle_and_an_idle_one_tell_as_of_when_central_is_complete() {
    let pair = installed().await;
    assert_eq!(
        pair.central.one::<u64>("select count(*) from sync_site_status").await,
        0,
        "nothing is known yet"
    );
    pair.local.execute(&users(1, 10)).await;
    let before = now(&pair).await;
    sync(&pair, 0).await;
    let after = now(&pair).await;
    let first = shown(&pair).await;
    assert!(before < first.complete_as_of && first.complete_as_of < after, "{before} {first:?} {after}");
    assert_eq!(counts(&first), ["0", "0", "0"]);
    // What comes later is not promised.
    pair.local.execute(&users(11, 11)).await;
    let written: String = pair.local.one("select cast(max(last_updated_at) as char) from sync_queue").await;
    assert!(first.complete_as_of < written);
    sync(&pair, 0).await;
    let second = shown(&pair).await;
    assert!(written < second.complete_as_of);
    sync(&pair, 0).await;
    assert!(second.complete_as_of < shown(&pair).await.complete_as_of, "an idle cycle says it anew");
}

#[tokio::test]
async fn what_has_not_arrived_keeps_the_moment_where_it_was() {
    let mut pair = installed().await;
    pair.set("SYNC_MAX_RETRIES", &1);
    refuse_bad_users(&pair).await;
    pair.local.execute(&users(1, 3)).await;
    sync(&pair, 0).await;
    let complete = shown(&pair).await.complete_as_of;
    pair.local.execute("update users set name = 'bad' where id = 2").await;
    sync(&pair, 3).await;
    let failed = shown(&pair).await;
    assert_eq!((failed.complete_as_of.as_str(), counts(&failed)), (complete.as_str(), ["0", "1", "0"]));
    pair.local
        .execute(
            "insert into users (id, name, email) values (4, 'bad', 'four@shop.example'); \
             insert into orders (id, user_id, amount) values (1, 4, 1)",
        )
        .await;
    sync(&pair, 3).await;
    let partial = shown(&pair).await;
    assert_eq!((partial.complete_as_of.as_str(), counts(&partial)), (complete.as_str(), ["1", "2", "1"]));
    pair.local.execute("update users set name = 'good' where name = 'bad'").await;
    let_time_pass(&pair).await;
    sync(&pair, 0).await;
    let mended = shown(&pair).await;
    assert!(mended.complete_as_of > complete);
    assert_eq!(counts(&mended), ["0", "0", "0"]);
}

#[tokio::test]
async fn an_unreachable_central_keeps_what_it_was_told() {
    let mut pair = installed().await;
    sync(&pair, 0).await;
    let complete = shown(&pair).await;
    let address = pair.central.url.clone();
    pair.local.execute(&users(1, 1)).await;
    pair.set("CENTRAL_DATABASE_URL", "mysql://nobody:x@127.0.0.1:1/nowhere");
    sync(&pair, 4).await;
    assert_eq!(shown(&pair).await, complete);
    pair.set("CENTRAL_DATABASE_URL", &address);
    sync(&pair, 0).await;
    assert!(shown(&pair).await.complete_as_of > complete.complete_as_of);
}

#[tokio::test]
async fn where_changes_may_escape_nothing_is_called_complete() {
    let pair = installed().await;
    sync(&pair, 0).await;
    let complete = shown(&pair).await.complete_as_of;
    let trigger: String = pair
        .local
        .one(
            "select trigger_name from information_schema.triggers where trigger_schema = database() and event_object_table = 'users' \
             and event_manipulation = 'INSERT' limit 1",
        )
        .await;
    pair.local.execute(&format!("drop trigger `{trigger}`")).await;
    sync(&pair, 3).await;
    assert_eq!(shown(&pair).await.complete_as_of, complete);
    pair.backhaul(&["install"]).await.expect_code(0);
    sync(&pair, 0).await;
    assert!(shown(&pair).await.complete_as_of > complete);
}

#[tokio::test]
async fn a_central_installed_before_it_had_the_table_is_carried_to_all_the_same() {
    let pair = installed().await;
    pair.central.execute("drop table sync_site_status").await;
    pair.local.execute(&users(1, 2)).await;
    let ended = pair.backhaul(&["sync"]).await.expect_code(0);
    assert!(ended.stderr.contains("run `backhaul install`"), "{}", ended.stderr);
    assert_eq!(pair.central.one::<u64>("select count(*) from users").await, 2);
    pair.backhaul(&["install"]).await.expect_code(0);
    sync(&pair, 0).await;
    assert_eq!(counts(&shown(&pair).await), ["0", "0", "0"]);
}

#[tokio::test]
async fn a_new_epoch_begins_with_nothing_known() {
    let pair = installed().await;
    pair.local.execute(&users(1, 2)).await;
    sync(&pair, 0).await;
    pair.backhaul(&["resume", "--trust", "local"]).await.expect_code(0);
    assert_eq!(pair.central.one::<u64>("select count(*) from sync_site_status").await, 0);
    sync(&pair, 0).await;
    assert_ne!(shown(&pair).await.complete_as_of, "never");
}
