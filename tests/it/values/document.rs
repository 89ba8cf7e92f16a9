//! `docs/TYPES.md` says what the list says.

use std::fmt::Write as _;

use super::list::{CARRIED, Engines, REFUSED, WIDER};

const START: &str = "\
# Which columns are carried

Written from the list that the tests carry (`tests/it/values/list.rs`); `make types-doc` writes it anew.
Every value named here arrives byte for byte, becomes NULL and comes back. Values are read and written in the session
time zone UTC and never pass through a number or calendar type of Backhaul's own.

## Carried

| column | on | values that the tests carry |
|---|---|---|
";

const REFUSED_START: &str = "
## Refused beforehand

The table is held, with the statement that mends it; the others go on. Besides these: VECTOR and other types not named above.

| DB_A | DB_B | why |
|---|---|---|
";

const WIDER_START: &str = "
## Carried into a wider column

| DB_A | DB_B |
|---|---|
";

const END: &str = "
## Good to know

- Generated columns are never written: DB_B computes its own. Invisible columns are written, and so is what a default put there.
- A column that only DB_B has must have a default or allow NULL.
- The error value of an ENUM (number 0, which only a lax session can write) is not accepted by a strict server: its record
  fails visibly and is never confused with a member `''`.
- MariaDB's JSON is text and arrives letter for letter. MySQL's is stored normalised; it goes into JSON or LONGTEXT.
- A value that DB_A holds and DB_B's version of the engine does not know (a TIMESTAMP after 2038) fails visibly, with its record.

## Primary keys

Any number of columns of any type above, except: FLOAT and DOUBLE; JSON and geometries; the beginning of a column (`t(20)`); computed columns;
text in character sets some of whose bytes have no character of their own in Unicode (all but utf8mb4, utf8mb3, ascii, latin1, utf16, utf32).
Text columns of a primary key must have the same collation on both sides, those of a unique key the same one or a `_bin` one in DB_B.
Keys that are equal under the collation (`abc` and `ABC`) are one record.

`record_id` shows a key of one column as it prints, binary as `0x00ff`, moments in UTC; a key of several as a JSON array, `[\"north\",7]`.
";

fn document() -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut text = START.to_owned();
    for column in CARRIED {
        let on = if column.engines == Engines::Both { "both" } else { "MariaDB" };
        let values: Vec<String> =
            column.values.iter().map(|value| format!("`` {} ``", cell(value))).collect();
        writeln!(text, "| `{}` | {on} | {} |", cell(column.declaration), values.join(" ")).unwrap();
    }
    text += WIDER_START;
    for (local, central, _) in WIDER {
        writeln!(text, "| `{local}` | `{central}` |").unwrap();
    }
    text += REFUSED_START;
    for (local, central, why) in REFUSED {
        writeln!(text, "| `{local}` | `{central}` | {why} |").unwrap();
    }
    text + END
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
