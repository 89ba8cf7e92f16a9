//! Publishes a run: `results.json`, a page with its tables, and the charts.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::candidates::Candidate;
use crate::chart::{Bar, Chart};
use crate::results::{Comparison, Line, Results};
use crate::stats::Spread;
use crate::targets::{Better, Judged};
use crate::workload::grouped;

/// Writes everything into `dir`.
pub fn publish(results: &Results, dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let write = |name: &str, text: &str| {
        fs::write(dir.join(name), text).with_context(|| format!("cannot write {name} in {}", dir.display()))
    };
    write("results.json", &(serde_json::to_string_pretty(results)? + "\n"))?;
    write("README.md", &page(results))?;
    for comparison in &results.comparisons {
        write(&chart_name(comparison), &chart(comparison).svg())?;
    }
    Ok(())
}

fn chart_name(comparison: &Comparison) -> String {
    format!("workload-{}.svg", comparison.workload.letter())
}

fn page(results: &Results) -> String {
    let mut page = format!(
        "# Benchmarks\n\nWritten by `make bench`; do not edit. Scale: {}; seed: {}; {}.\n\n\
         Every figure is a ratio within one run, its candidates taking turns on the same work; times and rates stand \
         beside it and mean nothing on another machine or another day. Medians of {} rounds, the least and the most in \
         brackets. Every server is durable (`sync_binlog=1`, `innodb_flush_log_at_trx_commit=1`, binlog on both sides), and \
         after each round the target was compared with its source: a difference voids the run. Every DB_A has in memory what \
         was written to it last, every DB_B begins with an empty one. The numbers behind \
         this page are in [results.json](results.json); the generator is `bench/src/workload` with the dice of \
         `bench/src/dice.rs`; where the time goes is told in [PROFILE.md](PROFILE.md).\n\n",
        results.scale.name,
        results.seed,
        machine(results),
        results.scale.rounds,
    );
    if results.scale.name != "full" {
        page.push_str(
            "**This was a quick run on little work: it shows that everything runs. Its ratios are not those of the \
             full run.**\n\n",
        );
    }
    page.push_str(&targets(&results.targets));
    for comparison in &results.comparisons {
        page.push_str(&table(comparison));
    }
    if !results.missing.is_empty() {
        page.push_str("## Not in this run\n\n");
        for missing in &results.missing {
            // Writing to a String cannot fail.
            let _ = writeln!(page, "- {missing}");
        }
    }
    page
}

fn machine(results: &Results) -> String {
    let text = |key: &str| results.machine[key].as_str().unwrap_or("?").to_owned();
    format!(
        "{} processors ({}), {}; load when it began: {}, where a quiet machine has less than 0.5",
        results.machine["processors"],
        text("processor"),
        text("server"),
        text("load_at_start")
    )
}

/// Shows the targets with what was measured and what became of them.
pub fn targets(judged: &[Judged]) -> String {
    let mut text = String::from("## Targets\n\n| | must | aim | measured | |\n|---|---|---|---|---|\n");
    for Judged { target, measured, verdict } in judged {
        let sign = if target.better == Better::Higher { "≥" } else { "≤" };
        let bound = |bound: f64| format!("{sign} {}{}", short(bound), target.unit);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            target.what,
            bound(target.must),
            target.aim.map_or_else(|| "–".to_owned(), bound),
            measured.map_or_else(|| "–".to_owned(), |spread| with_spread(spread, target.unit)),
            verdict.text()
        );
    }
    text.push('\n');
    text
}

fn table(comparison: &Comparison) -> String {
    let mut text = format!(
        "## ({}) {}\n\n![{}]({})\n\n| candidate | per second | seconds | Backhaul is faster by |\n|---|---|---|---|\n",
        comparison.workload.letter(),
        comparison.title,
        comparison.title,
        chart_name(comparison)
    );
    for line in &comparison.lines {
        let seconds = Spread::of(line.rounds.iter().map(|round| round.seconds));
        let _ = writeln!(
            text,
            "| {} | {} {} | {} | {} |",
            label(line),
            with_spread(line.rate, ""),
            line.candidate.unit(),
            seconds.map_or_else(String::new, |seconds| with_spread(seconds, " s")),
            line.backhaul_is_faster.map_or_else(|| "–".to_owned(), |ratio| with_spread(ratio, "×"))
        );
    }
    text.push('\n');
    text
}

fn label(line: &Line) -> String {
    let title = line.candidate.title();
    if line.candidate.is_on_a_sample() {
        let units = line.rounds.first().map_or(0, |round| round.units);
        format!("{title} (sample of {})", grouped(units))
    } else {
        title.to_owned()
    }
}

fn chart(comparison: &Comparison) -> Chart {
    let bars = comparison.lines.iter().map(|line| {
        let ratio = line
            .backhaul_is_faster
            .map_or_else(String::new, |ratio| format!(" · Backhaul {}×", short(ratio.median)));
        Bar {
            label: line.candidate.title().replace('`', ""),
            value: line.rate.median,
            spread: (line.rate.least, line.rate.most),
            text: format!(
                "{}{}{ratio}",
                short(line.rate.median),
                if line.candidate.is_on_a_sample() { " (sample)" } else { "" }
            ),
            ours: line.candidate == Candidate::Backhaul,
        }
    });
    Chart {
        title: format!("({}) {}", comparison.workload.letter(), comparison.title),
        subtitle:
            "Entries of the queue carried per second (pt-table-sync: rows); higher is better. Line: least to \
                   most of all rounds."
                .to_owned(),
        bars: bars.collect(),
    }
}

fn with_spread(spread: Spread, unit: &str) -> String {
    format!("{}{unit} ({}–{})", short(spread.median), short(spread.least), short(spread.most))
}

/// Writes a number with about three digits that count.
fn short(number: f64) -> String {
    let size = number.abs();
    if size >= 1000.0 {
        let rounded = (number / 10.0).round() * 10.0;
        // Below 2^53, so the text without decimals is exact.
        let digits = format!("{:.0}", rounded.abs());
        let grouped = digits.parse().map_or(digits, grouped);
        if number < 0.0 { format!("-{grouped}") } else { grouped }
    } else if size >= 100.0 {
        format!("{number:.0}")
    } else if size >= 10.0 {
        format!("{number:.1}")
    } else {
        format!("{number:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Figures;
    use crate::targets::judge;

    #[test]
    fn numbers_are_short() {
        let shown = [0.333, 7.0, 12.34, 123.4, 56_789.0, -1_234.0].map(short);
        assert_eq!(shown, ["0.33", "7.00", "12.3", "123", "56,790", "-1,230"]);
    }

    #[test]
    fn the_table_of_targets_says_reached_and_not_reached_by_the_figures() {
        let spread = |median| Spread { median, least: median, most: median };
        let figures = Figures::from([
            ("a_drain_against_serial".to_owned(), spread(6.5)),
            ("a_drain_against_parallel".to_owned(), spread(4.0)),
        ]);
        let text = targets(&judge(&figures));
        let verdict = |what: &str| {
            let line = text.lines().find(|line| line.starts_with(&format!("| {what} |"))).unwrap();
            line.rsplit('|').nth(1).unwrap().trim().to_owned()
        };
        assert_eq!(verdict("(a) drain against serial replication"), "reached");
        assert_eq!(verdict("(a) drain against replication with 4 threads"), "**not reached**");
        assert_eq!(verdict("(c) drain against serial replication"), "not measured");
    }
}
