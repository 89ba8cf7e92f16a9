//! Makes a sequence that fails smaller for as long as it fails in the same way.

use std::time::Duration;

use super::sequence::{Ends, Sequence};
use super::stage::{Failure, Stage};

/// How long a cycle of a small sequence may take.
const PATIENCE: Duration = Duration::from_secs(4);

/// Most smaller sequences that are tried. Each takes a fresh pair of databases, a quarter of a second or so.
const MOST_TRIALS: usize = 400;

/// Gives the smallest sequence found that fails as `sequence` does, and its failure.
pub async fn shrink(sequence: Sequence, failure: Failure) -> (Sequence, Failure) {
    let mut best = (sequence, failure);
    let mut trials = 0;
    loop {
        let mut got_smaller = false;
        // What follows a success was not tried yet; what came before failed, and is tried anew in the next pass.
        let mut next = 0;
        while let Some(candidate) = candidates(&best.0).into_iter().nth(next) {
            trials += 1;
            if trials > MOST_TRIALS {
                return best;
            }
            match Stage::new(PATIENCE).await.play(&candidate).await {
                Err(failure) if failure.kind == best.1.kind => {
                    best = (candidate, failure);
                    got_smaller = true;
                }
                Ok(()) | Err(_) => next += 1,
            }
        }
        if !got_smaller {
            return best;
        }
    }
}

/// Gives sequences that are a little smaller, those first that lose most.
fn candidates(sequence: &Sequence) -> Vec<Sequence> {
    let mut all = Vec::new();
    let mut without = |change: &dyn Fn(&mut Sequence)| {
        let mut smaller = sequence.clone();
        change(&mut smaller);
        smaller.rounds.retain(|round| !round.steps.is_empty() || !round.late.is_empty());
        all.push(smaller);
    };
    for round in 0..sequence.rounds.len() {
        without(&|smaller| smaller.rounds[round].steps.clear());
        if !sequence.rounds[round].late.is_empty() {
            without(&|smaller| smaller.rounds[round].late.clear());
        }
    }
    for round in 0..sequence.rounds.len() {
        let steps = sequence.rounds[round].steps.len();
        for length in [steps.div_ceil(2).max(1), 1] {
            for first in (0..steps).step_by(length).rev() {
                let last = steps.min(first + length);
                without(&|smaller| drop(smaller.rounds[round].steps.drain(first..last)));
            }
        }
    }
    for schema in sequence.schema.smaller() {
        without(&|smaller| smaller.schema = schema.clone());
    }
    for round in 1..sequence.rounds.len() {
        // Without the cycles in between.
        without(&|smaller| {
            let steps = smaller.rounds[round - 1].steps.drain(..).collect::<Vec<_>>();
            smaller.rounds[round].steps.splice(0..0, steps);
        });
    }
    for (round, of_round) in sequence.rounds.iter().enumerate() {
        for (step, of_step) in of_round.steps.iter().enumerate() {
            if of_step.statements.len() > 1 {
                for statement in (0..of_step.statements.len()).rev() {
                    without(&|smaller| {
                        smaller.rounds[round].steps[step].statements.remove(statement);
                    });
                }
            }
            if of_step.ends != Ends::Alone {
                without(&|smaller| smaller.rounds[round].steps[step].ends = Ends::Alone);
            }
        }
        // Where a batch ends may be all that matters, and moves with every statement that goes.
        let largest = of_round.batch_sizes.iter().copied().max().unwrap_or_default();
        for size in [1000, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 19] {
            if of_round.batch_sizes != [size] && (size == 1000 || size < largest) && largest != 1000 {
                without(&|smaller| smaller.rounds[round].batch_sizes = vec![size]);
            }
        }
    }
    all
}
