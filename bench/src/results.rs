//! What a run found, as it is written to `results.json`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::candidates::{Candidate, Measured};
use crate::measure::real;
use crate::scale::Scale;
use crate::stats::Spread;
use crate::targets::Judged;
use crate::workload::Workload;

/// Everything that is published of a run.
#[derive(Debug, Serialize)]
pub struct Results {
    /// Sizes.
    pub scale: Scale,
    /// From which all work was drawn.
    pub seed: u64,
    /// Where it ran.
    pub machine: Value,
    /// What could not be had or was left out, in words.
    pub missing: Vec<String>,
    /// The workloads, each with its candidates side by side.
    pub comparisons: Vec<Comparison>,
    /// Single figures by name; ratios and sizes that the targets are about.
    pub figures: Figures,
    /// Notes of the measurements behind the figures.
    pub details: BTreeMap<String, Value>,
    /// The targets, each with its verdict.
    pub targets: Vec<Judged>,
}

/// Figures by name.
pub type Figures = BTreeMap<String, Spread>;

/// One workload.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// Which.
    pub workload: Workload,
    /// In words.
    pub title: String,
    /// Its candidates.
    pub lines: Vec<Line>,
}

/// One candidate on one workload.
#[derive(Debug, Serialize)]
pub struct Line {
    /// Which.
    pub candidate: Candidate,
    /// Its rounds, in order.
    pub rounds: Vec<Measured>,
    /// Units per second.
    pub rate: Spread,
    /// How many times faster Backhaul was in the same round; nothing for Backhaul itself.
    pub backhaul_is_faster: Option<Spread>,
}

impl Comparison {
    /// Sums up what the candidates of a workload needed, round by round.
    pub fn new(workload: Workload, title: String, rounds: Vec<(Candidate, Vec<Measured>)>) -> Self {
        let rates = |measured: &[Measured]| -> Vec<f64> {
            measured.iter().map(|run| real(run.units) / run.seconds).collect()
        };
        let ours = rounds.iter().find(|(candidate, _)| *candidate == Candidate::Backhaul);
        let ours = ours.map(|(_, measured)| rates(measured)).unwrap_or_default();
        let lines = rounds.into_iter().filter_map(|(candidate, rounds)| {
            let theirs = rates(&rounds);
            let rate = Spread::of(theirs.iter().copied())?;
            let other = candidate != Candidate::Backhaul;
            let backhaul_is_faster = other.then(|| Spread::of_ratios(&ours, &theirs)).flatten();
            Some(Line { candidate, rounds, rate, backhaul_is_faster })
        });
        Self { workload, title, lines: lines.collect() }
    }

    /// Gives a candidate's line.
    pub fn line(&self, candidate: Candidate) -> Option<&Line> {
        self.lines.iter().find(|line| line.candidate == candidate)
    }

    /// Adds the figures of this comparison: how many times faster Backhaul was than each other.
    pub fn add_figures(&self, figures: &mut Figures) {
        for line in &self.lines {
            if let Some(ratio) = line.backhaul_is_faster {
                figures.insert(drain_figure(self.workload, line.candidate), ratio);
            }
        }
    }
}

/// Names the ratio of Backhaul's rate to that of another.
pub fn drain_figure(workload: Workload, other: Candidate) -> String {
    format!("{}_drain_against_{}", workload.letter(), format!("{other:?}").to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(units: u64, seconds: f64) -> Measured {
        Measured { seconds, units, local_cpu_seconds: 0.0, central_cpu_seconds: 0.0, details: Value::Null }
    }

    #[test]
    fn rates_are_compared_round_by_round_and_a_sample_by_its_own_count() {
        let rounds = vec![
            (Candidate::Backhaul, vec![measured(1000, 1.0), measured(1000, 2.0), measured(1000, 4.0)]),
            (Candidate::NodeLoop, vec![measured(10, 1.0), measured(10, 2.0), measured(10, 1.0)]),
        ];
        let comparison = Comparison::new(Workload::Oltp, String::new(), rounds);
        let ours = comparison.line(Candidate::Backhaul).unwrap();
        assert_eq!((ours.rate.median, ours.backhaul_is_faster), (500.0, None));
        let ratio = comparison.line(Candidate::NodeLoop).unwrap().backhaul_is_faster.unwrap();
        assert_eq!(ratio, Spread { median: 100.0, least: 25.0, most: 100.0 });
        let mut figures = Figures::new();
        comparison.add_figures(&mut figures);
        assert_eq!(figures.keys().collect::<Vec<_>>(), ["a_drain_against_nodeloop"]);
    }
}
