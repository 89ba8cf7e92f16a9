//! `backhaul verify`.

use std::fmt::Write as _;

use clap::Args;

use super::context::Context;
use super::progress::Bar;
use super::{exit, paint};
use crate::models::verification::{FoundRecords, Repair, TableVerification, Verification};
use crate::services::standing::Tone;
use crate::services::verify::{self, Progress, VerifyError};
use crate::utils::wording::{counted, harmless, thousands};

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

/// Writes the report for people.
fn text(report: &Verification) -> String {
    let mut text = String::new();
    for table in &report.tables {
        append_table(&mut text, table);
    }
    // Writing to a String cannot fail.
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

fn append_table(text: &mut String, table: &TableVerification) {
    let tone = match (table.different + table.only_local + table.only_central, table.pending) {
        (0, 0) => Tone::Good,
        (0, _) => Tone::Warning,
        (_, _) => Tone::Bad,
    };
    let [equal, different, here, there, pending] =
        [table.equal, table.different, table.only_local, table.only_central, table.pending].map(thousands);
    let _ = writeln!(
        text,
        "{} {}: {} compared: {equal} equal, {different} different, {here} only in DB_A, {there} only in DB_B, \
         {pending} pending",
        paint::tone(tone, paint::sign(tone)),
        table.table,
        counted(table.compared, "row", "rows"),
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
            let _ = writeln!(text, "    {what}: {}{more}", harmless(&records.join(", ")));
        }
    }
}

fn conclusion(report: &Verification) -> String {
    let queued: u64 = report.tables.iter().map(|table| table.queued).sum();
    let only_central: u64 = report.tables.iter().map(|table| table.only_central).sum();
    let found: u64 =
        report.tables.iter().map(|table| table.different + table.only_local + table.only_central).sum();
    let pending: u64 = report.tables.iter().map(|table| table.pending).sum();
    let proof = match (report.equal, pending) {
        (true, 0) => paint::headline(Tone::Good, "DB_B equals DB_A."),
        (true, _) => {
            let pending = counted(pending, "record that is", "records that are");
            paint::headline(Tone::Warning, format_args!("DB_B equals DB_A, but for {pending} pending."))
        }
        (false, _) if found == 0 => {
            paint::headline(Tone::Warning, "Nothing is proven of the tables that cannot be compared.")
        }
        (false, _) => {
            let found = counted(found, "record", "records");
            paint::headline(Tone::Bad, format_args!("DB_B differs from DB_A in {found}."))
        }
    };
    let left = found - queued.min(found);
    let next = match (queued, left) {
        (0, 0) => String::new(),
        (0, _) if left > only_central => " To queue what differs: backhaul verify --repair".to_owned(),
        (0, _) => DELETE_EXTRA.to_owned(),
        (_, 0) => format!(" Queued {queued} entries; now run: backhaul sync"),
        (_, _) => format!(" Queued {queued} entries; now run: backhaul sync.{DELETE_EXTRA}"),
    };
    format!("{proof}{next}")
}

const DELETE_EXTRA: &str = " To delete in DB_B what only DB_B has: backhaul verify --repair --delete-extra";
