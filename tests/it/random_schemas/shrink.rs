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
    while let Some(smaller) = smaller_failure(&best.0, &best.1.kind, &mut trials).await {
        best = smaller;
    }
    best
}

/// Finds a sequence one step smaller that fails in the same way; `None` when there is none, or patience ends.
async fn smaller_failure(sequence: &Sequence, kind: &str, trials: &mut usize) -> Option<(Sequence, Failure)> {
    for candidate in candidates(sequence) {
        *trials += 1;
        if *trials > MOST_TRIALS {
            return None;
        }
        if let Err(failure) = Stage::new(PATIENCE).await.play(&candidate).await
            && failure.kind == kind
        {
            return Some((candidate, failure));
        }
    }
    None
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
        if of_round.batch_sizes != [1000] {
            without(&|smaller| smaller.rounds[round].batch_sizes = vec![1000]);
            if of_round.batch_sizes.len() > 1 {
                without(&|smaller| smaller.rounds[round].batch_sizes.truncate(1));
            }
        }
    }
    all
}
