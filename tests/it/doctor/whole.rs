//! The report as a whole: nothing found, DB_B away, nothing changed, no one kept waiting.

use mysql_async::prelude::Queryable;

use super::{code, findings, found_and_mended, run_remedy};
use crate::support::shop::{installed, sync, users};
use crate::support::{OwnServer, Pair, Place, wait_for};

#[tokio::test]
async fn a_healthy_installation_on_durable_servers_finds_nothing() {
    let (local, central) = (OwnServer::start(Place::Local), OwnServer::start(Place::Central));
    let pair = Pair::on(&local, &central).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local.load_file("sql/local/sample_data.sql").expect_code(0);
    let report = pair.backhaul(&["doctor", "--json"]).await.expect_code(3).json();
    let found = report["findings"].as_array().unwrap();
    assert_eq!(found.iter().map(code).collect::<Vec<_>>(), ["log-not-flushed", "binlog-not-flushed"]);
    for finding in found {
        run_remedy(&pair, finding["remedy"].as_str().unwrap()).await;
    }
    for _ in 0..2 {
        let report = pair.backhaul(&["doctor"]).await.expect_code(0);
        assert!(report.stdout.contains("\nNothing found."), "{}", report.stdout);
        assert!(!report.stdout.contains("not checked"), "{}", report.stdout);
        sync(&pair, 0).await;
    }
    let report = pair.backhaul(&["doctor", "--json"]).await.expect_code(0).json();
    assert_eq!((&report["healthy"], &report["errors"]), (&true.into(), &0.into()));
}

#[tokio::test]
async fn before_install_the_one_finding_is_that_nothing_is_installed() {
    let pair = Pair::new().await;
    found_and_mended(&pair, &["not-installed"]).await;
}

#[tokio::test]
async fn an_unreachable_central_database_is_a_finding_and_the_rest_is_checked_all_the_same() {
    let mut pair = installed().await;
    let trigger =
        "select trigger_name from information_schema.triggers where trigger_schema = database() limit 1";
    let trigger = pair.local.column(trigger).await.remove(0);
    pair.local.execute(&format!("drop trigger `{trigger}`")).await;
    pair.set("CENTRAL_DATABASE_URL", "mysql://nobody:wrong@127.0.0.1:1/none");
    let found = findings(&pair).await;
    assert_eq!(found.iter().map(code).collect::<Vec<_>>(), ["not-captured", "central-unreachable"]);
    assert!(found[1]["remedy"].as_str().unwrap().contains("CENTRAL_DATABASE_URL"), "{found:?}");
    let report = pair.backhaul(&["doctor"]).await.expect_code(3);
    assert!(report.stdout.contains("- not checked   triggers in DB_B"), "{}", report.stdout);
}

#[tokio::test]
async fn while_switched_off_only_db_a_is_looked_at() {
    let mut pair = installed().await;
    pair.set("IS_ONLINE", "false");
    pair.set("CENTRAL_DATABASE_URL", "mysql://nobody:wrong@127.0.0.1:1/none");
    let report = pair.backhaul(&["doctor", "--json"]).await.json();
    assert!(report["notes"][0].as_str().unwrap().contains("IS_ONLINE is not true"), "{report}");
    assert_eq!(findings(&pair).await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn an_unusable_local_database_is_an_error() {
    let mut pair = installed().await;
    pair.set("LOCAL_DATABASE_URL", "mysql://nobody:wrong@127.0.0.1:1/none");
    let ended = pair.backhaul(&["doctor"]).await.expect_code(1);
    assert!(ended.stderr.contains("LOCAL_DATABASE_URL"), "{}", ended.stderr);
}

#[tokio::test]
async fn nothing_is_changed_and_no_one_is_waited_for() {
    let pair = installed().await;
    pair.local.execute(&users(1, 3)).await;
    sync(&pair, 0).await;
    let ledger = "select concat_ws(' ', generation, last_token, last_batch, last_applied_at) from sync_sites";
    let queue = "select concat_ws(' ', count(*), max(id), min(sync_status)) from sync_queue";
    let before = (pair.central.column(ledger).await, pair.local.column(queue).await);
    // Someone at work on both sides: a batch under way, and a program in the middle of a transaction.
    let (mut here, mut there) = (pair.local.connect().await, pair.central.connect().await);
    for conn in [&mut here, &mut there] {
        conn.query_drop("start transaction; update users set name = 'under way'").await.unwrap();
    }
    there.query_drop("update sync_sites set last_batch = 99").await.unwrap();
    assert_eq!(findings(&pair).await, Vec::<serde_json::Value>::new());
    for conn in [&mut here, &mut there] {
        conn.query_drop("rollback").await.unwrap();
    }
    assert_eq!((pair.central.column(ledger).await, pair.local.column(queue).await), before);
}

#[tokio::test]
async fn round_trips_do_not_grow_with_tables() {
    let mut pair = installed().await;
    pair.set("SYNC_TABLES", "*");
    let trips = async |pair: &Pair| {
        let report = pair.backhaul(&["doctor", "--json"]).await.json();
        assert_eq!(report["errors"].as_u64().unwrap(), 1, "only log-not-flushed: {report}");
        report["central_round_trips"].as_u64().unwrap()
    };
    let few = trips(&pair).await;
    let create = |n: u32| {
        format!(
            "create table `odd {n}'s` (id int primary key, `a``b` varchar(20) collate utf8mb4_bin, unique key u (`a``b`))"
        )
    };
    let all: Vec<String> = (0..60).map(create).collect();
    for side in [&pair.local, &pair.central] {
        side.execute(&all.join("; ")).await;
    }
    pair.backhaul(&["install"]).await.expect_code(0);
    assert_eq!(trips(&pair).await, few);
}

#[tokio::test]
async fn slips_in_the_file_of_settings_are_found_and_said_at_the_start() {
    let mut pair = installed().await;
    pair.program
        .write_env_file("IS_ONLINE=true\nSYNC_TABELS='users, s3cret'\nSITE_NAME=a\nMY_OWN=1\nSITE_NAME=b\n");
    let found = findings(&pair).await;
    assert_eq!(found.iter().map(code).collect::<Vec<_>>(), ["setting-unknown", "setting-twice"]);
    let remedies = [&found[0], &found[1]].map(|finding| finding["remedy"].as_str().unwrap().to_owned());
    assert!(remedies[0].contains("call it SYNC_TABLES"), "{remedies:?}");
    assert!(remedies[1].contains("keep one line of SITE_NAME"), "{remedies:?}");
    let said = pair.backhaul(&["sync"]).await.expect_code(0).stderr;
    for line in [
        "SYNC_TABELS is no setting and is ignored; did you mean SYNC_TABLES?",
        "SITE_NAME is set more than once",
    ] {
        assert_eq!(said.matches(line).count(), 1, "{said}");
    }
    assert!(!said.contains("s3cret") && !said.contains("MY_OWN"), "{said}");
    pair.set("SYNC_CRON", "0 0 1 1 *");
    let server = pair.start(&["serve"]);
    wait_for("the slip is said", async || server.stderr().contains("did you mean SYNC_TABLES?")).await;
}

#[tokio::test]
async fn a_line_to_central_that_leaves_the_machine_unencrypted_is_found() {
    let mut pair = installed().await;
    // An address that is not called loopback, and leads to this machine all the same.
    let elsewhere = pair.central.url.replace("127.0.0.1", "0.0.0.0");
    pair.set("CENTRAL_DATABASE_URL", &elsewhere);
    let found = findings(&pair).await;
    assert_eq!(found.iter().map(code).collect::<Vec<_>>(), ["central-not-encrypted"]);
    assert!(found[0]["remedy"].as_str().unwrap().contains("CENTRAL_TLS_CA"), "{found:?}");
}
