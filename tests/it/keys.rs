//! Every kind of primary key: captured in any session, printed readably, carried, changed and deleted.

use std::fmt::Write as _;

use backhaul::db::sql::quoting;
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rstest::rstest;

use crate::support::shop::{entries, let_time_pass, sync};
use crate::support::{Pair, Place, assert_equal_on_both_sides};

/// Gives a pair on which `create` ran on both sides, installed.
async fn installed_with(create: &str) -> Pair {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "*");
    pair.local.execute(create).await;
    pair.central.execute(create).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair
}

/// What a writer's session may be set to; triggers must not care.
const ODD_SESSION: &str = "set names utf8mb4, time_zone = '-07:30', sql_mode = 'PAD_CHAR_TO_FULL_LENGTH,ANSI_QUOTES,PIPES_AS_CONCAT'; ";

/// Tells whether the engines of this run know a type or collation; what only one of them has stands in
/// `docs/TYPES.md`, and is tested where both sides have it.
fn exists_on_both_sides(declaration: &str) -> bool {
    let only_mariadb = ["nopad", "uuid", "inet"].iter().any(|word| declaration.contains(word));
    let only_mysql = declaration.contains("0900");
    [Place::Local, Place::Central]
        .iter()
        .all(|place| if place.is_mysql() { !only_mariadb } else { !only_mysql })
}

/// Keys of one declaration: three keys as literals, each with the `record_id` it must get.
type Keys = [(&'static str, &'static str); 3];

#[rstest]
#[case::tinyint("tinyint", [("-128", "-128"), ("0", "0"), ("127", "127")])]
#[case::unsigned("bigint unsigned", [("9007199254740992", "9007199254740992"), ("9007199254740993", "9007199254740993"), ("18446744073709551615", "18446744073709551615")])]
#[case::zerofill("int(6) zerofill", [("1", "1"), ("42", "42"), ("0", "0")])]
#[case::decimal("decimal(20,4)", [("-0.5", "-0.5000"), ("0", "0.0000"), ("9999999999999999.9999", "9999999999999999.9999")])]
#[case::decimal_zerofill("decimal(6,2) zerofill", [("1.5", "1.50"), ("0", "0.00"), ("9999.99", "9999.99")])]
#[case::bit("bit(64)", [("0", "0"), ("18446744073709551615", "18446744073709551615"), ("b'101'", "5")])]
#[case::char("char(10)", [("'a'", "a"), ("''", ""), ("'ž 😀'", "ž 😀")])]
#[case::text("varchar(40)", [("'O''Ne/il\\\\ \"x\"'", "O'Ne/il\\ \"x\""), ("' 😀'", " 😀"), ("'[1]\\n{table}'", "[1]\n{table}")])]
#[case::exact_text("varchar(40) collate utf8mb4_nopad_bin", [("'a'", "a"), ("'a '", "a "), ("'A'", "A")])]
#[case::latin1("varchar(40) character set latin1", [("'é'", "é"), ("'€'", "€"), ("_latin1 x'81'", "\u{81}")])]
#[case::utf16("varchar(40) character set utf16", [("'é'", "é"), ("'😀'", "😀"), ("'null'", "null")])]
#[case::binary("binary(16)", [("x'00112233445566778899aabbccddeeff'", "0x00112233445566778899aabbccddeeff"), ("x'00000000000000000000000000000000'", "0x00000000000000000000000000000000"), ("x'5c270000000000000000000000000000'", "0x5c270000000000000000000000000000")])]
#[case::varbinary("varbinary(20)", [("x'00'", "0x00"), ("x''", "0x"), ("x'ff20'", "0xff20")])]
#[case::date("date", [("'0000-00-00'", "0000-00-00"), ("'2026-01-31'", "2026-01-31"), ("'9999-12-31'", "9999-12-31")])]
#[case::datetime("datetime(6)", [("'2026-01-31 23:59:59.000001'", "2026-01-31 23:59:59.000001"), ("'0000-00-00'", "0000-00-00 00:00:00.000000"), ("'9999-12-31 23:59:59.999999'", "9999-12-31 23:59:59.999999")])]
#[case::timestamp("timestamp", [("'2026-01-31 16:29:59'", "2026-01-31 23:59:59"), ("0", "0000-00-00 00:00:00"), ("'2038-01-18 19:44:07'", "2038-01-19 03:14:07")])]
#[case::timestamp_fraction("timestamp(3)", [("'2026-01-31 16:29:59.125'", "2026-01-31 23:59:59.125"), ("0", "0000-00-00 00:00:00.000"), ("'2026-01-31 16:29:59'", "2026-01-31 23:59:59.000")])]
#[case::time("time(2)", [("'-838:59:59'", "-838:59:59.00"), ("'00:00:00.25'", "00:00:00.25"), ("'100:00:00'", "100:00:00.00")])]
#[case::year("year", [("0", "0000"), ("1901", "1901"), ("2155", "2155")])]
#[case::member("enum('a','it''s','ž')", [("'a'", "a"), ("'it''s'", "it's"), ("'ž'", "ž")])]
#[case::members("set('a','b','c')", [("''", ""), ("'a'", "a"), ("'a,c'", "a,c")])]
#[case::mysql_text("varchar(40) collate utf8mb4_0900_ai_ci", [("'a'", "a"), ("'b '", "b "), ("' 😀'", " 😀")])]
#[case::mysql_char("char(10) collate utf8mb4_0900_ai_ci", [("'a'", "a"), ("''", ""), ("'ž 😀'", "ž 😀")])]
#[case::uuid("uuid", [("'123E4567-e89b-12d3-a456-426655440000'", "123e4567-e89b-12d3-a456-426655440000"), ("'00000000-0000-0000-0000-000000000000'", "00000000-0000-0000-0000-000000000000"), ("'ffffffff-ffff-ffff-ffff-ffffffffffff'", "ffffffff-ffff-ffff-ffff-ffffffffffff")])]
#[case::inet6("inet6", [("'::'", "::"), ("'2001:DB8:0:0:0:0:0:1'", "2001:db8::1"), ("'::ffff:1.2.3.4'", "::ffff:1.2.3.4")])]
#[case::inet4("inet4", [("'0.0.0.0'", "0.0.0.0"), ("'10.0.0.1'", "10.0.0.1"), ("'255.255.255.255'", "255.255.255.255")])]
#[tokio::test]
async fn a_key_is_carried_changed_and_deleted_alone_and_in_a_composite_one(
    #[case] declaration: &str,
    #[case] keys: Keys,
) {
    if !exists_on_both_sides(declaration) {
        return;
    }
    let pair = installed_with(&format!(
        "set sql_mode = ''; create table one (k {declaration} not null primary key, v int); \
         create table two (n int not null, k {declaration} not null, v int, primary key (k, n))"
    ))
    .await;
    // Padded to its full length a text is another one under a collation that heeds trailing blanks: the writer's
    // own conditions would find nothing.
    let odd_session = if declaration.contains("0900") { "set time_zone = '-07:30'; " } else { ODD_SESSION };
    let bare =
        ["tinyint", "bigint", "int", "decimal", "bit"].iter().any(|kind| declaration.starts_with(kind));
    let mut work = odd_session.to_owned();
    let mut expected = Vec::new();
    for (literal, text) in keys {
        write!(work, "insert into one values ({literal}, 1); insert into two values (7, {literal}, 1);")
            .unwrap();
        let part = if bare { text.to_owned() } else { serde_json::to_string(text).unwrap() };
        expected.extend([text.to_owned(), format!("[{part},7]")]);
    }
    pair.local.execute(&work).await;
    assert_eq!(pair.local.column("select record_id from sync_queue order by id").await, expected);
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["one", "two"]).await;
    let [(first, _), (second, _), (third, _)] = keys;
    pair.local
        .execute(&format!(
            "{odd_session} update one set v = 2 where k = {first}; update two set v = 2 where k = {first}; \
             delete from one where k = {second}; delete from two where k = {second}; \
             update one set k = {second} where k = {third}; update two set k = {second} where k = {third}"
        ))
        .await;
    sync(&pair, 0).await;
    assert_eq!(
        pair.central.column("select sum(v) from one union all select count(*) from two").await,
        ["3", "2"]
    );
    assert_equal_on_both_sides(&pair, &["one", "two"]).await;
    assert_eq!(entries(&pair, "PENDING").await, 0);
}

#[tokio::test]
async fn a_row_spelled_anew_under_an_equal_key_is_one_record() {
    let create =
        "create table shops (k varchar(20) primary key, v int unique) collate utf8mb4_unicode_520_ci";
    for batch_size in [1, 100] {
        let mut pair = installed_with(create).await;
        pair.set("SYNC_BATCH_SIZE", &batch_size);
        pair.local.execute("insert into shops values ('abc', 1), ('Žluť', 2), ('x', 3)").await;
        sync(&pair, 0).await;
        pair.local
            .execute(
                "delete from shops where k = 'abc'; insert into shops values ('ABC', 1); \
                 update shops set k = 'zlut' where v = 2; update shops set k = 'X ' where v = 3",
            )
            .await;
        sync(&pair, 0).await;
        assert_equal_on_both_sides(&pair, &["shops"]).await;
        pair.local.execute("delete from shops where k = 'aBc'").await;
        sync(&pair, 0).await;
        assert_equal_on_both_sides(&pair, &["shops"]).await;
        assert_eq!((entries(&pair, "PENDING").await, entries(&pair, "FAILED").await), (0, 0));
    }
}

#[tokio::test]
async fn a_rejected_record_waits_under_every_spelling_of_its_key() {
    let pair = installed_with("create table shops (k varchar(20) primary key, v int)").await;
    pair.central.execute("alter table shops add constraint no_bad check (v <> 13)").await;
    pair.local.execute("insert into shops values ('abc', 1), ('other', 1)").await;
    sync(&pair, 0).await;
    pair.local.execute("delete from shops where k = 'abc'; insert into shops values ('ABC', 13); update shops set v = 2 where k = 'other'").await;
    let report = sync(&pair, 3).await;
    assert_eq!((&report["entries_failed"], &report["entries_synced"]), (&2.into(), &1.into()));
    // Neither is tried again before its time.
    assert_eq!(sync(&pair, 3).await["batches"], 0);
    pair.local.execute("update shops set v = 14 where k = 'abc'").await;
    let_time_pass(&pair).await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["shops"]).await;
    assert_eq!(pair.local.one::<u64>("select count(*) from sync_failures").await, 0);
}

#[tokio::test]
async fn what_is_no_key_of_its_table_is_never_a_delete() {
    let create =
        "create table shops (k varchar(3) character set latin1, n int, at date, primary key (k, n, at))";
    let pair = installed_with(create).await;
    pair.local.execute("insert into shops values ('a', 1, '2026-01-01')").await;
    sync(&pair, 0).await;
    let wrong = [
        "a",
        "[\"a\",1]",
        "[\"a\", 1,\"2026-01-01\"]",
        "[\"a\",1,\"2026-13-01\"]",
        "[\"a\",1.0,\"2026-01-01\"]",
        "[\"abcd\",1,\"2026-01-01\"]",
        "[a,1,\"2026-01-01\"]",
        "[\"a\",1,null]",
        "[\"a\",\"1\",\"2026-01-01\"]",
    ];
    for record in wrong {
        let record = record.replace('\'', "''");
        pair.local
            .execute(&format!(
                "insert into sync_queue (table_name, record_id, operation, last_updated_at) \
                 values ('shops', '{record}', 'DELETE', utc_timestamp(6))"
            ))
            .await;
    }
    sync(&pair, 3).await;
    assert_eq!(entries(&pair, "PENDING").await, wrong.len() as u64);
    assert_eq!(pair.central.one::<u64>("select count(*) from shops").await, 1);
    let message = pair.local.column("select message from sync_failures limit 1").await;
    assert!(message[0].contains("expected a JSON array of a text of at most 3 characters"), "{message:?}");
}

#[rstest]
#[case("k float primary key", "k float primary key", "do not tell records apart")]
#[case(
    "k varchar(20) character set sjis primary key",
    "k varchar(20) character set sjis primary key",
    "not every text in sjis"
)]
#[case("k text, primary key (k(10))", "k text, primary key (k(10))", "beginning")]
#[case(
    "k varchar(20) collate utf8mb4_bin primary key",
    "k varchar(20) collate utf8mb4_general_ci primary key",
    "equal on one side only"
)]
#[case(
    "k int primary key, u varchar(20) collate utf8mb4_bin unique",
    "k int primary key, u varchar(20) collate utf8mb4_general_ci unique",
    "equal on one side only"
)]
#[tokio::test]
async fn a_key_that_would_merge_or_lose_records_is_refused(
    #[case] local: &str,
    #[case] central: &str,
    #[case] reason: &str,
) {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "t");
    pair.local.execute(&format!("create table t ({local})")).await;
    pair.central.execute(&format!("create table t ({central})")).await;
    let report = pair.backhaul(&["install", "--json"]).await.expect_code(1).json();
    let refused = &report["refused"][0];
    assert!(refused["message"].as_str().unwrap().contains(reason), "{refused}");
    if let Some(statement) = refused["remedy"].as_str().unwrap().strip_prefix("on DB_B: ") {
        pair.central.execute(statement).await;
        pair.backhaul(&["install"]).await.expect_code(0);
    }
}

/// Texts of characters that quoting, JSON and collations treat in a way of their own.
fn odd_text() -> impl Strategy<Value = String> {
    let odd = proptest::sample::select(vec![
        '\'',
        '"',
        '\\',
        '/',
        ' ',
        '\0',
        '\x1a',
        '\n',
        '\r',
        '\t',
        '\x08',
        '\x0c',
        '\x1f',
        '\x7f',
        '[',
        ']',
        ',',
        '{',
        '}',
        '`',
        '%',
        '_',
        'a',
        'A',
        'á',
        'ß',
        's',
        'ž',
        '\u{301}',
        '\u{ad}',
        '\u{200d}',
        '\u{2028}',
        '😀',
        '\u{ffff}',
        '\u{10ffff}',
        '0',
        'x',
    ]);
    proptest::collection::vec(proptest::prop_oneof![4 => odd, 1 => any::<char>()], 0..6)
        .prop_map(|characters| characters.into_iter().collect())
}

#[rstest]
#[case("utf8mb4_bin")]
#[case("utf8mb4_nopad_bin")]
#[case("utf8mb4_general_ci")]
#[case("utf8mb4_unicode_520_ci")]
#[case("utf8mb4_0900_ai_ci")]
#[tokio::test]
async fn random_texts_are_keys_like_any_other(#[case] collation: &str) {
    if !exists_on_both_sides(collation) {
        return;
    }
    let mut pair = installed_with(&format!(
        "create table one (k varchar(20) collate {collation} primary key, v int); \
         create table two (k varchar(20) collate {collation}, n int, l varchar(20) collate utf8mb4_bin, v int, primary key (k, n, l))"
    ))
    .await;
    let mut runner = TestRunner::deterministic();
    let mut text = || {
        let drawn = odd_text().new_tree(&mut runner).unwrap().current();
        let mut literal = "_utf8mb4 ".to_owned();
        quoting::push_bytes(drawn.as_bytes(), &mut literal);
        literal
    };
    for (round, batch_size) in [3, 1000, 7].into_iter().enumerate() {
        let mut work = String::new();
        for number in 0..60 {
            let (a, b, c) = (text(), text(), text());
            write!(work,
                "insert ignore into one values ({a}, {number}); insert ignore into two values ({a}, 1, {b}, 1);"
            ).unwrap();
            write!(
                work,
                "update ignore one set k = {c} where k = {b}; update one set v = {round} where k = {c};"
            )
            .unwrap();
            write!(work, "update ignore two set k = {c} where k = {b}; replace into one values ({b}, 1);")
                .unwrap();
            write!(work, "delete from one where k = {c} and v % 2; delete from two where l = {c};").unwrap();
        }
        pair.local.execute(&work).await;
        pair.set("SYNC_BATCH_SIZE", &batch_size);
        sync(&pair, 0).await;
        assert_equal_on_both_sides(&pair, &["one", "two"]).await;
        assert_eq!((entries(&pair, "PENDING").await, entries(&pair, "FAILED").await), (0, 0));
    }
}

#[tokio::test]
async fn children_find_parents_by_any_key() {
    let create = "create table shops (region varchar(10), number int, primary key (region, number)); \
                  create table sales (id binary(2) primary key, region varchar(10), number int, \
                                      foreign key (region, number) references shops (region, number))";
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "*");
    pair.local.execute(&format!("{create}; insert into shops values ('North', 1)")).await;
    pair.central.execute(create).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    // The parent was there before `install`; the child spells its key in its own way.
    pair.local.execute("insert into sales values (x'0001', 'north', 1)").await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["shops", "sales"]).await;
}
