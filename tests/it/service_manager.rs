//! What a service manager is told through its socket, as systemd is: ready, alive as long as the program is, stopping.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use backhaul::config::{Environment, Settings};
use backhaul::models::cycle::Trigger;
use backhaul::services::reachability::Reachability;
use backhaul::services::sync::SyncService;
use backhaul::utils::clock::monotonic;
use tokio::net::UnixDatagram;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::support::program::free_port;
use crate::support::servers::scratch_dir;
use crate::support::shop::installed;
use crate::support::{ChaosProxy, Fault, Pair, chaos_proxy::Counts, wait_for};

/// A time without a sign of life in which a healthy program, however busy the machine, shows many.
const SILENCE: Duration = Duration::from_secs(5);

/// One that listens, and loses patience after three quarters of a second.
struct Manager {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Manager {
    fn listen() -> Self {
        let path = scratch_dir("manager").join("notify");
        Self { socket: UnixDatagram::bind(&path).unwrap(), path }
    }

    fn watch(&self, pair: &mut Pair) {
        pair.set("NOTIFY_SOCKET", &self.path.display());
        pair.set("WATCHDOG_USEC", &750_000);
    }

    /// Waits for the next message.
    async fn hears(&self) -> String {
        timeout(Duration::from_mins(1), self.hears_at_last()).await.expect("nothing was told for a minute")
    }

    async fn hears_at_last(&self) -> String {
        let mut message = vec![0; 4096];
        let length = self.socket.recv(&mut message).await.unwrap();
        String::from_utf8(message[..length].to_vec()).unwrap()
    }

    /// Waits for so many signs of life, and gives the last line that was told meanwhile.
    async fn sees_alive(&self, signs: u32) -> String {
        let (mut seen, mut line) = (0, String::new());
        while seen < signs {
            let message = self.hears().await;
            if message == "WATCHDOG=1" {
                seen += 1;
            } else {
                line = message;
            }
        }
        line
    }
}

#[tokio::test]
async fn it_is_told_ready_once_the_api_answers_then_alive_and_stopping_in_the_end() {
    let mut pair = installed().await;
    let manager = Manager::listen();
    manager.watch(&mut pair);
    let server = pair.start(&["serve"]);
    assert_eq!(manager.hears().await, "READY=1");
    assert_eq!(reqwest::get(pair.api("/readyz")).await.unwrap().status(), 200);
    let line = manager.sees_alive(5).await;
    assert!(line.starts_with("STATUS=") && line.contains("0 pending, 0 failed, 0 held"), "{line}");
    server.signal("TERM");
    while !manager.hears().await.starts_with("STOPPING=1") {}
    server.finish().await.expect_code(0);
}

#[tokio::test]
async fn a_program_that_reaches_no_database_is_alive_all_the_same() {
    let mut pair = Pair::new().await;
    let manager = Manager::listen();
    manager.watch(&mut pair);
    pair.set("SYNC_CRON", "* * * * * *");
    for side in ["LOCAL_DATABASE_URL", "CENTRAL_DATABASE_URL"] {
        pair.set(side, &format!("mysql://nobody:nothing@127.0.0.1:{}/none", free_port()));
    }
    let server = pair.start(&["serve"]);
    wait_for("a cycle has failed", async || server.stderr().contains("cycle error")).await;
    let line = manager.sees_alive(10).await;
    assert_eq!(line, "STATUS=DB_A cannot be used at present");
}

#[tokio::test]
async fn a_program_that_hangs_is_not_called_alive_any_more() {
    let mut pair = installed().await;
    let manager = Manager::listen();
    manager.watch(&mut pair);
    pair.set("SYNC_CRON", "* * * * * *");
    pair.set_online(true);
    let _server = pair.start(&["serve"]);
    manager.sees_alive(5).await;
    // Whoever reads a pipe that nobody writes to waits for ever: a disk that does not answer does the same.
    let (pipe, file) = (pair.dir().join("pipe"), pair.dir().join(".env"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::fs::rename(&pipe, &file).unwrap();
    wait_for("it falls silent", async || timeout(SILENCE, manager.hears_at_last()).await.is_err()).await;
    assert!(timeout(SILENCE, manager.hears_at_last()).await.is_err(), "it stays silent");
}

#[tokio::test]
async fn a_cycle_that_waits_for_an_answer_is_alive_for_as_long_as_the_answer_may_take() {
    let mut pair = installed().await;
    let proxy = ChaosProxy::start(pair.central_port());
    pair.reach_central_through(proxy.port());
    let environment = Arc::new(Environment::new(Some(pair.dir().join(".env")), []));
    pair.set_online(true);
    let values: BTreeMap<String, String> = pair.program.settings().clone();
    let settings = Arc::new(Settings::from_values(&values).unwrap());
    let stop = CancellationToken::new();
    let sync = SyncService::new(environment, settings, Reachability::default(), stop);
    let pulse = sync.pulse();
    proxy.set(Fault::Silence);
    let mut cycle = JoinSet::new();
    let running = sync.clone();
    cycle.spawn(async move { running.run(Trigger::Api).await });
    wait_for("DB_B is asked", async || Counts::of(&proxy.counts().connections) > 0).await;
    assert!(!pulse.is_overdue(monotonic() + Duration::from_mins(1)), "an answer may take that long");
    assert!(pulse.is_overdue(monotonic() + Duration::from_mins(3)), "nothing may take that long");
    proxy.set(Fault::CutNow);
    cycle.join_next().await.unwrap().unwrap();
    assert!(!pulse.is_overdue(monotonic() + Duration::from_hours(1)), "no cycle runs");
}
