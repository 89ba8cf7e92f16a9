//! What every part of a run needs: sizes, seed, servers, progress.

use std::cell::Cell;
use std::path::PathBuf;

use crate::progress::Progress;
use crate::scale::Scale;
use crate::stage::Stage;

/// One run of the benchmark.
pub struct Bench {
    /// Sizes.
    pub scale: Scale,
    /// From which all work is drawn.
    pub seed: u64,
    /// Where the servers live.
    pub stage: Stage,
    /// The program under measurement.
    pub binary: PathBuf,
    /// Directory of the Node programs.
    pub node_dir: PathBuf,
    /// Tells a person what is going on.
    pub progress: Progress,
    numbers: Cell<u64>,
}

impl Bench {
    /// Prepares a run.
    pub const fn new(
        scale: Scale,
        seed: u64,
        stage: Stage,
        binary: PathBuf,
        node_dir: PathBuf,
        progress: Progress,
    ) -> Self {
        Self { scale, seed, stage, binary, node_dir, progress, numbers: Cell::new(0) }
    }

    /// Gives a number that no other directory of this run has in its name.
    pub fn next_number(&self) -> u64 {
        self.numbers.set(self.numbers.get() + 1);
        self.numbers.get()
    }
}
