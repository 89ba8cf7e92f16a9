//! Standard error, shared by log lines and a progress bar: the bar steps aside for each line.

use std::io::{self, Write, stderr};
use std::sync::{Mutex, PoisonError};

use indicatif::ProgressBar;

/// The bar that is drawn at present; a command draws one at a time.
static DRAWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Notes which bar is drawn from now on; `None` when there is none any more.
pub fn drawn(bar: Option<ProgressBar>) {
    *DRAWN.lock().unwrap_or_else(PoisonError::into_inner) = bar;
}

/// Standard error for log lines.
#[derive(Debug, Clone, Copy)]
pub struct BesideBars;

impl Write for BesideBars {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match &*DRAWN.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(bar) => bar.suspend(|| stderr().write(line)),
            None => stderr().write(line),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        stderr().flush()
    }
}
