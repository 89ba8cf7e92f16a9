//! Why the program cannot serve.

use std::io;

/// How many characters a token has at least where other machines can ask: short ones are guessed, however long a wrong one
/// lets its sender wait.
pub const SHORTEST_TOKEN: usize = 16;

/// A start that failed; its text is the one line a person gets to see.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another program listens there.
    #[error("cannot listen on {host}:{port}: another program does; set PORT= to a free port")]
    PortTaken {
        /// `HOST`.
        host: String,
        /// `PORT`.
        port: u16,
    },
    /// The address is none of this machine's, or the port is reserved.
    #[error("cannot listen on {host}:{port}: set HOST= and PORT= to an address of this machine")]
    Listen {
        /// `HOST`.
        host: String,
        /// `PORT`.
        port: u16,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Everyone in the network could change the data.
    #[error("HOST={host} can be reached from other machines: set API_TOKEN= to a secret, or HOST=127.0.0.1")]
    Unprotected {
        /// `HOST`.
        host: String,
    },
    /// Everyone in the network could try all tokens.
    #[error(
        "HOST={host} can be reached from other machines, and API_TOKEN is short: give it {SHORTEST_TOKEN} characters at least, \
         as `openssl rand -hex 16` makes them"
    )]
    ShortToken {
        /// `HOST`.
        host: String,
    },
    /// `SYNC_CRON` cannot be understood; settings are checked before, so this is a defect.
    #[error("SYNC_CRON cannot be understood: {0}")]
    Schedule(String),
    /// Signals cannot be received.
    #[error("cannot receive signals")]
    Signals(#[source] io::Error),
    /// The HTTP service broke off.
    #[error("the HTTP service broke off")]
    Http(#[source] tokio::task::JoinError),
}
