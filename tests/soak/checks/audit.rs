//! What DB_B wrote down against what DB_A wrote down: no record goes back, no token is taken twice.
//!
//! DB_A notes every state of a record in the order of its commits (the record's lock sees to that). So each state that DB_B
//! shows has a place in the record's past, and the places may only grow.

use std::collections::{BTreeMap, HashMap};

use crate::sql;
use crate::stage::Stage;
use crate::tables::WRITTEN_DOWN;

/// A record: its table and its key.
pub type Record = (String, String);

/// A line of DB_A's past: what became of a record, and when.
#[derive(Debug, Clone)]
pub struct Past {
    /// Its place; grows with every commit of the same record.
    pub n: u64,
    /// The record.
    pub record: Record,
    /// The version that it had then.
    pub version: u64,
}

/// One write in DB_B.
#[derive(Debug, Clone)]
pub struct Write {
    /// The token that the ledger showed within the transaction.
    pub token: String,
    /// Whether the record was there before, is there now, or is gone.
    pub what: What,
    /// The record.
    pub record: Record,
    /// The version that was written, or deleted.
    pub version: u64,
}

/// What a write does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Inserts.
    Insert,
    /// Updates.
    Update,
    /// Deletes.
    Delete,
}

/// What is known of a record in DB_B.
#[derive(Debug, Clone)]
struct Last {
    place: u64,
    version: u64,
    token: String,
    gone_by: Option<String>,
}

/// What the checks remember from one healing to the next.
#[derive(Debug, Default)]
pub struct Memory {
    places: HashMap<Record, Vec<(u64, u64)>>,
    last: HashMap<Record, Last>,
}

impl Memory {
    /// Takes in what DB_A wrote down since the last time.
    pub fn learn(&mut self, past: Vec<Past>) {
        for line in past {
            self.places.entry(line.record).or_default().push((line.n, line.version));
        }
    }

    /// Follows writes of DB_B in their order, and tells what must not be.
    pub fn follow(&mut self, writes: &[Write]) -> Vec<String> {
        writes.iter().filter_map(|write| self.step(write)).collect()
    }

    /// Forgets how far DB_B had come: somebody decided that it goes back.
    pub fn forget_central(&mut self) {
        self.last.clear();
    }

    /// Forgets of DB_A's past what both sides have left behind, since they are equal now.
    pub fn both_are_equal(&mut self) {
        for places in self.places.values_mut() {
            places.drain(..places.len() - 1);
        }
    }

    fn step(&mut self, write: &Write) -> Option<String> {
        let (table, key) = &write.record;
        if write.what == What::Delete {
            let last = self.last.get_mut(&write.record)?;
            last.gone_by = Some(write.token.clone());
            return None;
        }
        let before = self.last.get(&write.record);
        let places = self.places.get(&write.record).map_or(&[][..], Vec::as_slice);
        let known = places.iter().filter(|(_, version)| *version == write.version);
        let lowest = before.map_or(0, |last| last.place);
        let place = known.clone().map(|(n, _)| *n).filter(|n| *n >= lowest).min();
        let finding = match (place, before) {
            (None, _) if known.count() == 0 => Some("has a version that DB_A never had, or had long ago"),
            (None, _) => Some("went back to an older version"),
            (Some(place), Some(last)) => came_back(write, place, last),
            (Some(_), None) => None,
        };
        let after =
            before.map_or_else(String::new, |last| format!(", after {} by {}", last.version, last.token));
        let token = write.token.clone();
        let last = Last { place: place.unwrap_or(lowest), version: write.version, token, gone_by: None };
        self.last.insert(write.record.clone(), last);
        finding.map(|what| {
            format!("audit: {table} {key} {what}: version {} by {}{after}", write.version, write.token)
        })
    }
}

/// Tells whether a state comes again that DB_B had, and that another batch deleted.
///
/// A state that merely comes again may be: a record with more entries than a batch names goes once more with the rest of
/// them, as does one that the queue names by two spellings. Whether a batch was applied twice is asked of its token and entries.
fn came_back(write: &Write, place: u64, last: &Last) -> Option<&'static str> {
    let gone_by_another = last.gone_by.as_ref().is_some_and(|token| *token != write.token);
    (place == last.place && gone_by_another).then_some("came back after it was deleted")
}

/// Tells which tokens the ledger took on twice, or without the one before.
pub fn tokens_out_of_order(tokens: &[(String, String)]) -> Vec<String> {
    let mut seen = BTreeMap::new();
    let mut findings = Vec::new();
    for (place, (before, token)) in tokens.iter().enumerate() {
        if let Some(earlier) = seen.insert(token, place) {
            findings.push(format!("audit: token {token} was applied twice, as number {earlier} and {place}"));
        }
        let expected = place.checked_sub(1).map(|earlier| &tokens[earlier].1);
        if expected.is_some_and(|expected| expected != before) {
            findings
                .push(format!("audit: token {token} follows {before}, but the ledger showed {expected:?}"));
        }
    }
    findings
}

/// Reads and empties what both sides wrote down, and tells what must not be. Writers and cycles are at rest.
pub async fn check(stage: &Stage, memory: &mut Memory) -> Vec<String> {
    let (local, central) = (&stage.pair.local.url, &stage.pair.central.url);
    memory.learn(read_past(local).await);
    let mut findings = memory.follow(&read_writes(central).await);
    let tokens =
        sql::rows(central, &format!("select before_it, token from {WRITTEN_DOWN}.tokens order by n")).await;
    let tokens: Vec<(String, String)> =
        tokens.into_iter().map(|row| <[String; 2]>::try_from(row).unwrap().into()).collect();
    findings.extend(tokens_out_of_order(&tokens));
    stage.pair.local.execute(&format!("delete from {WRITTEN_DOWN}.past")).await;
    // The last token stays: the next one is to follow it.
    stage
        .pair
        .central
        .execute(&format!(
            "delete from {WRITTEN_DOWN}.writes; set @last = (select max(n) from {WRITTEN_DOWN}.tokens); \
             delete from {WRITTEN_DOWN}.tokens where n < @last"
        ))
        .await;
    findings
}

/// Begins anew after a restore: what was written down before counts no more.
pub async fn begin_anew(stage: &Stage, memory: &mut Memory) {
    memory.learn(read_past(&stage.pair.local.url).await);
    memory.forget_central();
    stage.pair.local.execute(&format!("delete from {WRITTEN_DOWN}.past")).await;
    stage
        .pair
        .central
        .execute(&format!("delete from {WRITTEN_DOWN}.writes; delete from {WRITTEN_DOWN}.tokens"))
        .await;
}

/// Reads the tokens that the ledger took on since the last time, each after the one before it.
pub async fn tokens(stage: &Stage) -> Vec<(String, String)> {
    let sql = format!("select before_it, token from {WRITTEN_DOWN}.tokens order by n");
    let rows = sql::rows(&stage.pair.central.url, &sql).await;
    rows.into_iter().map(|row| <[String; 2]>::try_from(row).unwrap().into()).collect()
}

async fn read_past(local: &str) -> Vec<Past> {
    let sql =
        format!("select n, tbl, record, version from {WRITTEN_DOWN}.past where what = 'there' order by n");
    let line = |row: Vec<String>| Past {
        n: row[0].parse().unwrap(),
        record: (row[1].clone(), row[2].clone()),
        version: row[3].parse().unwrap(),
    };
    sql::rows(local, &sql).await.into_iter().map(line).collect()
}

async fn read_writes(central: &str) -> Vec<Write> {
    let sql = format!("select token, what, tbl, record, version from {WRITTEN_DOWN}.writes order by n");
    let write = |row: Vec<String>| Write {
        token: row[0].clone(),
        what: match row[1].as_str() {
            "insert" => What::Insert,
            "update" => What::Update,
            _ => What::Delete,
        },
        record: (row[2].clone(), row[3].clone()),
        version: row[4].parse().unwrap(),
    };
    sql::rows(central, &sql).await.into_iter().map(write).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn record(table: &str) -> Record {
        (table.to_owned(), "1".to_owned())
    }

    fn write(token: &str, what: What, table: &str, version: u64) -> Write {
        Write { token: token.to_owned(), what, record: record(table), version }
    }

    /// A record whose past is: version 11, deleted, version 12, version 13.
    fn memory(table: &str) -> Memory {
        let mut memory = Memory::default();
        let line = |(n, version)| Past { n, record: record(table), version };
        memory.learn([(1, 11), (3, 12), (4, 13)].map(line).to_vec());
        memory
    }

    #[rstest]
    #[case::in_order(&[("a", What::Insert, 11), ("b", What::Update, 12), ("c", What::Update, 13)], None)]
    #[case::some_left_out(&[("a", What::Insert, 11), ("c", What::Update, 13)], None)]
    #[case::deleted_and_new(&[("a", What::Insert, 11), ("b", What::Delete, 11), ("c", What::Insert, 12)], None)]
    #[case::gone_back(&[("a", What::Insert, 13), ("b", What::Update, 12)], Some("went back"))]
    #[case::gone_back_by_a_delete(
        &[("a", What::Insert, 13), ("b", What::Delete, 13), ("c", What::Insert, 12)],
        Some("went back")
    )]
    #[case::risen_from_the_dead(
        &[("a", What::Insert, 13), ("b", What::Delete, 13), ("c", What::Insert, 13)],
        Some("came back after it was deleted")
    )]
    #[case::sent_again(&[("a", What::Insert, 13), ("b", What::Update, 13)], None)]
    #[case::parked(&[("a", What::Insert, 13), ("b", What::Delete, 13), ("b", What::Insert, 13)], None)]
    #[case::invented(&[("a", What::Insert, 99)], Some("never had"))]
    fn a_record_only_goes_forward(#[case] writes: &[(&str, What, u64)], #[case] expected: Option<&str>) {
        let writes: Vec<Write> =
            writes.iter().map(|(token, what, version)| write(token, *what, "sales", *version)).collect();
        let findings = memory("sales").follow(&writes);
        match expected {
            None => assert_eq!(findings, Vec::<String>::new()),
            Some(words) => assert!(findings.len() == 1 && findings[0].contains(words), "{findings:?}"),
        }
    }

    #[test]
    fn what_both_sides_left_behind_must_not_come_again() {
        let mut memory = memory("people");
        assert!(memory.follow(&[write("a", What::Insert, "people", 13)]).is_empty());
        memory.both_are_equal();
        assert!(memory.follow(&[write("b", What::Update, "people", 12)])[0].contains("long ago"));
    }

    #[rstest]
    #[case(&[("", "a"), ("a", "b"), ("b", "c")], None)]
    #[case(&[("", "a"), ("a", "b"), ("b", "a")], Some("token a was applied twice"))]
    #[case(&[("", "a"), ("x", "c")], Some("follows x"))]
    fn tokens_form_one_chain(#[case] tokens: &[(&str, &str)], #[case] expected: Option<&str>) {
        let tokens: Vec<_> =
            tokens.iter().map(|(before, token)| ((*before).to_owned(), (*token).to_owned())).collect();
        let findings = tokens_out_of_order(&tokens);
        assert_eq!(
            findings.first().map(|first| first.contains(expected.unwrap_or("?"))),
            expected.map(|_| true)
        );
    }
}
