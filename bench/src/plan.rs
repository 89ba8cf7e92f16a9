//! Which parts a run has, in which order.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde_json::json;

use crate::bench::Bench;
use crate::candidates::{Arena, Candidate, Measured};
use crate::extras::Extra;
use crate::machine;
use crate::measure::real;
use crate::progress::note;
use crate::results::{Comparison, Figures, Results};
use crate::scale::Scale;
use crate::stage::Side;
use crate::stats::Spread;
use crate::targets;
use crate::workload::Workload;
use crate::writing::{self, Base, Capture, WritingTime};

/// The parts of a run.
#[derive(Debug)]
pub struct Plan {
    workloads: Vec<Workload>,
    extras: Vec<Extra>,
}

impl Plan {
    /// Takes all parts, or those that are named.
    pub fn choose(only: &[String]) -> Result<Self> {
        let named = |name: &str| only.is_empty() || only.iter().any(|part| part == name);
        let letters = Workload::ALL.iter().map(|workload| workload.letter());
        let known: Vec<&str> = letters.chain(Extra::ALL.iter().map(|extra| extra.name())).collect();
        if let Some(unknown) = only.iter().find(|part| !known.contains(&part.as_str())) {
            bail!("{unknown} is no part of the benchmark; its parts are {}", known.join(", "));
        }
        Ok(Self {
            workloads: Workload::ALL.into_iter().filter(|workload| named(workload.letter())).collect(),
            extras: Extra::ALL.into_iter().filter(|extra| named(extra.name())).collect(),
        })
    }

    /// Counts the steps, for the estimate of the time left.
    pub fn steps(&self, scale: &Scale) -> u64 {
        let steps = self.workloads.iter().map(|workload| {
            let candidates =
                Candidate::ALL.iter().filter(|candidate| candidate.takes_part(*workload)).count();
            2 * writings(*workload, scale) + scale.rounds * candidates as u64
        });
        1 + steps.sum::<u64>() + self.extras.iter().map(|extra| extra.steps(scale)).sum::<u64>()
    }

    /// Runs all parts.
    pub fn run(&self, bench: &Bench) -> Result<Results> {
        let load = machine::load();
        bench.progress.step("creating the servers' first data");
        let base = writing::base(bench)?;
        let mut report = Draft::default();
        for workload in &self.workloads {
            report.compare(bench, &base, *workload)?;
        }
        for extra in &self.extras {
            let found = extra.run(bench, &base)?;
            report.figures.extend(found.figures.into_iter().map(|(name, spread)| (name.to_owned(), spread)));
            report.details.insert(extra.name().replace('-', "_"), found.details);
        }
        let version = bench.stage.start("version", Side::Local, None)?.sql()?.text("select @@version")?;
        Ok(Results {
            scale: bench.scale.clone(),
            seed: bench.seed,
            machine: machine::describe(&version, &load),
            missing: report.missing,
            targets: targets::judge(&report.figures),
            comparisons: report.comparisons,
            figures: report.figures,
            details: report.details,
        })
    }
}

/// Only (a) is about how long the writing takes; the others are written once.
const fn writings(workload: Workload, scale: &Scale) -> u64 {
    match workload {
        Workload::Oltp => scale.rounds,
        Workload::Hot | Workload::Bulk | Workload::Wide => 1,
    }
}

/// Results as they come in.
#[derive(Default)]
struct Draft {
    comparisons: Vec<Comparison>,
    figures: Figures,
    details: BTreeMap<String, serde_json::Value>,
    missing: Vec<String>,
}

impl Draft {
    /// Writes a workload, lets all candidates carry it in turns, and sums up.
    fn compare(&mut self, bench: &Bench, base: &Base, workload: Workload) -> Result<()> {
        let (written, writing) = writing::write(bench, base, workload, writings(workload, &bench.scale))?;
        let source = bench.stage.start("source", Side::Local, Some(&written.plain_local))?;
        let arena = Arena { bench, workload, written: &written, source: &source };
        let rounds = in_turns(&arena, &self.present(bench, workload))?;
        let title = workload.title(&bench.scale);
        let comparison = Comparison::new(workload, title, rounds);
        comparison.add_figures(&mut self.figures);
        self.add_backhauls_own(&comparison);
        if workload == Workload::Oltp {
            self.add_writing(&comparison, &writing);
        }
        self.comparisons.push(comparison);
        Ok(())
    }

    /// Finds who can take part, and notes who cannot.
    fn present(&mut self, bench: &Bench, workload: Workload) -> Vec<Candidate> {
        let mut present = Vec::new();
        for candidate in Candidate::ALL.into_iter().filter(|candidate| candidate.takes_part(workload)) {
            match candidate.lacks(&bench.node_dir) {
                None => present.push(candidate),
                Some(reason) => {
                    let text = format!("({}) {}: {reason}", workload.letter(), candidate.title());
                    note(&text);
                    self.missing.push(text);
                }
            }
        }
        present
    }

    /// Adds what Backhaul says of itself, and what its process used.
    fn add_backhauls_own(&mut self, comparison: &Comparison) {
        let Some(line) = comparison.line(Candidate::Backhaul) else { return };
        let letter = comparison.workload.letter();
        let of = |read: &dyn Fn(&Measured) -> Option<f64>| Spread::of(line.rounds.iter().filter_map(read));
        let report = |run: &Measured, key: &str| run.details["report"][key].as_u64();
        let peak = of(&|run| {
            run.details["process"]["peak_resident_bytes"].as_f64().map(|bytes| bytes / 1_048_576.0)
        });
        // At least one packet and one more trip for each batch, and eight for the cycle.
        let beyond = of(&|run| {
            let (trips, batches) = (report(run, "central_round_trips")?, report(run, "batches")?);
            Some(real(trips) - real(2 * batches + 8))
        });
        let named = [("peak_resident_mib", peak), ("round_trips_beyond", beyond)];
        let named =
            named.into_iter().filter_map(|(name, spread)| Some((format!("{letter}_{name}"), spread?)));
        self.figures.extend(named);
    }

    /// Adds the whole way of (a): writing and carrying, ours against the replica's.
    fn add_writing(&mut self, comparison: &Comparison, writing: &[WritingTime]) {
        let written = |capture| -> Vec<f64> {
            writing.iter().filter(|time| time.capture == capture).map(|time| time.seconds).collect()
        };
        let carried = |candidate| -> Vec<f64> {
            let rounds = comparison.line(candidate).map(|line| line.rounds.as_slice()).unwrap_or_default();
            rounds.iter().map(|round| round.seconds).collect()
        };
        let whole = |capture, candidate| -> Vec<f64> {
            written(capture)
                .into_iter()
                .zip(carried(candidate))
                .map(|(wrote, carried)| wrote + carried)
                .collect()
        };
        let ours = whole(Capture::On, Candidate::Backhaul);
        let theirs = whole(Capture::Off, Candidate::Serial);
        if let Some(ratio) = Spread::of_ratios(&theirs, &ours) {
            self.figures.insert("a_writing_and_carrying".to_owned(), ratio);
        }
        let seconds =
            json!({ "with_capture": written(Capture::On), "without_capture": written(Capture::Off) });
        self.details.insert("a_writing_seconds".to_owned(), seconds);
    }
}

/// Lets each candidate do the work once per round, beginning with another one each time.
fn in_turns(arena: &Arena, candidates: &[Candidate]) -> Result<Vec<(Candidate, Vec<Measured>)>> {
    let mut rounds: Vec<(Candidate, Vec<Measured>)> =
        candidates.iter().map(|candidate| (*candidate, Vec::new())).collect();
    for round in 0..arena.bench.scale.rounds {
        for turn in 0..candidates.len() {
            let place = (turn + usize::try_from(round)?) % candidates.len();
            let (candidate, measured) = &mut rounds[place];
            let letter = arena.workload.letter();
            arena.bench.progress.step(&format!("({letter}) round {}: {}", round + 1, candidate.title()));
            let run = candidate.run(arena)?;
            note(&format!(
                "{:.2} s, {:.0} {} per second; CPU of DB_A {:.2} s, of DB_B {:.2} s",
                run.seconds,
                real(run.units) / run.seconds,
                candidate.unit(),
                run.local_cpu_seconds,
                run.central_cpu_seconds
            ));
            measured.push(run);
        }
    }
    Ok(rounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_is_run_and_a_wrong_name_is_refused() {
        assert_eq!(Plan::choose(&[]).unwrap().workloads.len(), 4);
        assert_eq!(Plan::choose(&["c".to_owned()]).unwrap().workloads, [Workload::Bulk]);
        assert!(Plan::choose(&["e".to_owned()]).unwrap_err().to_string().contains("a, b, c, d, bulk"));
    }
}
