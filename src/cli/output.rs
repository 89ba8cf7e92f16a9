//! What a command prints. Whoever reads it may have gone: that ends no command, and stops no change.

use std::fmt::Display;
use std::io::{ErrorKind, Write, stdout};

/// Prints a text for people to standard output, in colour where that is wanted.
///
/// # Errors
/// When it cannot be written, as on a full disk; a reader that has gone, as behind `head`, misses nothing it wants.
pub fn print(text: impl Display) -> anyhow::Result<()> {
    written(line(anstream::stdout().lock(), text))
}

/// Prints lines for programs to standard output, as they are.
///
/// # Errors
/// As [`print()`].
pub fn print_as_is(text: impl Display) -> anyhow::Result<()> {
    written(line(stdout().lock(), text))
}

/// Says something on standard error, if anyone still reads it.
pub fn say(text: impl Display) {
    let _ = line(anstream::stderr().lock(), text);
}

fn line(mut out: impl Write, text: impl Display) -> std::io::Result<()> {
    writeln!(out, "{text}").and_then(|()| out.flush())
}

fn written(done: std::io::Result<()>) -> anyhow::Result<()> {
    match done {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(anyhow::Error::new(error).context("cannot write to standard output"))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
