//! `backhaul resume`.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::context::Context;
use super::progress::Bar;
use super::{exit, output};
use crate::models::resumption::{Decision, Extra, Kind, Resumed, Survey, TableSurvey, Trust};
use crate::models::verification::FoundRecords;
use crate::services::resume::{self, Reach, ResumeError};
use crate::services::verify::Progress;
use crate::utils::wording::{counted, names};

/// The arguments of `resume`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which side is right where the two differ
    #[arg(long, value_name = "SIDE", required_unless_present = "dry_run")]
    trust: Option<Side>,
    /// With `--trust local`: queue the deletion of records that only DB_B has, instead of leaving them there
    #[arg(long)]
    delete_extra: bool,
    /// Take the tables over from the site that fed them before, and shut that one out: for a DB_A that was restored
    /// from a backup older than its installation
    #[arg(long, conflicts_with = "dry_run")]
    take_over: bool,
    /// Let DB_B win although cycles go on by themselves: changes of DB_A that have not arrived are given up
    #[arg(long, requires = "trust")]
    force: bool,
    /// Show how the two sides differ, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// One of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Side {
    /// DB_A: what differs, or exists only there, goes to DB_B with the next cycles
    Local,
    /// DB_B: what it has is written into DB_A; records that only DB_A has are kept, and go to DB_B
    Central,
}

/// What is printed as JSON.
#[expect(clippy::struct_excessive_bools, reason = "the report's shape is its own reason")]
#[derive(Serialize)]
struct Report<'a> {
    trust: Option<Trust>,
    delete_extra: bool,
    dry_run: bool,
    /// Whether cycles are stopped, so that there is something to resume.
    stopped: bool,
    differs: bool,
    #[serde(flatten)]
    survey: &'a Survey,
    resumed: Option<&'a Resumed>,
}

impl Arguments {
    fn decision(&self) -> anyhow::Result<Option<Decision>> {
        let extra = if self.delete_extra { Extra::Delete } else { Extra::Keep };
        match (self.trust, extra) {
            (None, _) => Ok(None),
            (Some(Side::Local), extra) => Ok(Some(Decision { trust: Trust::Local, extra })),
            (Some(Side::Central), Extra::Keep) => Ok(Some(Decision { trust: Trust::Central, extra })),
            (Some(Side::Central), Extra::Delete) => anyhow::bail!(
                "--delete-extra goes with --trust local: with --trust central, records that only DB_B has are written \
                 into DB_A"
            ),
        }
    }

    const fn reach(&self) -> Reach {
        match (self.dry_run, self.take_over) {
            (true, _) => Reach::Show,
            (false, false) => Reach::GoOn,
            (false, true) => Reach::TakeOver,
        }
    }
}

/// Compares both sides and says how they differ; then, unless it is a dry run, begins a new epoch.
pub async fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<u8> {
    let decision = arguments.decision()?;
    let ended = show_and_resume(context, arguments, decision).await;
    match ended {
        Ok(status) => Ok(status),
        Err(error) => match error.downcast_ref() {
            Some(ResumeError::Offline | ResumeError::Central { .. }) => Ok(exit::without_central(error)),
            Some(ResumeError::Busy) => {
                output::say(format_args!("backhaul: {error}"));
                Ok(exit::BUSY)
            }
            _ => Err(error),
        },
    }
}

async fn show_and_resume(
    context: &Context,
    arguments: &Arguments,
    decision: Option<Decision>,
) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let bar = Bar::of_rows();
    let show = |progress: Progress<'_>| bar.advance(progress);
    let begun = resume::begin(&settings, &context.environment, arguments.reach(), &show).await;
    bar.clear();
    let begun = begun?;
    let survey = begun.survey().clone();
    let goes_on = begun.goes_on();
    context.print_text(|| survey_text(&survey, decision, goes_on))?;
    let report = |resumed| Report {
        trust: decision.map(|decision| decision.trust),
        delete_extra: arguments.delete_extra,
        dry_run: arguments.dry_run,
        stopped: !goes_on,
        differs: survey.differs(),
        survey: &survey,
        resumed,
    };
    let Some(decision) = decision.filter(|_| !arguments.dry_run) else {
        begun.leave().await;
        context.print(&report(None), |_| "Nothing was changed.".to_owned())?;
        return Ok(if survey.differs() { exit::DIFFERENT } else { exit::DONE });
    };
    if goes_on && decision.trust == Trust::Central && !arguments.force {
        begun.leave().await;
        anyhow::bail!(NOTHING_TO_RESUME);
    }
    bar.reset();
    let resumed = begun.carry_out(decision, &show).await;
    drop(bar);
    let resumed = resumed?;
    context.print(&report(Some(&resumed)), |_| resumed_text(&resumed))?;
    Ok(if resumed.refused.is_empty() { exit::DONE } else { exit::ERROR })
}

/// Said where `--trust central` would only throw changes away.
const NOTHING_TO_RESUME: &str = "nothing was done: this site is not stopped, and its changes go to DB_B by themselves. \
     `--trust central` would give up those that have not arrived; if that is what you want, add --force";

/// Writes for people how the sides differ, and what is to be done.
fn survey_text(survey: &Survey, decision: Option<Decision>, goes_on: bool) -> String {
    let mut text = String::new();
    for table in &survey.tables {
        append_table(&mut text, table);
    }
    for table in &survey.not_compared {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}: cannot be compared: {}\n    What to do: {}",
            table.table, table.message, table.remedy
        );
    }
    text.push_str(if survey.differs() { SAME_KEY } else { "The two sides are equal." });
    if goes_on {
        text.push_str("\nThis site is not stopped: nothing is to be resumed, and what differs and was captured goes to DB_B by itself.");
    }
    if let Some(decision) = decision {
        let _ = write!(text, "\n{}", plan(survey, decision));
    }
    text
}

const SAME_KEY: &str = "Look at some of the records that differ (backhaul explain TABLE RECORD). Where the same key names two \
                        different things, as when ids were given anew after a restore, one of the two will overwrite the other.";

fn append_table(text: &mut String, table: &TableSurvey) {
    let kinds = [
        ("different", &table.different),
        ("only in DB_A", &table.only_local),
        ("only in DB_B", &table.only_central),
    ];
    let counts: Vec<String> = kinds.iter().map(|(what, kind)| format!("{} {what}", kind.records)).collect();
    let compared = counted(table.compared, "row", "rows");
    let _ = writeln!(text, "{}: {compared} compared: {}", table.table, counts.join(", "));
    for (what, kind) in kinds.iter().filter(|(_, kind)| kind.records > 0) {
        let more = if kind.records > FoundRecords::MOST as u64 { ", …" } else { "" };
        let open = match kind.with_open_entries {
            0 => String::new(),
            open => format!(" ({open} of them with changes of DB_A that never arrived)"),
        };
        let _ = writeln!(text, "    {what}{open}: {}{more}", names(&kind.first));
    }
}

fn plan(survey: &Survey, decision: Decision) -> String {
    let sum =
        |pick: fn(&TableSurvey) -> &Kind| survey.tables.iter().map(|table| pick(table).records).sum::<u64>();
    let (different, here, there) =
        (sum(|table| &table.different), sum(|table| &table.only_local), sum(|table| &table.only_central));
    let lost: u64 =
        survey.tables.iter().map(|t| t.different.with_open_entries + t.only_central.with_open_entries).sum();
    let of_records = |count| counted(count, "record", "records");
    let (different, here, there) = (of_records(different), of_records(here), of_records(there));
    match (decision.trust, decision.extra) {
        (Trust::Local, extra) => {
            let stay = if extra == Extra::Keep { "left there" } else { "deleted there" };
            format!(
                "DB_A is right. To DB_B with the next cycles: {different} that differ, {here} that only DB_A has. \
                 Only DB_B has {there}: {stay}."
            )
        }
        (Trust::Central, _) => format!(
            "DB_B is right. Written into DB_A: {different} that differ, {there} that only DB_B has; given up: changes that \
             never arrived of {}. Kept, and to DB_B with the next cycles: {here} that only DB_A has.",
            of_records(lost)
        ),
    }
}

fn resumed_text(resumed: &Resumed) -> String {
    let mut text = String::new();
    for counter in &resumed.counters {
        let _ = writeln!(text, "{}.{} counts on above {}.", counter.table, counter.column, counter.above);
    }
    for table in &resumed.refused {
        let _ = writeln!(
            text,
            "DB_A refused {} of {}, which stay as they are on both sides:",
            counted(table.records, "record", "records"),
            table.table
        );
        for record in &table.first {
            let _ = writeln!(text, "    {}: {}", record.record_id, record.message);
        }
    }
    let _ = write!(
        text,
        "A new epoch has begun. Queued: {}; written into DB_A: {}; now run: backhaul sync",
        counted(resumed.entries_queued, "entry", "entries"),
        counted(resumed.records_written, "record", "records")
    );
    text
}
