//! Who may ask, where `API_TOKEN` is set: who carries the token, or a session that was opened with it.
//!
//! Nothing is stored: a session is its end and a code over it, made with a key that each start of the program draws anew.

use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::utils::secret::Secret;
use crate::utils::{clock, hex, token};

/// How long a session lasts: a working day, and whoever forgets to sign out is out by the next.
pub const SESSION_LIFETIME: Duration = Duration::from_hours(12);

/// How long a wrong token lets its sender wait; others do not.
const WRONG_TOKEN_WAIT: Duration = Duration::from_millis(300);

/// Knows the token and the sessions.
#[derive(Debug, Clone)]
pub struct SignIn {
    token: Arc<Secret>,
    key: Arc<Secret>,
}

impl SignIn {
    /// Lets those in who know `token`, and draws the key of the sessions.
    #[must_use]
    pub fn new(token: Secret) -> Self {
        let key = Secret::new(token::random() + &token::random());
        Self { token: Arc::new(token), key: Arc::new(key) }
    }

    /// Tells whether this is the token. Compares digests in constant time, so that neither content nor length can be measured.
    #[must_use]
    pub fn is_token(&self, given: &str) -> bool {
        let given = Sha256::digest(given.trim().as_bytes());
        let expected = Sha256::digest(self.token.expose().as_bytes());
        bool::from(given.ct_eq(&expected))
    }

    /// Opens a session for who knows the token; all others wait a moment for their `None`.
    pub async fn open(&self, given: &str) -> Option<String> {
        if self.is_token(given) {
            tracing::info!("signed in");
            return Some(self.session(clock::now()));
        }
        tracing::warn!("somebody tried to sign in with a wrong token");
        tokio::time::sleep(WRONG_TOKEN_WAIT).await;
        None
    }

    /// Tells whether a session was opened by this process and has not ended.
    #[must_use]
    pub fn is_session(&self, session: &str) -> bool {
        self.is_session_at(session, clock::now())
    }

    fn session(&self, now: Timestamp) -> String {
        let lifetime = i64::try_from(SESSION_LIFETIME.as_secs()).unwrap_or_default();
        let end = now.as_second().saturating_add(lifetime).to_string();
        let code = self.code(&end);
        format!("{end}.{code}")
    }

    fn is_session_at(&self, session: &str, now: Timestamp) -> bool {
        let Some((end, code)) = session.split_once('.') else { return false };
        let is_ours = bool::from(code.as_bytes().ct_eq(self.code(end).as_bytes()));
        is_ours && end.parse::<i64>().is_ok_and(|end| now.as_second() < end)
    }

    /// Computes the code over a session's end, in hexadecimal.
    fn code(&self, end: &str) -> String {
        // A key of any length is taken.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.key.expose().as_bytes()) else {
            return token::random();
        };
        mac.update(end.as_bytes());
        hex::lower(&mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_in() -> SignIn {
        SignIn::new(Secret::new("s3cret".to_owned()))
    }

    #[test]
    fn only_the_token_is_the_token() {
        for (given, known) in [("s3cret", true), ("s3cre", false), ("s3crett", false), ("", false)] {
            assert_eq!(sign_in().is_token(given), known, "{given}");
        }
    }

    #[test]
    fn a_session_ends_after_twelve_hours_and_with_its_process() {
        let (here, opened) = (sign_in(), clock::now());
        let session = here.session(opened);
        let after =
            |hours: i64, seconds: i64| opened + jiff::SignedDuration::from_secs(hours * 3600 + seconds);
        assert!(here.is_session_at(&session, opened));
        assert!(here.is_session_at(&session, after(12, -1)));
        assert!(!here.is_session_at(&session, after(12, 0)));
        assert!(!sign_in().is_session_at(&session, opened), "another process");
    }

    #[test]
    fn a_session_cannot_be_made_longer_or_made_up() {
        let (here, now) = (sign_in(), clock::now());
        let session = here.session(now);
        let (end, code) = session.split_once('.').unwrap();
        let longer = end.parse::<i64>().unwrap() + 1;
        for made_up in [
            format!("{longer}.{code}"),
            format!("{end}."),
            format!("{end}.{}", &code[1..]),
            end.to_owned(),
            String::new(),
        ] {
            assert!(!here.is_session_at(&made_up, now), "{made_up}");
        }
    }
}
