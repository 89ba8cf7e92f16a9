//! Stopping: the first SIGTERM or SIGINT asks for it, the second enforces it.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The exit status after a second signal; shells show it for a program ended by SIGINT.
pub const EXIT_AT_ONCE: i32 = 130;

/// The signals that ask the program to stop.
#[derive(Debug)]
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Begins to receive them; from now on they no longer end the process by themselves.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn receive() -> Result<Self, io::Error> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Cancels `stop` at the first signal and ends the process at the second.
    pub async fn watch(mut self, stop: CancellationToken) {
        let name = self.next().await;
        tracing::info!(signal = name, "stopping; a second signal stops at once");
        stop.cancel();
        let name = self.next().await;
        tracing::warn!(signal = name, "stopped at once; the next start settles what was under way");
        std::process::exit(EXIT_AT_ONCE);
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
