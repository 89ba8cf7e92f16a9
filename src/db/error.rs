//! What can go wrong when a server is asked something.

use std::time::Duration;

use mysql_async::ServerError;

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
    #[error("{step}: touched {touched} rows instead of {expected}")]
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
    }
}
