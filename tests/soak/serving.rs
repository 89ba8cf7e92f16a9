//! The program as a service: started with settings drawn anew each time, and watched for what it must never do.

use crate::support::dice::Dice;
use crate::support::program::{Finished, Program, Running};

/// `backhaul serve`, running or not.
pub struct Serving {
    program: Program,
    running: Option<Running>,
    /// What was seen that must not be.
    pub findings: Vec<String>,
}

impl Serving {
    /// Prepares it.
    pub const fn new(program: Program) -> Self {
        Self { program, running: None, findings: Vec::new() }
    }

    /// Starts it, with batches of a size that depends on chance.
    pub fn start(&mut self, dice: &mut Dice) {
        self.look();
        let size = *dice.pick(&["15", "60", "300", "10000"]);
        let bytes = *dice.pick(&["16384", "65536", "4194304"]);
        self.program = self.program.clone().with("SYNC_BATCH_SIZE", size).with("SYNC_BATCH_BYTES", bytes);
        self.running = Some(self.program.start(&["serve"]));
    }

    /// Gives the program as it was started last.
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// Gives the running one.
    pub const fn running(&self) -> Option<&Running> {
        self.running.as_ref()
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.look();
        if let Some(mut running) = self.running.take() {
            running.kill();
        }
    }

    /// Asks it to stop, and waits for its end.
    pub async fn stop(&mut self) {
        self.look();
        if let Some(running) = self.running.take() {
            self.findings.extend(stop(running).await);
        }
    }

    /// Looks for an end that nobody asked for, and for a panic.
    pub fn look(&mut self) {
        let Some(running) = &mut self.running else { return };
        let stderr = running.stderr();
        if let Some(line) =
            stderr.lines().find(|line| line.contains("panicked") || line.contains("without a report"))
        {
            self.findings.push(format!("it panicked: {line}"));
        }
        if running.has_ended() {
            let tail: Vec<&str> = stderr.lines().rev().take(3).collect();
            self.findings.push(format!("it ended unasked: {tail:?}"));
            self.running = None;
        }
    }
}

/// Asks a service to stop, waits for its end, and tells what was wrong about it.
pub async fn stop(running: Running) -> Option<String> {
    // One that has not begun to listen may die of the signal instead: it has nothing to finish.
    let listens = running.stderr().contains("listening on");
    running.signal("TERM");
    let Finished { code, stderr, .. } = running.finish().await;
    let well = code == Some(0) || (!listens && code.is_none());
    (!well).then(|| format!("program: asked to stop, it ended with {code:?}: {stderr}"))
}
