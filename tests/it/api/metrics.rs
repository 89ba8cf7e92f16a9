//! `/metrics`.

use std::collections::BTreeMap;

use reqwest::StatusCode;

use super::site::Site;
use crate::support::shop::installed;

/// Reads the samples of an answer, and looks that each follows the help and the type of its family.
async fn samples(site: &Site) -> BTreeMap<String, String> {
    let answer = site.get("/metrics").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert!(answer.text.ends_with('\n'));
    let (mut found, mut family) = (BTreeMap::new(), String::new());
    for line in answer.text.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            assert_eq!(kind, format!("{family} gauge"));
        } else if let Some(help) = line.strip_prefix("# HELP ") {
            help.split(' ').next().unwrap().clone_into(&mut family);
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert_eq!(name.split('{').next().unwrap(), family);
            assert!(value.parse::<f64>().is_ok(), "{line}");
            assert!(found.insert(name.to_owned(), value.to_owned()).is_none(), "{name} twice");
        }
    }
    found
}

#[tokio::test]
async fn figures_are_those_of_the_databases() {
    let site = Site::new().await;
    let fresh = samples(&site).await;
    assert_eq!(fresh["backhaul_entries{state=\"pending\"}"], "0");
    assert_eq!(fresh["backhaul_switched_online"], "0");
    assert!(!fresh.contains_key("backhaul_last_cycle_finished_timestamp_seconds"), "no cycle ended yet");
    assert!(fresh.contains_key("backhaul_next_cycle_timestamp_seconds"));
    site.pair
        .local
        .execute(
            "insert into sync_queue (table_name, record_id, operation, last_updated_at, sync_status) values \
             ('users', 1, 'UPDATE', utc_timestamp(6) - interval 90 second, 'PENDING'), \
             ('users', 2, 'UPDATE', utc_timestamp(6), 'PENDING'), ('users', 3, 'UPDATE', utc_timestamp(6), 'FAILED'), \
             ('users', 4, 'UPDATE', utc_timestamp(6), 'SYNCED'); \
             insert into sync_held_tables (table_name, class, code, message, remedy, held_since) \
             values ('orders', 'schema', null, 'm', 'r', utc_timestamp(6)); \
             insert into sync_runs (run_trigger, started_at, finished_at, outcome, entries_synced, entries_failed, entries_held, \
                                    batches, duration_ms) \
             values ('cron', '2026-03-01 09:14:00', '2026-03-01 09:14:02', 'stopped', 0, 0, 0, 0, 1500)",
        )
        .await;
    let now = samples(&site).await;
    for (state, count) in [("pending", "2"), ("synced", "1"), ("failed", "1"), ("held", "0")] {
        assert_eq!(now[&format!("backhaul_entries{{state=\"{state}\"}}")], count, "{state}");
    }
    let oldest: f64 = now["backhaul_oldest_pending_seconds"].parse().unwrap();
    assert!((90.0..150.0).contains(&oldest), "{now:?}");
    assert_eq!(now["backhaul_held_tables"], "1");
    assert_eq!(now["backhaul_cycle_overdue_seconds"], "0");
    assert_eq!(now["backhaul_last_cycle_outcome{outcome=\"stopped\"}"], "1");
    assert_eq!(now["backhaul_last_cycle_outcome{outcome=\"drained\"}"], "0");
    assert_eq!(now["backhaul_last_cycle_duration_seconds"], "1.5");
    assert_eq!(now["backhaul_last_cycle_finished_timestamp_seconds"], "1772356442");
}

#[tokio::test]
async fn alerts_ask_for_figures_that_exist_and_stand_in_the_handbook() {
    let site = Site::new().await;
    site.pair
        .local
        .execute(
            "insert into sync_runs (run_trigger, started_at, finished_at, outcome, entries_synced, entries_failed, entries_held, \
                                    batches, duration_ms) \
             values ('cron', utc_timestamp(6), utc_timestamp(6), 'drained', 0, 0, 0, 0, 1)",
        )
        .await;
    let names: Vec<String> = samples(&site).await.into_keys().collect();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let rules = std::fs::read_to_string(root.join("deploy/prometheus-alerts.yml")).unwrap();
    let expressions: Vec<&str> =
        rules.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).collect();
    let handbook = std::fs::read_to_string(root.join("docs/OPERATIONS.md")).unwrap();
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() >= 6 && alerts.len() == expressions.len());
    for expression in expressions {
        let asked: Vec<&str> =
            expression.split([' ', '(', ')']).filter(|word| word.starts_with("backhaul_")).collect();
        // Whether anything answers, Prometheus says by itself.
        assert!(!asked.is_empty() || expression.starts_with("up{job="), "{expression}");
        for name in asked {
            let is_known = |known: &String| known == name || known.starts_with(&format!("{name}{{"));
            assert!(names.iter().any(is_known), "{name} does not exist: {names:?}");
        }
    }
    for alert in alerts {
        assert!(handbook.contains(&format!("| `{alert}` |")), "docs/OPERATIONS.md does not tell of {alert}");
    }
}

#[tokio::test]
async fn tables_whose_changes_escape_are_counted_also_while_the_line_is_down() {
    for (lost, expected) in [("", "0"), ("drop trigger", "1")] {
        let pair = installed().await;
        let orders = "select trigger_name from information_schema.triggers \
                      where trigger_schema = database() and event_object_table = 'orders'";
        for trigger in pair.local.column(orders).await.iter().filter(|_| !lost.is_empty()) {
            pair.local.execute(&format!("{lost} `{trigger}`")).await;
        }
        // A site of these tests is switched offline: no cycle looks.
        let site = Site::on(pair, &[]).await;
        assert_eq!(samples(&site).await["backhaul_uncaptured_tables"], expected, "{lost}");
    }
}

#[tokio::test]
async fn an_account_that_may_not_see_triggers_knows_nothing_of_them() {
    let mut pair = installed().await;
    let name = pair.local.database.clone();
    // MariaDB shows some triggers to accounts that may not see them; of tables without any nothing can be told.
    let all = "select trigger_name from information_schema.triggers where trigger_schema = database()";
    for trigger in pair.local.column(all).await {
        pair.local.execute(&format!("drop trigger `{trigger}`")).await;
    }
    pair.local
        .execute(&format!(
            "create user `{name}`@'127.0.0.1' identified by 'p'; \
             grant select, insert, update, delete on `{name}`.* to `{name}`@'127.0.0.1'"
        ))
        .await;
    pair.local.url = format!("mysql://{name}:p@{}", pair.local.url.split_once('@').unwrap().1);
    let site = Site::on(pair, &[]).await;
    assert!(!samples(&site).await.contains_key("backhaul_uncaptured_tables"));
}
