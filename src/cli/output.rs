//! What a command prints. Whoever reads it may have gone: that ends no command, and stops no change.

use std::fmt::Display;
use std::io::{ErrorKind, Write, stderr, stdout};

/// Prints lines to standard output.
///
/// # Errors
/// When they cannot be written, as on a full disk; a reader that has gone, as behind `head`, misses nothing it wants.
pub fn print(text: impl Display) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(anyhow::Error::new(error).context("cannot write to standard output"))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Says something on standard error, if anyone still reads it.
pub fn say(text: impl Display) {
    let _ = writeln!(stderr().lock(), "{text}");
}
