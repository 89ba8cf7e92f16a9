//! Whether a cycle may go on: asked before each batch.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::interruption::Interruption;
use crate::config::Environment;
use crate::config::environment::OnlineSwitch;

/// What may end a cycle between two batches: the switch in `.env`, and the end of the process.
#[derive(Debug, Clone)]
pub struct Gate {
    environment: Arc<Environment>,
    stop: CancellationToken,
}

impl Gate {
    /// Watches the switch of `environment` and `stop`.
    #[must_use]
    pub const fn new(environment: Arc<Environment>, stop: CancellationToken) -> Self {
        Self { environment, stop }
    }

    /// Reads `IS_ONLINE` afresh.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.environment.online_switch().is_on()
    }

    /// Lets a cycle go on.
    ///
    /// # Errors
    /// Why it must not.
    pub fn check(&self) -> Result<(), Interruption> {
        if self.stop.is_cancelled() {
            return Err(Interruption::Shutdown);
        }
        match self.environment.online_switch() {
            OnlineSwitch::On => Ok(()),
            OnlineSwitch::Off => Err(Interruption::SwitchedOff),
            OnlineSwitch::Unreadable(reason) => Err(Interruption::SwitchUnreadable(reason)),
        }
    }
}
