//! A packet of several statements: whichever fails is told, with its place.

use std::time::Duration;

use backhaul::config::{Environment, Settings};
use backhaul::db::mapping::{MappedColumn, TableMapping, ValueForm};
use backhaul::db::session::{Access, Session};
use backhaul::db::sql::load;

use crate::support::{Pair, Place, not_tested_here};

async fn session(pair: &Pair) -> Session {
    let values = [
        ("LOCAL_DATABASE_URL".to_owned(), pair.local.url.clone()),
        ("CENTRAL_DATABASE_URL".to_owned(), pair.central.url.clone()),
    ];
    let values = Environment::new(None, values).values().unwrap();
    Access::central(&Settings::from_values(&values).unwrap()).connect("select 1").await.unwrap()
}

#[tokio::test]
async fn the_statement_that_failed_is_named_wherever_it_stands() {
    let pair = Pair::new().await;
    let mut session = session(&pair).await;
    for (sql, place, code) in [
        ("select * from nope", 0, 1146),
        ("do 1; select * from nope", 1, 1146),
        ("select 1; insert into nope values (1); commit", 1, 1146),
        ("rollback; set foreign_key_checks = 1; update nope set a = 1; select 1; commit", 2, 1146),
        ("do 1; select if(row_count() = 1, 1, (select 1 union select 2)); commit", 1, 1242),
        ("select 1; select 2; drop table nope", 2, 1051),
    ] {
        let (statement, error) = session.script(sql).await.failure.expect(sql);
        assert_eq!((statement, error.code()), (place, Some(code)), "{sql}");
        assert!(session.is_open(), "an error of the server leaves the connection as it is");
        assert_eq!(session.query("select 7").await.unwrap()[0].get::<u8>(0).unwrap(), 7, "{sql}");
    }
}

#[tokio::test]
async fn what_was_answered_before_the_failure_is_kept() {
    let pair = Pair::new().await;
    let answer = session(&pair).await.script("select 1; select 2; select * from nope").await;
    let first: Vec<u8> = answer.sets.iter().filter_map(|set| set.first()?.get(0).ok()).collect();
    assert_eq!(first, [1, 2]);
}

#[tokio::test]
async fn the_first_answer_is_timed_without_what_is_carried_out_behind_it() {
    let pair = Pair::new().await;
    let mut session = session(&pair).await;
    let second = Duration::from_secs(1);
    let behind = session.script("do 1; do sleep(1)").await.first_answered_after;
    let before = session.script("do sleep(1); do 1").await.first_answered_after;
    assert!(behind < second && before >= second, "{behind:?}, {before:?}");
}

#[tokio::test]
async fn rows_that_do_not_come_whole_are_not_taken_for_whole_ones() {
    if Place::Central.is_mysql() {
        not_tested_here("rows that go as data, which MySQL does not take");
        return;
    }
    let column = |(name, form): (&str, ValueForm)| MappedColumn { name: name.to_owned(), form };
    let table = TableMapping {
        name: "pages".to_owned(),
        columns: [("id", ValueForm::Digits), ("kind", ValueForm::Position), ("text", ValueForm::Quoted)]
            .map(column)
            .into(),
        key_columns: vec![0],
        ..TableMapping::default()
    };
    let pair = Pair::new().await;
    let mut session = session(&pair).await;
    let fill = load::fill(&table, 0, 2).join(";");
    for (rows, is_whole) in [
        (&b"1,1,'a'\n2,\\N,'\xc3\xa4'\n"[..], true),
        (b"1,1,'a'\n2,2,'\xc3'\n", false),
        (b"1,1,'a'\n2,2\n", false),
        (b"1,1,'a'\n2,x,'b'\n", false),
        (b"1,1,'a','b'\n2,2,'b'\n", false),
        (b"1,1,'a'\n", false),
        (b"1,1,'a'\n2,2,'b'\n3,3,'c'\n", false),
    ] {
        session.offer(vec![rows.to_vec()]);
        let failed = session.script(&fill).await.failure.map(|(statement, error)| (statement, error.code()));
        assert_eq!(failed, (!is_whole).then_some((2, Some(1242))), "{}", String::from_utf8_lossy(rows));
    }
}
