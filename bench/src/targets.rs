//! What the figures must reach, and whether they do: computed, never typed.

use serde::Serialize;

use crate::results::Figures;
use crate::stats::Spread;

/// In which direction a figure is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// At least so much.
    Higher,
    /// At most so much.
    Lower,
}

/// One row of the table of targets.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Target {
    /// In words.
    pub what: &'static str,
    /// The figure it is about.
    pub figure: &'static str,
    /// Which direction is good.
    pub better: Better,
    /// What must be reached.
    pub must: f64,
    /// What is aimed at, where that is more.
    pub aim: Option<f64>,
    /// Printed behind the numbers.
    pub unit: &'static str,
}

/// What became of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Reached, and the aim as well.
    AimReached,
    /// Reached.
    Reached,
    /// Not reached.
    NotReached,
    /// There is no figure.
    NotMeasured,
}

/// A target with its figure and verdict.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Judged {
    /// The target.
    #[serde(flatten)]
    pub target: Target,
    /// What was measured.
    pub measured: Option<Spread>,
    /// What became of it.
    pub verdict: Verdict,
}

const fn at_least(what: &'static str, figure: &'static str, must: f64, aim: f64) -> Target {
    Target { what, figure, better: Better::Higher, must, aim: Some(aim), unit: "×" }
}

const fn at_most(
    what: &'static str,
    figure: &'static str,
    must: f64,
    aim: Option<f64>,
    unit: &'static str,
) -> Target {
    Target { what, figure, better: Better::Lower, must, aim, unit }
}

/// All targets, in the order in which they are shown.
pub const TARGETS: &[Target] = &[
    at_least("(a) drain against serial replication", "a_drain_against_serial", 6.0, 10.0),
    at_least("(a) drain against replication with 4 threads", "a_drain_against_parallel", 5.0, 8.0),
    at_least(
        "(a) writing with capture and drain, against writing and serial replication",
        "a_writing_and_carrying",
        1.2,
        1.5,
    ),
    at_least("(c) drain against serial replication", "c_drain_against_serial", 0.7, 1.0),
    at_least("(d) drain against serial replication", "d_drain_against_serial", 0.8, 1.2),
    at_least("(a) drain against the Node loop", "a_drain_against_nodeloop", 100.0, 150.0),
    at_most("most resident memory, (c)", "c_peak_resident_mib", 64.0, Some(32.0), " MiB"),
    at_most("most resident memory, (d)", "d_peak_resident_mib", 64.0, Some(32.0), " MiB"),
    at_most(
        "most resident memory, a long queue against a fiftieth of it",
        "peak_resident_growth",
        1.1,
        None,
        "×",
    ),
    at_most(
        "(a) round trips to DB_B beyond one per packet, one per batch and 8 per cycle",
        "a_round_trips_beyond",
        0.0,
        None,
        "",
    ),
    at_most(
        "(a) over 200 ms and 2 Mbit/s, against the time its own bytes need",
        "slow_link_time_against_bytes",
        1.5,
        Some(1.15),
        "×",
    ),
    at_most(
        "those bytes, against `zstd -19` of the changed rows as text",
        "slow_link_bytes_against_zstd",
        1.6,
        Some(1.2),
        "×",
    ),
    at_most("bulk insert with capture against without", "bulk_insert_with_capture", 3.0, Some(2.0), "×"),
    at_most(
        "server CPU of a single-row write, with capture against without",
        "single_row_cpu_with_capture",
        1.5,
        Some(1.25),
        "×",
    ),
    at_most("`/sync/status` with a long queue", "status_ms", 10.0, Some(2.0), " ms"),
    at_most("longest wait of a writer during `prune`", "prune_longest_wait_ms", 100.0, None, " ms"),
    at_most(
        "CPU of `serve` per POST /orders, against Express",
        "serve_cpu_against_express",
        1.0 / 3.0,
        Some(0.1),
        "×",
    ),
];

/// Judges every target by the median of its figure.
pub fn judge(figures: &Figures) -> Vec<Judged> {
    let judged = TARGETS.iter().map(|target| {
        let measured = figures.get(target.figure).copied();
        Judged { target: *target, measured, verdict: verdict(target, measured) }
    });
    judged.collect()
}

fn verdict(target: &Target, measured: Option<Spread>) -> Verdict {
    let Some(measured) = measured else { return Verdict::NotMeasured };
    let reaches = |bound: f64| match target.better {
        Better::Higher => measured.median >= bound,
        Better::Lower => measured.median <= bound,
    };
    if !reaches(target.must) {
        Verdict::NotReached
    } else if target.aim.is_some_and(reaches) {
        Verdict::AimReached
    } else {
        Verdict::Reached
    }
}

impl Verdict {
    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::AimReached => "reached, and the aim",
            Self::Reached => "reached",
            Self::NotReached => "**not reached**",
            Self::NotMeasured => "not measured",
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Better::Higher, 5.99, Verdict::NotReached)]
    #[case(Better::Higher, 6.0, Verdict::Reached)]
    #[case(Better::Higher, 9.99, Verdict::Reached)]
    #[case(Better::Higher, 10.0, Verdict::AimReached)]
    #[case(Better::Lower, 10.01, Verdict::NotReached)]
    #[case(Better::Lower, 10.0, Verdict::Reached)]
    #[case(Better::Lower, 6.0, Verdict::AimReached)]
    fn a_bound_itself_is_reached(#[case] better: Better, #[case] median: f64, #[case] expected: Verdict) {
        let (must, aim) = if better == Better::Higher { (6.0, 10.0) } else { (10.0, 6.0) };
        let target = Target { what: "", figure: "", better, must, aim: Some(aim), unit: "" };
        // The ends of the spread do not count.
        let measured = Spread { median, least: 0.0, most: 1000.0 };
        assert_eq!(verdict(&target, Some(measured)), expected);
        assert_eq!(verdict(&target, None), Verdict::NotMeasured);
    }

    #[test]
    fn a_figure_is_judged_by_its_own_target_only() {
        let spread = Spread { median: 7.0, least: 7.0, most: 7.0 };
        let judged = judge(&Figures::from([("a_drain_against_serial".to_owned(), spread)]));
        let measured: Vec<_> = judged.iter().filter(|judged| judged.measured.is_some()).collect();
        assert_eq!(measured.len(), 1);
        assert_eq!((measured[0].target.must, measured[0].verdict), (6.0, Verdict::Reached));
    }
}
