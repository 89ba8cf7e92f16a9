//! `backhaul verify`.

use std::fmt::Write as _;

use clap::Args;

use super::context::Context;
use super::progress::Bar;
use super::{exit, paint};
use crate::models::verification::{FoundRecords, Repair, TableVerification, Verification};
use crate::services::standing::Tone;
use crate::services::verify::{self, Progress, VerifyError};
use crate::utils::wording::{counted, harmless, names, thousands};

/// The arguments of `verify`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Queue the records that differ or are missing in DB_B; also how rows that existed before are brought in
    #[arg(long)]
    repair: bool,
    /// Queue the deletion of records that only DB_B has, too
    #[arg(long, requires = "repair")]
    delete_extra: bool,
}

impl Arguments {
    const fn repair(&self) -> Repair {
        match (self.repair, self.delete_extra) {
            (false, _) => Repair::No,
            (true, false) => Repair::Queue,
            (true, true) => Repair::QueueWithDeletes,
        }
    }
}

/// Compares both sides, shows how far it has come, and says what differs.
pub async fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let bar = Bar::of_rows();
    let show = |progress: Progress<'_>| bar.advance(progress);
    let ended = verify::run(&settings, &context.environment, arguments.repair(), &show).await;
    drop(bar);
    let report = match ended {
        Ok(report) => report,
        Err(error @ (VerifyError::Offline | VerifyError::Central { .. })) => {
            return Ok(exit::without_central(error));
        }
        Err(error) => return Err(error.into()),
    };
    context.print(&report, text)?;
    Ok(if report.equal { exit::DONE } else { exit::DIFFERENT })
}

/// Writes the report for people: what was found, then what is equal, then what that proves.
fn text(report: &Verification) -> String {
    let mut text = String::new();
    let (equal, others): (Vec<_>, Vec<_>) =
        report.tables.iter().partition(|table| !table.differs() && table.pending == 0);
    if equal.len() <= MOST_EQUAL_NAMED {
        for table in equal {
            append_table(&mut text, table);
        }
    } else {
        let rows = equal.iter().map(|table| table.compared).sum();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{} {} tables: {} compared, all equal",
            paint::tone(Tone::Good, paint::sign(Tone::Good)),
            equal.len(),
            counted(rows, "row", "rows")
        );
    }
    for table in others {
        append_table(&mut text, table);
    }
    for table in &report.not_compared {
        let _ = writeln!(
            text,
            "{} {}: cannot be compared: {}\n{}",
            paint::tone(Tone::Bad, paint::sign(Tone::Bad)),
            table.table,
            harmless(&table.message),
            paint::remedy(4, &harmless(&table.remedy))
        );
    }
    text.push_str(&conclusion(report));
    text
}

/// Up to so many equal tables are named one by one.
const MOST_EQUAL_NAMED: usize = 12;

fn append_table(text: &mut String, table: &TableVerification) {
    let tone = match (table.differs() || table.failed > 0 || table.held > 0, table.pending) {
        (false, 0) => Tone::Good,
        (false, _) => Tone::Warning,
        (true, _) => Tone::Bad,
    };
    let [equal, different, here, there] =
        [table.equal, table.different, table.only_local, table.only_central].map(thousands);
    let _ = writeln!(
        text,
        "{} {}: {} compared: {equal} equal, {different} different, {here} only in DB_A, {there} only in DB_B, {}",
        paint::tone(tone, paint::sign(tone)),
        table.table,
        counted(table.compared, "row", "rows"),
        waiting(std::slice::from_ref(table)).unwrap_or_else(|| "0 pending".to_owned()),
    );
    let pending: Vec<String> = table.records.pending.iter().map(|record| record.record_id.clone()).collect();
    for (what, count, records) in [
        ("different", table.different, &table.records.different),
        ("only in DB_A", table.only_local, &table.records.only_local),
        ("only in DB_B", table.only_central, &table.records.only_central),
        ("pending, failed or held", table.pending, &pending),
    ] {
        if count > 0 {
            let more = if count > FoundRecords::MOST as u64 { ", …" } else { "" };
            let _ = writeln!(text, "    {what}: {}{more}", names(records));
        }
    }
}

/// Counts what differs and is known to: pending, failed, held; `None` when nothing is.
fn waiting(tables: &[TableVerification]) -> Option<String> {
    let sum = |pick: fn(&TableVerification) -> u64| tables.iter().map(pick).sum::<u64>();
    let (failed, held) = (sum(|table| table.failed), sum(|table| table.held));
    let pending = sum(|table| table.pending) - failed - held;
    let parts = [(pending, "pending"), (failed, "FAILED"), (held, "held")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", thousands(count)))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn conclusion(report: &Verification) -> String {
    let sum = |pick: fn(&TableVerification) -> u64| report.tables.iter().map(pick).sum::<u64>();
    let (queued, only_central) = (sum(|table| table.queued), sum(|table| table.only_central));
    let found = sum(|table| table.different + table.only_local + table.only_central);
    let waiting = waiting(&report.tables);
    let stopped = if report.stopped { ", and cycles are stopped: backhaul resume --dry-run" } else { "" };
    let proof = match (report.equal, waiting) {
        (true, None) => paint::headline(Tone::Good, "DB_B equals DB_A."),
        (true, Some(waiting)) => paint::headline(
            Tone::Warning,
            format_args!("DB_B equals DB_A, but for what is on its way: {waiting}."),
        ),
        (false, waiting) if found > 0 => {
            let (found, besides) =
                (counted(found, "record", "records"), waiting.map(|w| format!(", besides {w}")));
            let besides = besides.unwrap_or_default();
            paint::headline(Tone::Bad, format_args!("DB_B differs from DB_A in {found}{besides}{stopped}."))
        }
        (false, Some(waiting)) => {
            let where_to_look = if report.stopped { "" } else { " To see why: backhaul status" };
            let known = format_args!("DB_B differs from DB_A in what is known to: {waiting}{stopped}.");
            format!("{}{where_to_look}", paint::headline(Tone::Bad, known))
        }
        (false, None) => {
            paint::headline(Tone::Warning, "Nothing is proven of the tables that cannot be compared.")
        }
    };
    let left = found - queued.min(found);
    let next = match (queued, left) {
        (0, 0) => String::new(),
        (0, _) if left > only_central => " To queue what differs: backhaul verify --repair".to_owned(),
        (0, _) => DELETE_EXTRA.to_owned(),
        (_, 0) => format!(" Queued {}; now run: backhaul sync", counted(queued, "entry", "entries")),
        (_, _) => {
            format!(" Queued {}; now run: backhaul sync.{DELETE_EXTRA}", counted(queued, "entry", "entries"))
        }
    };
    format!("{proof}{next}")
}

const DELETE_EXTRA: &str = " To delete in DB_B what only DB_B has: backhaul verify --repair --delete-extra";
