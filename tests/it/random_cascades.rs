//! Random changes among tables whose keys act: every record of DB_A that differs afterwards is in the queue.
//! A failure names its seed.

use std::collections::{BTreeMap, BTreeSet};

use rstest::rstest;

use crate::support::Pair;

/// Each table with the expression that prints its primary key, and its columns.
const TABLES: [(&str, &str, &str); 6] = [
    ("people", "id", "id, boss, friend"),
    ("bags", "concat('[', owner, ',', number, ']')", "owner, number, packer"),
    ("things", "id", "id, owner, number, code"),
    ("codes", "code", "code, maker"),
    ("notes", "id", "id, thing, code, person"),
    ("marks", "concat('[', json_quote(code), ',', note, ']')", "code, note"),
];

const SCHEMA: &str = "
create table people (
    id int primary key, boss int, friend int,
    foreign key (boss) references people (id) on delete cascade,
    foreign key (friend) references people (id) on delete set null);
create table bags (
    owner int, number int, packer int, primary key (owner, number),
    foreign key (owner) references people (id) on delete cascade on update cascade,
    foreign key (packer) references people (id) on delete set null on update set null);
create table codes (
    code varchar(20) primary key, maker int,
    foreign key (maker) references people (id) on delete cascade on update cascade);
create table things (
    id int primary key, owner int, number int, code varchar(20),
    foreign key (owner, number) references bags (owner, number) on delete set null on update cascade,
    foreign key (code) references codes (code) on delete cascade on update cascade);
create table notes (
    id int primary key, thing int, code varchar(20), person int,
    foreign key (thing) references things (id) on delete cascade on update set null,
    foreign key (code) references codes (code) on delete set null on update cascade,
    foreign key (person) references people (id) on delete cascade on update cascade);
create table marks (
    code varchar(20), note int, primary key (code, note),
    foreign key (code) references codes (code) on delete cascade on update cascade,
    foreign key (note) references notes (id) on delete cascade on update cascade);
";

/// Draws numbers that depend on the seed alone.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // Knuth's constants; the upper half is the better one.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Writes statements that fill up what is missing; rows whose parents are missing are passed over.
fn filling(dice: &mut Dice) -> String {
    let mut statements = Vec::new();
    for (table, _, columns) in TABLES {
        let value = |dice: &mut Dice, column: &str| match (column, dice.roll(9) + 1) {
            ("code", n) => format!("'c{n}'"),
            (_, n) if n > 7 && table != "bags" => "null".to_owned(),
            (_, n) => n.to_string(),
        };
        for id in 1..=9 {
            let rest: Vec<String> = columns.split(", ").skip(1).map(|column| value(dice, column)).collect();
            let first = if columns.starts_with("code") { format!("'c{id}'") } else { id.to_string() };
            statements.push(format!("insert ignore into {table} values ({first}, {})", rest.join(", ")));
        }
    }
    statements.join("; ")
}

/// Writes one statement that keys may carry further.
fn statement(dice: &mut Dice) -> String {
    let (a, b, c) = (dice.roll(9) + 1, dice.roll(9) + 1, dice.roll(9) + 1);
    match dice.roll(12) {
        0 => format!("replace into people values ({a}, null, {b}), ({c}, null, null)"),
        1 => format!("insert into codes values ('c{a}', {b}) on duplicate key update code = 'd{c}'"),
        2 => format!("replace into things values ({a}, null, null, 'c{b}')"),
        3 => format!("update people set id = id + 20 where id in ({a}, {b})"),
        4 => format!("update codes set code = concat('C', code) where code in ('c{a}', 'c{b}')"),
        5 => format!("update bags set number = number + 20, owner = {a} where owner = {b}"),
        6 => format!(
            "update things set id = id + 20 where id = {a}; update notes set id = id + 20 where id = {b}"
        ),
        7 => "update codes set code = upper(code)".to_owned(),
        8 => format!("delete from codes where code = 'c{a}' or maker = {b}"),
        9 => format!("delete from things where id in ({a}, {b}) or owner = {c}"),
        10 => format!("delete from notes where id in ({a}, {b}) or person = {c}"),
        _ => format!("delete from people where id in ({a}, {b})"),
    }
}

type Rows = BTreeMap<(&'static str, String), Vec<Option<String>>>;

async fn rows(pair: &Pair) -> Rows {
    let mut all = Rows::new();
    for (table, key, columns) in TABLES {
        for mut row in pair.local.rows(&format!("select {key}, {columns} from {table}")).await {
            let name = row.remove(0).unwrap();
            all.insert((table, name), row);
        }
    }
    all
}

#[rstest]
#[tokio::test]
async fn every_record_that_random_work_changes_is_queued(
    #[values(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)] seed: u64,
) {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "*");
    pair.local.execute(SCHEMA).await;
    // DB_B has none of these tables: what is asked here is only what DB_A captures.
    pair.backhaul(&["install"]).await.expect_code(1);
    let mut dice = Dice(seed);
    let mut changed_by_keys = 0;
    for _ in 0..40 {
        let work = statement(&mut dice);
        pair.local.execute(&format!("{}; delete from sync_queue", filling(&mut dice))).await;
        let before = rows(&pair).await;
        // What the keys of DB_A refuse is part of the work.
        let _ = pair.local.try_execute(&work).await;
        let after = rows(&pair).await;
        let queued: BTreeSet<(String, String)> = pair
            .local
            .rows("select table_name, record_id from sync_queue")
            .await
            .into_iter()
            .map(|row| (row[0].clone().unwrap(), row[1].clone().unwrap()))
            .collect();
        for record in before.keys().chain(after.keys()) {
            if before.get(record) != after.get(record) {
                let name = (record.0.to_owned(), record.1.clone());
                assert!(queued.contains(&name), "seed {seed}: {record:?} escaped from {work}");
                changed_by_keys += u32::from(!work.contains(record.0));
            }
        }
    }
    assert!(changed_by_keys > 50, "seed {seed}: keys took along only {changed_by_keys} records");
}
