//! `docs/TYPES.md` says what the lists say.

use std::fmt::Write as _;

use super::list::{
    CARRIED, ColumnType, Direction, Engines, REFUSED, REFUSED_TO_MARIADB, REFUSED_TO_MYSQL, Refusal, WIDER,
};

const START: &str = "\
# Which columns are carried

Written from the lists that the tests carry (`tests/it/values/list.rs`); `make types-doc` writes it anew. Each pair of
engines is a run of these tests on real servers: `make test` (MariaDB 10.11 on both sides) and `make test-engines`
(MySQL 9.7 on both sides, both mixed pairs, MariaDB 11.8 on both sides).
Every value named here arrives byte for byte, becomes NULL and comes back. Values are read and written in the session
time zone UTC and never pass through a number or calendar type of Backhaul's own.

## Carried

*same*: into a column of the same declaration. Where another declaration stands, DB_B's engine has no such type, or would
change its values: declare the column like that in DB_B. `-`: DB_A's engine has no such type. *refused*: nothing in DB_B
holds every value.

| column of DB_A | MariaDB to MariaDB | MySQL to MySQL | MariaDB to MySQL | MySQL to MariaDB | values that the tests carry |
|---|---|---|---|---|---|
";

const WIDER_START: &str = "
## Carried into a wider column

Between any two engines.

| DB_A | DB_B |
|---|---|
";

const REFUSED_START: &str = "
## Refused beforehand

The table is held, with the statement that mends it; the others go on, and this one does as soon as the statement was
run: the tests run each. Types that are not named above are refused as well.

| DB_A | DB_B | between | why |
|---|---|---|---|
";

const END: &str = "
## Good to know

- Generated columns are never written: DB_B computes its own. Invisible columns are written, and so is what a default put there.
- A column that only DB_B has must have a default or allow NULL.
- The error value of an ENUM (number 0, which only a lax session can write) is not accepted by a strict server: its record
  fails visibly and is never confused with a member `''`.
- JSON is text in MariaDB and arrives there letter for letter. MySQL writes it anew when it takes it: other blanks, keys in another
  order, the last of two equal keys. So MariaDB's JSON goes into LONGTEXT on MySQL; MySQL's, already in its own form, goes into JSON or LONGTEXT.
- Between two MySQL servers JSON travels as its text. A DECIMAL within it, which only functions such as `json_object` make, would be rounded: such
  a record fails visibly (3140). Dates and bytes within it, which MySQL prints as strings, arrive as strings.
- Geometries arrive with the same X and Y. For SRID 4326 MySQL reads and prints texts with the latitude first, MariaDB with X first:
  `POINT(1 2)` written at a MariaDB prompt is printed as `POINT(2 1)` by MySQL.
- -0 is a FLOAT or DOUBLE of its own to MySQL and to MariaDB 10.11.14; MariaDB 10.11.19 stores 0 in its place, as SQL calls them equal.
  So do `verify` and `explain`.
- A value that DB_A holds and DB_B does not know (a TIMESTAMP after 2038, half a surrogate pair, a longitude of 200 degrees or an unknown
  SRID on MySQL, a VECTOR that is shorter than declared) fails visibly, with its record.

## Collations

Columns outside of keys may have any collation on either side. Text columns of a primary key must have the same one on both sides, those of a
unique key of DB_B the same one, or a binary one that heeds trailing blanks if DB_A's does. The default of MySQL (`utf8mb4_0900_ai_ci`) does not exist in
MariaDB before 11.4.5, and the defaults of MariaDB from 11.5 (`…_uca1400_…`) exist in no MySQL. `install` names what both understand: mostly
`utf8mb4_unicode_520_ci`, on both sides, and `utf8mb4_0900_bin` or `utf8mb4_nopad_bin` in DB_B for unique values outside of the primary key.

## Primary keys

Any number of columns of any type above, except: FLOAT and DOUBLE; JSON, vectors and geometries; the beginning of a column (`t(20)`); computed columns;
text in character sets some of whose bytes have no character of their own in Unicode (all but utf8mb4, utf8mb3, ascii, latin1, utf16, utf32).
Keys that are equal under the collation (`abc` and `ABC`) are one record.

`record_id` shows a key of one column as it prints, binary as `0x00ff`, moments in UTC; a key of several as a JSON array, `[\"north\",7]`.
";

fn document() -> String {
    let mut text = START.to_owned();
    for column in CARRIED {
        let values: Vec<String> =
            column.values.iter().map(|value| format!("`` {} ``", cell(value))).collect();
        writeln!(text, "| `{}` | {} | {} |", cell(column.declaration), pairs_of(column), values.join(" "))
            .unwrap();
    }
    text += WIDER_START;
    for (local, central, _) in WIDER {
        writeln!(text, "| `{local}` | `{central}` |").unwrap();
    }
    text += REFUSED_START;
    for (list, between) in
        [(REFUSED, "any"), (REFUSED_TO_MYSQL, "MariaDB to MySQL"), (REFUSED_TO_MARIADB, "MySQL to MariaDB")]
    {
        write_refused(&mut text, list, between);
    }
    text + END
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Says for each pair of engines how a column is carried.
fn pairs_of(column: &ColumnType) -> String {
    let (in_mariadb, in_mysql) = match column.engines {
        Engines::Both => (true, true),
        Engines::MariaDb => (true, false),
        Engines::MySql => (false, true),
        Engines::Newer => return newer(column),
    };
    let same = |exists: bool| if exists { "same" } else { "-" }.to_owned();
    let mixed = |direction: Direction, from: bool, into: bool| match column.elsewhere_in(direction) {
        _ if !from => "-".to_owned(),
        Some(declaration) => format!("`{declaration}`"),
        None if into => "same".to_owned(),
        None => "refused".to_owned(),
    };
    let mixed =
        [mixed(Direction::ToMySql, in_mariadb, in_mysql), mixed(Direction::ToMariaDb, in_mysql, in_mariadb)];
    [vec![same(in_mariadb), same(in_mysql)], mixed.to_vec()].concat().join(" | ")
}

/// The lanes have this type on both sides, but not MariaDB 10.11 of the mixed ones.
fn newer(column: &ColumnType) -> String {
    let elsewhere = column.elsewhere_in(Direction::ToMariaDb).unwrap_or("refused");
    format!("same (11.8) | same | - (10.11 has none) | `{elsewhere}` (10.11 has none)")
}

fn write_refused(text: &mut String, list: &[Refusal], between: &str) {
    for (local, central, why) in list {
        writeln!(text, "| `{local}` | `{central}` | {between} | {why} |").unwrap();
    }
}

#[test]
fn the_document_of_types_is_what_the_tests_carry() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/TYPES.md");
    if is_to_be_written() {
        std::fs::write(path, document()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == document(), "docs/TYPES.md is out of date: run `make types-doc`");
}

#[expect(clippy::disallowed_methods, reason = "`make types-doc` asks the test itself")]
fn is_to_be_written() -> bool {
    std::env::var_os("WRITE_TYPES_DOC").is_some()
}
