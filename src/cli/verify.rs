//! `backhaul verify`.

use std::fmt::Write as _;

use clap::Args;

use super::context::Context;
use super::exit;
use super::progress::{advance, bar};
use crate::models::verification::{FoundRecords, Repair, TableVerification, Verification};
use crate::services::verify::{self, Progress, VerifyError};

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
    let bar = bar();
    let show = |progress: Progress<'_>| advance(&bar, progress);
    let ended = verify::run(&settings, &context.environment, arguments.repair(), &show).await;
    bar.finish_and_clear();
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
            "{}: cannot be compared: {}\n    What to do: {}",
            table.table, table.message, table.remedy
        );
    }
    text.push_str(&conclusion(report));
    text
}

fn append_table(text: &mut String, table: &TableVerification) {
    let _ = writeln!(
        text,
        "{}: {} rows compared: {} equal, {} different, {} only in DB_A, {} only in DB_B, {} pending",
        table.table,
        table.compared,
        table.equal,
        table.different,
        table.only_local,
        table.only_central,
        table.pending
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
            let _ = writeln!(text, "    {what}: {}{more}", records.join(", "));
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
        (true, 0) => "DB_B equals DB_A.".to_owned(),
        (true, _) => format!("DB_B equals DB_A, but for {pending} records that are pending."),
        (false, _) if found == 0 => "Nothing is proven of the tables that cannot be compared.".to_owned(),
        (false, _) => format!("DB_B differs from DB_A in {found} records."),
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
