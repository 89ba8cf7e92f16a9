//! The one way by which names and values enter SQL.
//!
//! Every session runs with `utf8mb4` and without `NO_BACKSLASH_ESCAPES`, which these functions rely on.

use std::ops::Range;

use data_encoding::HEXLOWER;

/// How many bytes of a text are looked at together for one that is to be escaped.
const LOOKED_AT_TOGETHER: usize = 64;

/// Quotes a table's or column's name.
#[must_use]
pub fn name(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Quotes several names, separated by commas.
#[must_use]
pub fn names<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    all.into_iter().map(name).collect::<Vec<_>>().join(", ")
}

/// Quotes an account that a server writes as `name@host`; the name may contain an `@`, the host does not.
#[must_use]
pub fn account(account: &str) -> String {
    let (name, host) = account.rsplit_once('@').unwrap_or((account, "%"));
    format!("{}@{}", text(name), text(host))
}

/// Quotes a text value.
#[must_use]
pub fn text(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    push_text(value, &mut quoted);
    quoted
}

/// Appends a quoted text value.
pub fn push_text(value: &str, sql: &mut String) {
    sql.push('\'');
    for (plain, escaped) in pieces(value.as_bytes()) {
        sql.push_str(&value[plain]);
        sql.push_str(escaped);
    }
    sql.push('\'');
}

/// Appends quoted bytes as they are, which only data may hold that is read byte by byte.
pub fn push_raw(value: &[u8], data: &mut Vec<u8>) {
    data.push(b'\'');
    for (plain, escaped) in pieces(value) {
        data.extend_from_slice(&value[plain]);
        data.extend_from_slice(escaped.as_bytes());
    }
    data.push(b'\'');
}

/// Cuts a value behind each byte that is to be escaped: where the others before it stand, and what is written in its place.
/// Values are long and rarely hold any of these: what lies between is copied at once.
fn pieces(value: &[u8]) -> impl Iterator<Item = (Range<usize>, &'static str)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = value.get(start..).filter(|rest| !rest.is_empty())?;
        let Some(at) = first_special(rest) else {
            let plain = start..value.len();
            start = value.len();
            return Some((plain, ""));
        };
        let plain = start..start + at;
        start += at + 1;
        let escaped = match rest[at] {
            b'\'' => "''",
            b'\\' => "\\\\",
            b'\0' => "\\0",
            // The stock client and old logs cut at a control-Z; escaped, nothing does.
            _ => "\\Z",
        };
        Some((plain, escaped))
    })
}

/// Finds the first byte that is to be escaped. Looked at many at once, without an end in between, bytes take a processor a
/// tenth of the time.
fn first_special(text: &[u8]) -> Option<usize> {
    let is_special = |byte: &u8| matches!(byte, b'\'' | b'\\' | b'\0' | b'\x1a');
    let plain = text
        .chunks_exact(LOOKED_AT_TOGETHER)
        .take_while(|chunk| !chunk.iter().fold(false, |found, byte| found | is_special(byte)))
        .count()
        * LOOKED_AT_TOGETHER;
    text[plain..].iter().position(is_special).map(|at| plain + at)
}

/// Quotes a text value, or writes NULL.
#[must_use]
pub fn optional_text(value: Option<&str>) -> String {
    value.map_or_else(|| "null".to_owned(), text)
}

/// Appends bytes as a hexadecimal literal, which no character set touches.
pub fn push_bytes(value: &[u8], sql: &mut String) {
    sql.push_str("x'");
    HEXLOWER.encode_append(value, sql);
    sql.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backtick_in_a_name_is_doubled() {
        assert_eq!(name("a`b"), "`a``b`");
        assert_eq!(names(["a", "b c"]), "`a`, `b c`");
    }

    #[test]
    fn an_account_is_quoted_in_two_parts() {
        assert_eq!(account("o'n@e@127.0.0.1"), "'o''n@e'@'127.0.0.1'");
    }

    #[test]
    fn quotes_backslashes_and_control_characters_are_escaped() {
        assert_eq!(text("O'Ne\\il\0\x1a\n😀"), "'O''Ne\\\\il\\0\\Z\n😀'");
        assert_eq!(optional_text(None), "null");
        let mut data = Vec::new();
        push_raw(b"\xff'\\\0\x1a", &mut data);
        assert_eq!(data, b"'\xff''\\\\\\0\\Z'");
    }

    #[test]
    fn bytes_become_a_hexadecimal_literal() {
        let mut sql = String::from("_binary ");
        push_bytes(&[0, 0xff, b'a'], &mut sql);
        push_bytes(&[], &mut sql);
        assert_eq!(sql, "_binary x'00ff61'x''");
    }
}
