//! Stopping: the first SIGTERM, SIGINT or SIGHUP asks for it, a second SIGTERM or SIGINT enforces it.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The exit status after a second signal; shells show it for a program ended by SIGINT.
pub const EXIT_AT_ONCE: i32 = 130;

/// What a terminal sends that goes away.
const HANGUP: &str = "SIGHUP";

/// The signals that ask the program to stop.
#[derive(Debug)]
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
    /// `None` where hang-ups are ignored.
    hangup: Option<Signal>,
}

impl StopSignals {
    /// Begins to receive them; from now on they no longer end the process by themselves.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn receive() -> Result<Self, io::Error> {
        // Receiving a signal ends its being ignored, and who starts a program under nohup wants it to go on.
        let hangup = if ignores_hangups() { None } else { Some(signal(SignalKind::hangup())?) };
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup,
        })
    }

    /// Cancels `stop` at the first signal and ends the process at the second. A terminal that goes away may hang up twice, from
    /// the system and from the shell: only the first counts.
    pub async fn watch(mut self, stop: CancellationToken) {
        let name = self.next().await;
        tracing::info!(signal = name, "stopping; a second signal stops at once");
        stop.cancel();
        let mut name = self.next().await;
        while name == HANGUP {
            name = self.next().await;
        }
        tracing::warn!(signal = name, "stopped at once; the next start settles what was under way");
        std::process::exit(EXIT_AT_ONCE);
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            () = hung_up(self.hangup.as_mut()) => HANGUP,
        }
    }
}

/// Waits for the terminal to go away; for ever where that is ignored.
async fn hung_up(hangup: Option<&mut Signal>) {
    match hangup {
        Some(hangup) => drop(hangup.recv().await),
        None => std::future::pending().await,
    }
}

/// Tells whether SIGHUP was ignored when the program started, as under nohup. Where the system does not say, hang-ups are left
/// as they are.
fn ignores_hangups() -> bool {
    std::fs::read_to_string("/proc/self/status").ok().and_then(|status| is_ignored(&status)).unwrap_or(true)
}

/// Reads the mask of ignored signals, whose lowest bit is SIGHUP.
fn is_ignored(status: &str) -> Option<bool> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    Some(u64::from_str_radix(mask.trim(), 16).ok()? & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_bit_of_the_mask_is_the_hang_up() {
        assert_eq!(is_ignored("Name:\tx\nSigIgn:\t0000000000001001\n"), Some(true));
        assert_eq!(is_ignored("SigBlk:\t0000000000000001\nSigIgn:\t0000000000001000\n"), Some(false));
        assert_eq!(is_ignored("Name:\tx\n"), None);
    }
}
