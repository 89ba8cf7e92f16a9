//! The address of a database: `mysql://user:password@host:port/database`.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::utils::secret::Secret;

/// The form shown to whoever got it wrong.
pub const EXPECTED_FORM: &str =
    "mysql://user:password@host:port/database (odd characters in the password percent-encoded)";

/// A database's address, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    /// Account name.
    pub user: String,
    /// Its password; empty when there is none.
    pub password: Secret,
    /// Host name or address.
    pub host: String,
    /// TCP port, 3306 by default.
    pub port: u16,
    /// The schema.
    pub database: String,
}

impl DatabaseUrl {
    /// Takes `text` apart; `None` when it is not of the [`EXPECTED_FORM`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let decode =
            |part: &str| percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned);
        let database = decode(url.path().strip_prefix('/')?)?;
        let usable = url.scheme() == "mysql"
            && !database.is_empty()
            && !database.contains('/')
            && !url.username().is_empty()
            && url.query().is_none()
            && url.fragment().is_none();
        if !usable {
            return None;
        }
        Some(Self {
            user: decode(url.username())?,
            password: Secret::new(decode(url.password().unwrap_or_default())?),
            host: url.host_str()?.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(3306),
            database,
        })
    }

    /// Masks the password in a text that may or may not be a URL, for error messages; in doubt, all of it. What stands behind
    /// `?` or `#` is never shown: other programs' addresses have passwords there.
    #[must_use]
    pub fn mask(text: &str) -> String {
        let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
        let start = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
        match (rest.rfind('@'), rest.split_once(':')) {
            // Without a colon there is no password.
            (_, None) => cut(text),
            (Some(at), Some((user, _)))
                if !scheme.is_empty() && user.len() < at && !rest[..at].contains(TAIL) =>
            {
                format!("{start}{user}:***{}", cut(&rest[at..]))
            }
            // What stands behind the colon may be a port, or a password whose @ is missing or written otherwise.
            (_, Some(_)) => format!("{start}***"),
        }
    }
}

/// What begins the tail of an address.
const TAIL: [char; 2] = ['?', '#'];

fn cut(text: &str) -> String {
    text.find(TAIL).map_or_else(|| text.to_owned(), |at| format!("{}***", &text[..=at]))
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}:{}/{}", self.user, self.host, self.port, self.database)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart_and_its_password_decoded() {
        let url = DatabaseUrl::parse("mysql://shop:p%40ss%24@db.example:3307/till").unwrap();
        assert_eq!(url.password.expose(), "p@ss$");
        assert_eq!(url.to_string(), "shop@db.example:3307/till");
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "till",
            "postgres://a:b@h/d",
            "mysql://a:b@h",
            "mysql://h/d",
            "mysql://a@h/d?x=1",
            "mysql://a:b@h:99999/d",
        ] {
            assert_eq!(DatabaseUrl::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_mask_hides_the_password_whatever_is_in_it() {
        assert_eq!(DatabaseUrl::mask("mysql://a:p@ss@h/d"), "mysql://a:***@h/d");
        assert_eq!(DatabaseUrl::mask("mysql://a:p/s@h:3306/d"), "mysql://a:***@h:3306/d");
        assert_eq!(DatabaseUrl::mask("mysql://a:p%40h/d"), "mysql://***");
        assert_eq!(DatabaseUrl::mask("mysql://a@h:3306/d"), "mysql://***");
        assert_eq!(DatabaseUrl::mask("mysql://h/d"), "mysql://h/d");
        assert_eq!(DatabaseUrl::mask("a:p@h/d"), "***");
        assert_eq!(DatabaseUrl::mask("a:p"), "***");
        assert_eq!(DatabaseUrl::mask("till"), "till");
        assert_eq!(DatabaseUrl::mask("mysql://a:p@h/d?password=zz9"), "mysql://a:***@h/d?***");
        assert_eq!(DatabaseUrl::mask("mysql://h/d#zz9"), "mysql://h/d#***");
        assert_eq!(DatabaseUrl::mask("till?password=zz9"), "till?***");
        assert_eq!(DatabaseUrl::mask("mysql://a:p@h/d?password=z@9"), "mysql://***");
        assert_eq!(DatabaseUrl::mask("mysql://a:p?z@h/d"), "mysql://***");
    }
}
