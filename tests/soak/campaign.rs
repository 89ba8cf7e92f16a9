//! The campaign: phases of work under faults, each followed by a healing after which everything must be right.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use backhaul::utils::clock::monotonic;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::checks::{self, audit, leaks, status, synced};
use crate::faults;
use crate::restores::Backups;
use crate::sql;
use crate::stage::{Servers, Stage};
use crate::support::dice::Dice;
use crate::world::{World, comes_to_hold, unpoisoned};
use crate::writers::Writers;

/// Where what is left of a failed campaign is kept.
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/soak");

/// A campaign under way.
pub struct Campaign {
    /// What everybody shares.
    pub world: Arc<World>,
    /// Chance, for what happens between phases.
    pub dice: Dice,
    /// How far each record has come.
    pub memory: audit::Memory,
    /// The number of the newest intent when a side was last restored.
    pub restored_at: u64,
    /// Backups made at an earlier healing.
    pub backups: Option<Backups>,
    writers: Writers,
    seen: leaks::Seen,
    looks: u64,
    longest_drain: Duration,
}

/// Plays a campaign and panics with everything that it found; then what is left of it is kept, and the way to play it again told.
pub fn play(length: Duration, seed: u64) {
    println!("campaign with seed {seed}, for {} s", length.as_secs());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(6).enable_all().build().unwrap();
    let servers = Servers::start();
    let stage = runtime.block_on(Stage::set(&servers));
    let world = Arc::new(World::new(stage, servers));
    let there = Arc::clone(&world);
    let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        runtime.block_on(async { Campaign::begin(there, seed).await.run(length, seed).await });
    }));
    if let Err(panic) = played {
        let kept = keep(&world, runtime, seed);
        let minutes = length.as_secs_f64() / 60.0;
        eprintln!("a campaign failed; play it again with: make soak MINUTES={minutes:.1} SEED={seed}");
        eprintln!("both servers' data, settings and logs are in {}", kept.display());
        std::panic::resume_unwind(panic);
    }
    runtime.block_on(async { world.serving.lock().await.kill() });
}

/// Ends everything, and copies what it leaves behind.
fn keep(world: &World, runtime: Runtime, seed: u64) -> PathBuf {
    // Whatever waits in it is waited for no longer.
    runtime.shutdown_timeout(Duration::from_secs(20));
    let kept = Path::new(KEPT).join(format!("seed-{seed}"));
    let _ = std::fs::remove_dir_all(&kept);
    std::fs::create_dir_all(&kept).unwrap();
    for server in [&world.local, &world.central] {
        let mut server = unpoisoned(server);
        server.kill();
        copy(server.dir(), &kept);
    }
    copy(world.stage.dir(), &kept);
    for entry in std::fs::read_dir(world.stage.dir().parent().unwrap()).unwrap().flatten() {
        if entry.file_name().to_string_lossy().starts_with("output") {
            copy(&entry.path(), &kept);
        }
    }
    kept
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status();
    if !copied.is_ok_and(|status| status.success()) {
        eprintln!("{} could not be kept", from.display());
    }
}

impl Campaign {
    async fn begin(world: Arc<World>, seed: u64) -> Self {
        let writers = Writers::start(&world.stage.pair.local.url, seed);
        let mut campaign = Self {
            world,
            dice: Dice::new(seed),
            memory: audit::Memory::default(),
            restored_at: 0,
            backups: None,
            writers,
            seen: leaks::Seen::default(),
            looks: 0,
            longest_drain: Duration::ZERO,
        };
        campaign.start_serving().await;
        campaign
    }

    async fn run(mut self, length: Duration, seed: u64) {
        let end = monotonic() + length;
        // A short campaign, too, is to see more than one healing.
        let shortest = if length < Duration::from_mins(3) { 10_000 } else { 20_000 };
        let mut phase = 0;
        while monotonic() < end {
            phase += 1;
            let time = Duration::from_millis(shortest + self.dice.roll(shortest));
            let before = self.world.counts();
            let looking = CancellationToken::new();
            let mut looks = tokio::task::JoinSet::new();
            looks.spawn(status::watch(Arc::clone(&self.world), looking.clone()));
            looks.spawn(synced::watch(Arc::clone(&self.world), looking.clone()));
            self.writers.go_on();
            faults::rage(&self.world, seed.wrapping_mul(1000) + phase, monotonic() + time).await;
            self.writers.rest().await;
            self.heal(looking, looks).await;
            println!("phase {phase}: {}", told(&since(&before, &self.world.counts())));
            if self.dice.happens(25) {
                self.prune().await;
            }
            let before = self.world.counts();
            self.turn(phase == 2).await;
            println!("  all well; {}", told(&since(&before, &self.world.counts())));
        }
        self.report(phase).await;
    }

    /// Lets everything arrive, and checks.
    async fn heal(
        &mut self,
        looking: CancellationToken,
        mut looks: tokio::task::JoinSet<(Vec<String>, u64)>,
    ) {
        let world = Arc::clone(&self.world);
        let stage = &world.stage;
        let mut findings = synced::check(stage).await;
        match checks::drained(stage).await {
            Ok(took) => {
                println!("  drained in {:.1} s", took.as_secs_f64());
                self.longest_drain = self.longest_drain.max(took);
            }
            Err(left) => findings.push(left),
        }
        if !comes_to_hold(status::BELIEF, async || self.says_online().await).await {
            findings.push("status: not online, although all is well".to_owned());
        }
        looking.cancel();
        while let Some(looked) = looks.join_next().await {
            let (untrue, number) = looked.unwrap();
            self.looks += number;
            findings.extend(untrue);
        }
        findings.extend(checks::equal(stage).await);
        findings.extend(checks::chain::check(stage, self.restored_at).await);
        let service = self.service().await;
        findings.extend(leaks::check(stage, &mut self.seen, service).await);
        self.stop_serving().await;
        findings.extend(leaks::check_stopped(stage).await);
        findings.extend(audit::check(stage, &mut self.memory).await);
        self.memory.both_are_equal();
        findings.append(&mut world.serving.lock().await.findings);
        self.start_serving().await;
        self.demand(&findings);
    }

    async fn says_online(&self) -> bool {
        let address =
            format!("http://127.0.0.1:{}/sync/status", self.world.stage.daily.setting("PORT").unwrap());
        let Ok(answer) = reqwest::get(address).await else { return false };
        answer.json::<serde_json::Value>().await.is_ok_and(|status| status["online"] == true)
    }

    async fn service(&self) -> u32 {
        self.world.serving.lock().await.running().map_or(0, crate::support::program::Running::process_id)
    }

    /// Starts the service with settings drawn anew.
    pub async fn start_serving(&mut self) {
        self.world.serving.lock().await.start(&mut self.dice);
        self.world.now(|truth| truth.serving_since = Some(monotonic()));
    }

    /// Stops the service in good order.
    pub async fn stop_serving(&self) {
        self.world.now(|truth| truth.serving_since = None);
        self.world.serving.lock().await.stop().await;
    }

    /// Panics unless nothing was found.
    pub fn demand(&self, findings: &[String]) {
        let faults = told(&self.world.counts());
        assert!(findings.is_empty(), "{} findings after {faults}:\n{}", findings.len(), findings.join("\n"));
    }

    async fn report(&self, phases: u64) {
        let local = &self.world.stage.pair.local.url;
        let cycles = sql::rows(local, "select outcome, count(*) from sync_runs group by outcome").await;
        let cycles: Vec<String> = cycles
            .iter()
            .map(|row| format!("{} {}", row[1], if row[0].is_empty() { "without end" } else { &row[0] }))
            .collect();
        let batches =
            sql::number(local, "select count(*) from sync_intents where state = 'ACKNOWLEDGED'").await;
        println!(
            "{phases} phases, {} changing statements, {batches} batches, {} looks at what the program says, longest drain {:.1} s",
            self.writers.changes(),
            self.looks,
            self.longest_drain.as_secs_f64()
        );
        println!("  cycles: {}", cycles.join(", "));
        for (kind, number) in self.world.counts() {
            println!("  {number:5} {kind}");
        }
    }
}

fn since(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let more = |(kind, number): (&String, &u64)| {
        let more = number - before.get(kind).copied().unwrap_or(0);
        (more > 0).then(|| (kind.clone(), more))
    };
    after.iter().filter_map(more).collect()
}

fn told(counts: &BTreeMap<String, u64>) -> String {
    let counts: Vec<String> = counts.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
    counts.join(", ")
}
