//! What `GET /sync/status` says is held against what is so, all along.

use std::sync::Arc;
use std::time::{Duration, Instant};

use backhaul::utils::clock::monotonic;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::sql::{Patience, try_rows};
use crate::world::{Truth, World};

/// How long the program may believe in a DB_B that nobody reaches: its look every 15 s, the time-out, a slow machine.
pub const BELIEF: Duration = Duration::from_secs(23);

/// How long an answer may take that needs DB_A: the bound of such a request, and a slow machine.
const ANSWER: Duration = Duration::from_secs(14);

/// How long an answer may take that needs nothing.
const PULSE: Duration = Duration::from_secs(6);

/// A program that was just started or let go on may not listen yet.
const WARMING_UP: Duration = Duration::from_secs(10);

/// Between two looks.
const EVERY: Duration = Duration::from_millis(700);

/// Entries in all, and those that are SYNCED.
pub type Counted = (u64, u64);

/// Looks until told to stop; gives what was untrue, and how many looks were compared with the databases.
pub async fn watch(world: Arc<World>, stop: CancellationToken) -> (Vec<String>, u64) {
    let client = reqwest::Client::builder().timeout(ANSWER + PULSE).build().unwrap();
    let address = format!("http://127.0.0.1:{}", world.stage.daily.setting("PORT").unwrap());
    let (mut findings, mut looks) = (Vec::new(), 0);
    while !stop.is_cancelled() {
        let truth = world.truth();
        if let Some(finding) = pulse(&client, &address, &world, &truth).await {
            findings.push(finding);
        }
        let truth = world.truth();
        let before = counted(&world).await;
        let (asked, answer) = (monotonic(), ask(&client, &format!("{address}/sync/status")).await);
        let took = asked.elapsed();
        let after = counted(&world).await;
        if world.truth().version == truth.version {
            if warm(&truth, asked) && took > ANSWER {
                findings.push(format!("status: no answer within {took:?}"));
            }
            if let Some(answer) = answer {
                looks += 1;
                findings.extend(untruths(&answer, &truth, before, after, asked));
            }
        }
        tokio::time::sleep(EVERY).await;
    }
    (findings, looks)
}

async fn pulse(client: &reqwest::Client, address: &str, world: &World, truth: &Truth) -> Option<String> {
    let asked = monotonic();
    let request = client.get(format!("{address}/healthz")).send().await;
    let well = request.as_ref().is_ok_and(|answer| answer.status().is_success());
    let comparable = warm(truth, asked) && world.truth().version == truth.version;
    let took = asked.elapsed();
    (comparable && (!well || took > PULSE)).then(|| format!("status: /healthz after {took:?}: {request:?}"))
}

fn warm(truth: &Truth, now: Instant) -> bool {
    truth.serving_since.is_some_and(|since| now.saturating_duration_since(since) > WARMING_UP)
}

/// Asks; `None` when the program is not there, or DB_A does not answer it.
async fn ask(client: &reqwest::Client, address: &str) -> Option<Value> {
    let answer = client.get(address).send().await.ok()?;
    if answer.status().is_success() { answer.json().await.ok() } else { None }
}

async fn counted(world: &World) -> Option<Counted> {
    let sql = "select count(*), coalesce(sum(sync_status = 'SYNCED'), 0) from sync_queue";
    let rows = try_rows(&world.stage.pair.local.url, sql, Patience::Short).await.ok()?;
    Some((rows[0][0].parse().ok()?, rows[0][1].parse().ok()?))
}

/// Tells what is untrue in an answer, between two counts of the queue, to a question asked at `asked`.
pub fn untruths(
    answer: &Value,
    truth: &Truth,
    before: Option<Counted>,
    after: Option<Counted>,
    asked: Instant,
) -> Vec<String> {
    let mut findings = Vec::new();
    let mut claim = |holds: bool, what: &str| {
        if !holds {
            let short =
                ["online", "is_online", "central_reachable", "central_checked_at", "counts", "last_run"];
            let shown: Vec<String> = short.iter().map(|key| format!("{key}: {}", answer[key])).collect();
            findings.push(format!("status: {what}: {} (queue {before:?} to {after:?})", shown.join(", ")));
        }
    };
    claim(answer["is_online"] == truth.switch, "is_online is not what .env says");
    claim(
        answer["online"] == (answer["is_online"] == true && answer["central_reachable"] == true),
        "online is not what follows",
    );
    let gone = truth.central_gone_since.map(|since| asked.saturating_duration_since(since));
    let believed = gone.is_some_and(|gone| gone > BELIEF);
    claim(!(believed && answer["online"] == true), "online, and DB_B has been gone for long");
    if let (Some(before), Some(after), false) = (before, after, truth.restoring) {
        let count = |state: &str| answer["counts"][state].as_u64().unwrap_or(u64::MAX);
        let all = count("pending").saturating_add(count("synced")).saturating_add(count("failed"));
        claim((before.0..=after.0).contains(&all), "the counts are not those of the queue");
        claim((before.1..=after.1).contains(&count("synced")), "synced is not what the queue says");
        claim(count("held") <= count("pending"), "more are held than pending");
    }
    findings
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn answer(online: bool, pending: u64, synced: u64) -> Value {
        json!({"online": online, "is_online": true, "central_reachable": online,
               "counts": {"pending": pending, "synced": synced, "failed": 0, "held": 0}})
    }

    fn truth(gone: Option<Duration>, asked: Instant) -> Truth {
        let central_gone_since = gone.map(|gone| asked.checked_sub(gone).unwrap());
        Truth { switch: true, central_gone_since, serving_since: None, restoring: false, version: 0 }
    }

    #[rstest]
    #[case::true_in_all(answer(true, 2, 3), None, None)]
    #[case::gone_a_moment_ago(answer(true, 2, 3), Some(2), None)]
    #[case::gone_and_said(answer(false, 2, 3), Some(90), None)]
    #[case::gone_and_not_said(answer(true, 2, 3), Some(90), Some("gone for long"))]
    #[case::more_synced_than_there_are(answer(true, 1, 4), None, Some("synced is not"))]
    #[case::entries_left_out(answer(true, 1, 3), None, Some("counts are not"))]
    fn what_is_untrue_is_told(
        #[case] answer: Value,
        #[case] gone: Option<u64>,
        #[case] expected: Option<&str>,
    ) {
        // Any clock will do, but an hour ago it must have run already.
        let asked = monotonic() + Duration::from_hours(1);
        let truth = truth(gone.map(Duration::from_secs), asked);
        let findings = untruths(&answer, &truth, Some((5, 3)), Some((5, 3)), asked);
        match expected {
            None => assert_eq!(findings, Vec::<String>::new()),
            Some(words) => assert!(findings.len() == 1 && findings[0].contains(words), "{findings:?}"),
        }
    }

    #[test]
    fn a_switch_that_is_read_once_is_told() {
        let asked = monotonic();
        let truth = Truth { switch: false, ..truth(None, asked) };
        assert!(untruths(&answer(true, 0, 0), &truth, None, None, asked)[0].contains(".env"));
    }
}
