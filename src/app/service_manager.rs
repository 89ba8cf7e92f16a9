//! Tells a service manager, as systemd is one, how the program is: ready, alive, stopping, and in one line what it does.
//!
//! *Alive* means that whatever must move does: the schedule turns, connections are taken, and a cycle that runs has begun a
//! request that may still take its time. An unreachable DB_A or DB_B is nothing to be restarted for, and each wait for one
//! has an end; what shows no sign of life after that hangs, and then nothing is told any more, so that the manager
//! ends the program and starts it anew. [Decision 25](../../docs/decisions/0025-a-service-and-a-package.md) says more.

use std::io;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::config::Environment;
use crate::models::entry::SyncStatus;
use crate::models::page::Limit;
use crate::models::status::{EntryPage, SyncState};
use crate::services::RequestError;
use crate::services::status::Status;
use crate::utils::clock;
use crate::utils::pulse::Pulse;

/// Time between two lines about what the program does.
const LINE_EVERY: Duration = Duration::from_secs(30);

/// Signs of life within the time after which the manager loses patience.
const SIGNS: u32 = 3;

/// A service manager that listens.
#[derive(Debug)]
pub struct ServiceManager {
    socket: UnixDatagram,
    address: SocketAddr,
    patience: Option<Duration>,
}

/// Something that must move, and what people call it.
pub type Vital = (&'static str, Pulse);

impl ServiceManager {
    /// Finds the one that the environment names; `None` when there is none, or it cannot be spoken to.
    #[must_use]
    pub fn find(environment: &Environment) -> Option<Self> {
        let name = environment.variable("NOTIFY_SOCKET")?;
        let opened = address(name).and_then(|address| Ok((socket()?, address)));
        match opened {
            Ok((socket, address)) => Some(Self { socket, address, patience: patience(environment) }),
            Err(error) => {
                tracing::warn!(%error, "cannot speak to the service manager at NOTIFY_SOCKET={name}");
                None
            }
        }
    }

    /// Tells how the program is until `stop` is cancelled. Whoever calls this serves already.
    pub async fn tell(self, vitals: Vec<Vital>, status: Status, stop: CancellationToken) {
        self.send("READY=1");
        tokio::select! {
            _ = async { tokio::join!(self.tell_alive(&vitals), self.tell_state(&status)) } => {}
            () = stop.cancelled() => {}
        }
        self.send("STOPPING=1\nSTATUS=finishes what is under way");
    }

    /// Tells that the program lives as long as it does.
    async fn tell_alive(&self, vitals: &[Vital]) {
        let Some(patience) = self.patience else { return };
        let mut is_known = false;
        loop {
            match vitals.iter().find(|(_, pulse)| pulse.is_overdue(clock::monotonic())) {
                None => {
                    is_known = false;
                    self.send("WATCHDOG=1");
                }
                Some((name, _)) if !is_known => {
                    is_known = true;
                    tracing::error!(
                        "{name} shows no sign of life: the service manager is told nothing more, and will start the \
                         program anew"
                    );
                }
                Some(_) => {}
            }
            tokio::time::sleep(patience / SIGNS).await;
        }
    }

    /// Tells in one line how far synchronisation is.
    async fn tell_state(&self, status: &Status) {
        let no_list = EntryPage { only: Some(SyncStatus::Failed), after: None, limit: Limit::FEWEST };
        loop {
            self.send(&format!("STATUS={}", line(&status.read(no_list).await)));
            tokio::time::sleep(LINE_EVERY).await;
        }
    }

    /// Sends a message. Nobody may listen any more, or not fast enough: neither is a reason to stop.
    fn send(&self, message: &str) {
        if let Err(error) = self.socket.send_to_addr(message.as_bytes(), &self.address) {
            tracing::debug!(%error, "the service manager was not told {message:?}");
        }
    }
}

/// Makes a socket on which nobody ever waits.
fn socket() -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Understands the name of a socket: a path, or on Linux `@` and a name that is in no directory.
fn address(name: &str) -> io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = name.strip_prefix('@') {
        return <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name);
    }
    SocketAddr::from_pathname(name)
}

/// Reads after what time without a sign of life the manager loses patience; `None` when it has no end, or is another
/// process's.
fn patience(environment: &Environment) -> Option<Duration> {
    let is_other = |process: &str| process.parse() != Ok(std::process::id());
    if environment.variable("WATCHDOG_PID").is_some_and(is_other) {
        return None;
    }
    let patience = environment.variable("WATCHDOG_USEC")?.parse().ok().filter(|&time: &u64| time > 0)?;
    Some(Duration::from_micros(patience))
}

/// Writes the state as one line.
fn line(state: &Result<SyncState, RequestError>) -> String {
    let state = match state {
        Ok(state) => state,
        Err(error) => return error.to_string(),
    };
    let counts = state.counts;
    let line = match (state.is_online, state.central_reachable) {
        (false, _) => "switched offline",
        (true, false) => "DB_B does not answer",
        (true, true) => "DB_B answers",
    };
    let cycle = match state
        .last_run
        .as_ref()
        .and_then(|run| run.outcome.as_deref().zip(run.finished_at.as_deref()))
    {
        _ if state.running => "a cycle runs".to_owned(),
        Some((outcome, moment)) => format!("last cycle {outcome} at {moment}"),
        None => "no cycle has ended yet".to_owned(),
    };
    format!("{line}; {} pending, {} failed, {} held; {cycle}", counts.pending, counts.failed, counts.held)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(None, variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn patience_is_that_of_this_process() {
        let own = std::process::id().to_string();
        let asked = |variables: &[(&str, &str)]| patience(&environment(variables));
        assert_eq!(asked(&[("WATCHDOG_USEC", "3000000")]), Some(Duration::from_secs(3)));
        assert_eq!(
            asked(&[("WATCHDOG_USEC", "3000000"), ("WATCHDOG_PID", &own)]),
            Some(Duration::from_secs(3))
        );
        assert_eq!(asked(&[("WATCHDOG_USEC", "3000000"), ("WATCHDOG_PID", "1")]), None);
        assert_eq!(asked(&[("WATCHDOG_USEC", "0")]), None);
        assert_eq!(asked(&[]), None);
    }

    #[test]
    fn where_nobody_listens_nobody_is_found() {
        assert!(ServiceManager::find(&environment(&[])).is_none());
        assert!(ServiceManager::find(&environment(&[("NOTIFY_SOCKET", &"x".repeat(200))])).is_none());
    }

    #[tokio::test]
    async fn what_hangs_is_not_called_alive() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let heard = UnixDatagram::bind(&path).unwrap();
        heard.set_nonblocking(true).unwrap();
        let manager = || ServiceManager {
            socket: socket().unwrap(),
            address: address(path.to_str().unwrap()).unwrap(),
            patience: Some(Duration::from_millis(30)),
        };
        let signs = async |vitals: Vec<Vital>| {
            let _ = tokio::time::timeout(Duration::from_millis(200), manager().tell_alive(&vitals)).await;
            let mut count = 0;
            while heard.recv(&mut [0; 64]).is_ok() {
                count += 1;
            }
            count
        };
        let (well, hanging) = (Pulse::default(), Pulse::default());
        well.next_within(Duration::ZERO);
        hanging.overdue();
        assert!(signs(vec![("a", well.clone()), ("b", Pulse::default())]).await >= 2);
        assert_eq!(signs(vec![("a", well), ("b", hanging)]).await, 0);
    }
}
