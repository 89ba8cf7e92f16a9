//! Ledger and intents agree, and nothing waits or was rejected that had no reason to.

use std::collections::BTreeMap;

use super::audit;
use crate::sql;
use crate::stage::Stage;

/// Most findings told about entries.
const MOST_TOLD: usize = 5;

/// An intent as DB_A keeps it.
#[derive(Debug, Clone)]
pub struct Noted {
    /// Its number.
    pub number: u64,
    /// Its token.
    pub token: String,
    /// The token before, empty where a chain begins.
    pub previous: String,
    /// `OPEN`, `ACKNOWLEDGED` or `DROPPED`.
    pub state: String,
    /// The entries it names, as DB_A writes them; empty once pruned.
    pub entries: String,
}

/// Tells where the ledger's token and number, and the intents, oldest first, do not fit together.
pub fn disagreements(ledger: &(String, u64), intents: &[Noted]) -> Vec<String> {
    let mut findings = Vec::new();
    for pair in intents.windows(2) {
        if pair[1].number != pair[0].number + 1 {
            findings.push(format!("chain: number {} follows {}", pair[1].number, pair[0].number));
        }
    }
    if let Some(open) = intents.iter().find(|intent| intent.state == "OPEN") {
        findings.push(format!("chain: intent {} is still open", open.number));
    }
    let acknowledged: Vec<&Noted> = intents.iter().filter(|intent| intent.state == "ACKNOWLEDGED").collect();
    for pair in acknowledged.windows(2) {
        // An epoch begins with a token that follows none.
        if !pair[1].previous.is_empty() && pair[1].previous != pair[0].token {
            findings
                .push(format!("chain: intent {} does not follow intent {}", pair[1].number, pair[0].number));
        }
    }
    match acknowledged.last() {
        Some(last) if (&last.token, last.number) == (&ledger.0, ledger.1) => {}
        last => findings
            .push(format!("chain: the ledger shows {ledger:?}, the last acknowledged intent is {last:?}")),
    }
    findings
}

/// Tells which batches were applied although DB_A dropped them, of the tokens that the ledger took on in this order.
///
/// When records are set aside, the ledger shows two tokens within one transaction, the second instead of the first.
pub fn dropped_and_applied(tokens: &[(String, String)], intents: &[Noted]) -> Vec<String> {
    let known: BTreeMap<&str, &Noted> =
        intents.iter().map(|intent| (intent.token.as_str(), intent)).collect();
    let mut findings = Vec::new();
    for (place, (_, token)) in tokens.iter().enumerate() {
        let Some(intent) = known.get(token.as_str()) else {
            findings.push(format!("chain: DB_B applied {token}, which DB_A does not know"));
            continue;
        };
        let next = tokens.get(place + 1).and_then(|(_, next)| known.get(next.as_str()));
        let replaced = next.is_some_and(|next| next.previous == intent.previous);
        if intent.state != "ACKNOWLEDGED" && !replaced {
            findings.push(format!(
                "chain: DB_B applied intent {}, which is {} in DB_A",
                intent.number, intent.state
            ));
        }
    }
    findings
}

/// Tells which entries two batches answered, and which are SYNCED although no batch answered them.
pub fn answered_wrongly(intents: &[Noted], after: u64, synced: &[u64]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut answered = BTreeMap::new();
    for intent in intents.iter().filter(|intent| intent.state == "ACKNOWLEDGED") {
        for id in listed(&intent.entries) {
            if let Some(earlier) = answered.insert(id, intent.number).filter(|earlier| *earlier > after) {
                findings.push(format!(
                    "chain: entry {id} was applied twice, by intents {earlier} and {}",
                    intent.number
                ));
            }
        }
    }
    let unanswered = synced.iter().filter(|id| !answered.contains_key(id));
    findings.extend(unanswered.map(|id| format!("chain: entry {id} is SYNCED, and no batch named it")));
    findings.truncate(MOST_TOLD);
    findings
}

/// Reads a list such as `1-5,7`.
fn listed(entries: &str) -> impl Iterator<Item = u64> {
    entries.split(',').filter(|part| !part.is_empty()).flat_map(|part| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        from.parse::<u64>().unwrap()..=to.parse().unwrap()
    })
}

/// Checks both sides at rest; entries of intents up to number `after` may have been sent again since, after a restore.
pub async fn check(stage: &Stage, after: u64) -> Vec<String> {
    let (local, central) = (&stage.pair.local.url, &stage.pair.central.url);
    let ledger = sql::rows(central, "select last_token, last_batch from sync_sites").await;
    let intents = "select number, token, previous_token, state, entries from sync_intents order by number";
    let noted = |row: Vec<String>| Noted {
        number: row[0].parse().unwrap(),
        token: row[1].clone(),
        previous: row[2].clone(),
        state: row[3].clone(),
        entries: row[4].clone(),
    };
    let intents: Vec<Noted> = sql::rows(local, intents).await.into_iter().map(noted).collect();
    let mut findings = disagreements(&(ledger[0][0].clone(), ledger[0][1].parse().unwrap()), &intents);
    findings.extend(dropped_and_applied(&audit::tokens(stage).await, &intents));
    let synced = sql::column(local, "select id from sync_queue where sync_status = 'SYNCED'").await;
    let synced: Vec<u64> = synced.iter().map(|id| id.parse().unwrap()).collect();
    findings.extend(answered_wrongly(&intents, after, &synced));
    findings.extend(judged(local).await);
    findings
}

/// Gives the number of the newest intent.
pub async fn newest(stage: &Stage) -> u64 {
    sql::number(&stage.pair.local.url, "select max(number) from sync_intents").await
}

/// Tells what DB_A says against records and tables, and of cycles that stopped: the work gives no reason for any of it.
pub async fn judged(local: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (what, sql) in [
        (
            "records are rejected",
            "select table_name, record_id, state, code, message from sync_failures where state <> 'HELD' limit 3",
        ),
        (
            "entries failed",
            "select id, table_name, record_id from sync_queue where sync_status = 'FAILED' limit 3",
        ),
        ("tables are held", "select table_name, message from sync_held_tables limit 3"),
        (
            "a cycle rejected records",
            "select id, outcome, entries_failed, message from sync_runs where entries_failed > 0 limit 3",
        ),
        ("a cycle stopped", "select id, message from sync_runs where outcome = 'stopped' limit 3"),
    ] {
        let rows = sql::rows(local, sql).await;
        if !rows.is_empty() {
            findings.push(format!("chain: {what}: {rows:?}"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn chain(intents: &[(u64, &str, &str, &str)]) -> Vec<Noted> {
        let noted = |(number, token, previous, state): &(u64, &str, &str, &str)| Noted {
            number: *number,
            token: (*token).to_owned(),
            previous: (*previous).to_owned(),
            state: (*state).to_owned(),
            entries: String::new(),
        };
        intents.iter().map(noted).collect()
    }

    const A: &str = "ACKNOWLEDGED";
    const D: &str = "DROPPED";

    #[rstest]
    #[case::in_order(&[(0, "a", "", A), (1, "b", "a", A)], ("b", 1), None)]
    #[case::dropped_between(&[(0, "a", "", A), (1, "x", "a", D), (2, "b", "a", A)], ("b", 2), None)]
    #[case::another_epoch(&[(0, "a", "", A), (1, "b", "", A)], ("b", 1), None)]
    #[case::ledger_ahead(&[(0, "a", "", A), (1, "b", "a", A)], ("c", 2), Some("the ledger shows"))]
    #[case::ledger_behind(&[(0, "a", "", A), (1, "b", "a", A)], ("a", 0), Some("the ledger shows"))]
    #[case::open(&[(0, "a", "", A), (1, "b", "a", "OPEN")], ("a", 0), Some("still open"))]
    #[case::a_gap(&[(0, "a", "", A), (2, "b", "a", A)], ("b", 2), Some("number 2 follows 0"))]
    #[case::a_fork(&[(0, "a", "", A), (1, "b", "a", A), (2, "c", "a", A)], ("c", 2), Some("does not follow"))]
    fn ledger_and_intents_agree(
        #[case] intents: &[(u64, &str, &str, &str)],
        #[case] ledger: (&str, u64),
        #[case] expected: Option<&str>,
    ) {
        let findings = disagreements(&(ledger.0.to_owned(), ledger.1), &chain(intents));
        match expected {
            None => assert_eq!(findings, Vec::<String>::new()),
            Some(words) => assert!(findings.len() == 1 && findings[0].contains(words), "{findings:?}"),
        }
    }

    #[rstest]
    #[case::as_acknowledged(&[("", "a"), ("a", "b")], None)]
    #[case::replaced_within(&[("a", "x"), ("x", "b")], None)]
    #[case::dropped_at_the_end(&[("a", "b"), ("b", "y")], Some("applied intent 3, which is DROPPED"))]
    #[case::dropped_and_sent_anew(&[("a", "b"), ("b", "y"), ("y", "c")], Some("applied intent 3, which is DROPPED"))]
    #[case::of_nobody(&[("a", "z")], Some("does not know"))]
    fn what_was_dropped_was_not_applied(#[case] tokens: &[(&str, &str)], #[case] expected: Option<&str>) {
        let intents =
            chain(&[(0, "a", "", A), (1, "x", "a", D), (2, "b", "a", A), (3, "y", "b", D), (4, "c", "y", A)]);
        let tokens: Vec<_> =
            tokens.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect();
        let findings = dropped_and_applied(&tokens, &intents);
        match expected {
            None => assert_eq!(findings, Vec::<String>::new()),
            Some(words) => assert!(findings.len() == 1 && findings[0].contains(words), "{findings:?}"),
        }
    }

    #[test]
    fn every_entry_is_answered_by_one_batch() {
        let mut intents = chain(&[(0, "a", "", A), (1, "b", "a", A), (2, "x", "b", D), (3, "c", "b", A)]);
        for (intent, entries) in intents.iter_mut().zip(["", "1-3,7", "4-5", "4,6"]) {
            entries.clone_into(&mut intent.entries);
        }
        assert_eq!(answered_wrongly(&intents, 0, &[1, 2, 3, 4, 6, 7]), Vec::<String>::new());
        assert_eq!(answered_wrongly(&intents, 0, &[5]), ["chain: entry 5 is SYNCED, and no batch named it"]);
        intents[3].entries = "3,6".to_owned();
        assert!(
            answered_wrongly(&intents, 0, &[])[0].contains("entry 3 was applied twice, by intents 1 and 3")
        );
        assert_eq!(
            answered_wrongly(&intents, 1, &[]),
            Vec::<String>::new(),
            "after a restore it is sent again"
        );
    }
}
