//! What can go wrong when a server is asked something.

use std::time::Duration;

use mysql_async::ServerError;

use super::codes;

/// A failure of one request to one server.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The server answered with an error; the connection goes on.
    #[error("the server answered {code} ({sqlstate}): {message}")]
    Server {
        /// The server's error number; the same on MariaDB and MySQL unless said otherwise where it is used.
        code: u16,
        /// The five characters of the SQL standard.
        sqlstate: String,
        /// The server's own words.
        message: String,
    },
    /// No connection came about, or it broke: whether the request was carried out is unknown.
    ///
    /// The driver wraps the cause in several layers that each repeat the next; the innermost says it all.
    #[error("no working connection: {0}")]
    Link(String),
    /// The server stayed silent: whether the request was or will be carried out is unknown.
    #[error("no answer within {} s", .0.as_secs_f32())]
    Silent(Duration),
    /// The connection was closed after an earlier failure.
    #[error("the connection was closed after an earlier failure")]
    Closed,
    /// A statement touched another number of rows than it must.
    #[error("{step}: rows touched: {touched} instead of {expected}")]
    UnexpectedRows {
        /// What was being done.
        step: &'static str,
        /// How many rows it must touch.
        expected: u64,
        /// How many it touched.
        touched: u64,
    },
    /// An answer cannot be understood.
    #[error("cannot understand the answer: {0}")]
    Decode(String),
    /// A file that belongs to the connection cannot be used.
    #[error("{0}")]
    Setup(String),
}

impl DbError {
    /// Gives the server's error number, when a server reported one.
    #[must_use]
    pub const fn code(&self) -> Option<u16> {
        match self {
            Self::Server { code, .. } => Some(*code),
            Self::Link(_)
            | Self::Silent(_)
            | Self::Closed
            | Self::UnexpectedRows { .. }
            | Self::Decode(_)
            | Self::Setup(_) => None,
        }
    }

    /// Says what to look at first when a server cannot be reached or lets nobody in; `None` for any other failure.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Link(words) => hint_of_link(words),
            Self::Silent(_) => {
                Some("the server or the line stays silent: does the server run, and is the line up?")
            }
            Self::Server { code: codes::NOT_LET_IN, .. } => Some(
                "the server does not take this user with this password: correct them in the address (odd characters \
                 percent-encoded), or create the account there; an account of DB_B that requires TLS needs CENTRAL_TLS_CA",
            ),
            Self::Server { message, .. } if message.contains("insecure transport") => {
                Some("the server takes encrypted connections only: set CENTRAL_TLS_CA")
            }
            Self::Server { code: codes::DATABASE_DENIED, .. } => Some(
                "this account may not use the database: grant it its rights there, or correct the address",
            ),
            Self::Server { code: codes::NO_SUCH_DATABASE, .. } => {
                Some("the server has no such database: correct its name in the address, or create it there")
            }
            Self::Server { code: codes::TOO_MANY_CONNECTIONS, .. } => {
                Some("the server has no connection left: raise its max_connections, or close what holds them")
            }
            Self::Server { code: codes::HOST_NOT_LET_IN | codes::HOST_BLOCKED, .. } => Some(
                "the server takes no connections from this machine: create the account for its host there",
            ),
            Self::Server { .. }
            | Self::Closed
            | Self::UnexpectedRows { .. }
            | Self::Decode(_)
            | Self::Setup(_) => None,
        }
    }

    /// Tells whether the server itself answered so: the line is there.
    #[must_use]
    pub const fn was_answered(&self) -> bool {
        matches!(self, Self::Server { .. } | Self::Setup(_))
    }

    /// Gives the failure in words, and the hint if there is one.
    #[must_use]
    pub fn with_hint(&self) -> String {
        self.hint().map_or_else(|| self.to_string(), |hint| format!("{self} ({hint})"))
    }

    /// Checks that a state transition touched exactly the rows it must.
    pub(crate) fn check_rows(step: &'static str, expected: u64, touched: u64) -> Result<(), Self> {
        if touched == expected { Ok(()) } else { Err(Self::UnexpectedRows { step, expected, touched }) }
    }
}

impl From<mysql_async::Error> for DbError {
    fn from(error: mysql_async::Error) -> Self {
        match error {
            mysql_async::Error::Server(ServerError { code, message, state }) => {
                Self::Server { code, sqlstate: state, message }
            }
            other => Self::Link(innermost(&other)),
        }
    }
}

/// Tells the usual reasons apart by the system's own words, which is all that the driver passes on.
fn hint_of_link(words: &str) -> Option<&'static str> {
    let words = words.to_ascii_lowercase();
    let says = |any: &[&str]| any.iter().any(|part| words.contains(part));
    if says(&["refused"]) {
        Some("nothing listens at this address: does the server run, and are host and port right?")
    } else if says(&["lookup", "resolve", "name or service", "nodename"]) {
        Some("this host name is not known here: is it spelt right, and is there a way to a name server?")
    } else if says(&["unreachable", "no route"]) {
        Some("no way leads to this address: is the line up?")
    } else if says(&["timed out"]) {
        Some("the server or the line stays silent: does the server run, and is the line up?")
    } else if says(&["asked for ssl but server does not"]) {
        Some(
            "CENTRAL_TLS_CA is set, and the server offers no TLS: give it ssl_cert and ssl_key in its configuration, or leave \
             CENTRAL_TLS_CA empty, and nothing is encrypted",
        )
    } else if says(&["certificate"]) {
        Some("the server's certificate was not accepted: see CENTRAL_TLS_CA")
    } else if says(&["unknown authentication plugin"]) {
        // MySQL answers for a user that it does not have as if it had one, of any kind.
        Some(
            "the server does not take this user with this password, or keeps it in a way that is not known here: correct \
             them in the address, or create the account there with the server's usual plugin",
        )
    } else {
        None
    }
}

/// Gives the words of the last cause in the chain.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_broken_link_is_told_once() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let error = DbError::from(mysql_async::Error::Io(mysql_async::IoError::Io(refused)));
        assert_eq!(error.to_string(), "no working connection: connection refused");
        assert!(error.with_hint().contains("(nothing listens at this address"), "{}", error.with_hint());
    }

    #[test]
    fn only_failures_to_connect_have_a_hint() {
        let answer = |code| DbError::Server { code, sqlstate: "HY000".to_owned(), message: "x".to_owned() };
        assert!(answer(1045).hint().is_some_and(|hint| hint.contains("password")));
        assert!(answer(1049).hint().is_some_and(|hint| hint.contains("no such database")));
        assert_eq!((answer(1062).hint(), answer(1062).with_hint()), (None, answer(1062).to_string()));
        assert!(answer(1045).hint().is_some_and(|hint| hint.contains("CENTRAL_TLS_CA")));
        let insecure = DbError::Server {
            code: 3159,
            sqlstate: "HY000".to_owned(),
            message: "Connections using insecure transport are prohibited".to_owned(),
        };
        assert!(insecure.hint().is_some_and(|hint| hint.contains("set CENTRAL_TLS_CA")));
        let foreign = DbError::Link("Unknown authentication plugin `sha256_password'.".to_owned());
        assert!(
            foreign.hint().is_some_and(|hint| hint.contains("does not take this user with this password"))
        );
        assert_eq!(DbError::Link("broken pipe".to_owned()).hint(), None);
    }
}
