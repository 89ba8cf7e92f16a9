//! Requests that may be repeated: the key a client gives to one, and the answer it gets again.

use std::fmt;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Most characters of a key, as the column of `sync_idempotency` holds them.
pub const KEY_MAX_CHARS: usize = 255;

/// The name a client gave to one request, so that it may repeat it: visible ASCII, without quotes and backslashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// Says that a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be 1 to {KEY_MAX_CHARS} visible ASCII characters without quotes, backslashes and blanks, \
     such as 8e03978e-40d5-43dd-bc93-6894a57f9324; quotes may stand around it"
)]
pub struct NoKey;

impl IdempotencyKey {
    /// Understands the value of a header: the key, with or without quotes around it, which do not belong to it.
    ///
    /// # Errors
    /// When it is empty or too long, or holds other characters.
    pub fn parse(value: &str) -> Result<Self, NoKey> {
        let bare = value.strip_prefix('"').map_or(Some(value), |rest| rest.strip_suffix('"')).ok_or(NoKey)?;
        let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        let is_key = (1..=KEY_MAX_CHARS).contains(&bare.len()) && bare.bytes().all(allowed);
        if is_key { Ok(Self(bare.to_owned())) } else { Err(NoKey) }
    }

    /// Gives the key as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A request with its key: two are the same request if operation and digest are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed {
    /// The client's name for it.
    pub key: IdempotencyKey,
    /// Method and path.
    pub operation: &'static str,
    /// SHA-256 of what the request means, not of how it is written: `12.5` and `"12.50"` are the same amount.
    pub digest: [u8; 32],
}

impl Keyed {
    /// Describes a request by its values.
    #[must_use]
    pub fn new(key: IdempotencyKey, operation: &'static str, values: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for value in values {
            // With its length, so that no two lists of values are the same row of bytes.
            digest.update((value.len() as u64).to_be_bytes());
            digest.update(value.as_bytes());
        }
        Self { key, operation, digest: digest.finalize().into() }
    }
}

/// An answer as it is sent: what a repeated request gets again, to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Where to find what was made.
    pub location: String,
    /// The body, JSON.
    pub body: String,
}

impl StoredAnswer {
    /// Shapes the answer to a request that made something.
    ///
    /// # Errors
    /// When `made` cannot be written as JSON, which is a defect.
    pub fn created(location: String, made: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self { status: 201, location, body: serde_json::to_string(made)? })
    }
}

/// What a request with a key is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The answer.
    pub answer: StoredAnswer,
    /// Whether the request had been carried out before, and this is what was answered then.
    pub replayed: bool,
}

/// What became of a request with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Once {
    /// It was carried out just now.
    First(StoredAnswer),
    /// It had been carried out before: this is what was answered then.
    Again(StoredAnswer),
    /// Another request has this key: nothing was done.
    OtherRequest,
    /// A request with this key is being carried out at this moment: nothing was done.
    UnderWay,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324")]
    #[case("\"quoted\"", "quoted")]
    #[case("!#$%&'()*+,-./:;<=>?@[]^_`{|}~", "!#$%&'()*+,-./:;<=>?@[]^_`{|}~")]
    fn a_key_is_taken_with_or_without_quotes(#[case] value: &str, #[case] key: &str) {
        assert_eq!(IdempotencyKey::parse(value).unwrap().as_str(), key);
    }

    #[rstest]
    #[case("")]
    #[case("\"\"")]
    #[case("\"")]
    #[case("\"open")]
    #[case("open\"")]
    #[case("a b")]
    #[case("a\\b")]
    #[case("a\"b")]
    #[case("\"a\"b\"")]
    #[case("schlüssel")]
    #[case("tab\t")]
    fn anything_else_is_no_key(#[case] value: &str) {
        assert_eq!(IdempotencyKey::parse(value), Err(NoKey));
    }

    #[test]
    fn a_key_is_taken_up_to_its_longest() {
        IdempotencyKey::parse(&"x".repeat(KEY_MAX_CHARS)).unwrap();
        IdempotencyKey::parse(&format!("\"{}\"", "x".repeat(KEY_MAX_CHARS))).unwrap();
        IdempotencyKey::parse(&"x".repeat(KEY_MAX_CHARS + 1)).unwrap_err();
    }

    #[test]
    fn values_do_not_run_into_each_other() {
        let keyed = |values: &[&str]| Keyed::new(IdempotencyKey("k".into()), "POST /users", values).digest;
        assert_eq!(keyed(&["ab", "c"]), keyed(&["ab", "c"]));
        assert_ne!(keyed(&["ab", "c"]), keyed(&["a", "bc"]));
        assert_ne!(keyed(&["ab", "c"]), keyed(&["abc"]));
    }
}
