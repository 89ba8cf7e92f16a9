//! `backhaul retry`.

use std::sync::Arc;

use clap::Args;

use super::context::{Context, of_request};
use super::{exit, paint};
use crate::config::Settings;
use crate::db::local_db::LocalPool;
use crate::models::entry::RecordName;
use crate::models::problems::{EntriesOfRecord, Freed, Setbacks};
use crate::models::status::Requeued;
use crate::services::explain::Explain;
use crate::services::retry::Retry;
use crate::services::standing::Tone;
use crate::utils::clock;
use crate::utils::schedule::Schedule;
use crate::utils::wording::{away, counted, moment, name, shell_word};

/// The arguments of `retry`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Every failed record; the default when no record is named
    #[arg(long, conflicts_with_all = ["table", "record"])]
    all: bool,
    /// The table of one record
    #[arg(long, requires = "record")]
    table: Option<String>,
    /// The record's primary key, as `status` shows it
    #[arg(long, requires = "table", allow_hyphen_values = true)]
    record: Option<String>,
}

impl Arguments {
    fn record(&self) -> Option<RecordName> {
        let (table, record_id) = (self.table.as_deref()?.into(), self.record.as_deref()?.into());
        Some(RecordName { table, record_id })
    }
}

/// What people are told besides the number of entries.
#[derive(Debug, Default)]
struct Besides {
    record: Option<RecordName>,
    /// How many records were set back before.
    before: Setbacks,
    /// What the queue holds of the one record.
    entries: EntriesOfRecord,
    /// When they go.
    next: String,
}

/// Sets failed records free, and says which and when they go.
pub async fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let local = LocalPool::new(&settings);
    let ended = release(context, &settings, &local, arguments.record()).await;
    local.close().await;
    let (requeued, besides) = ended?;
    context.print(&requeued, |requeued| text(*requeued, &besides))?;
    Ok(exit::DONE)
}

async fn release(
    context: &Context,
    settings: &Arc<Settings>,
    local: &LocalPool,
    record: Option<RecordName>,
) -> anyhow::Result<(Requeued, Besides)> {
    let retry = Retry::new(local.clone());
    let failed = |error| of_request(error, settings);
    let mut besides = Besides { next: next(settings), ..Besides::default() };
    if let Some(record) = &record {
        besides.entries = retry.entries_of(record).await.map_err(failed)?;
        if besides.entries == EntriesOfRecord::default() {
            Explain::new(settings.clone(), context.environment.clone()).check_table(&record.table).await?;
        }
    }
    besides.before = retry.setbacks(record.as_ref()).await.map_err(failed)?;
    let freed = record.clone().map_or(Freed::All, Freed::Record);
    let requeued = retry.run(&freed).await.map_err(failed)?;
    besides.record = record;
    Ok((requeued, besides))
}

/// Says when entries go that are due now.
fn next(settings: &Settings) -> String {
    let now = clock::now();
    let next = Schedule::parse(&settings.cron).ok().and_then(|schedule| schedule.next_after(now));
    let at = next.map_or_else(
        || "at the next cycle".to_owned(),
        |at| format!("at the next cycle, {} ({}), if `backhaul serve` runs", moment(at), away(at, now)),
    );
    format!("go {at}; to send them now: {}", paint::strong("backhaul sync"))
}

fn text(requeued: Requeued, besides: &Besides) -> String {
    let Besides { record, before, next, .. } = besides;
    let freed = before.failed + before.waiting;
    if let Some(record) = record {
        return of_record(record, requeued, besides);
    }
    if requeued.requeued == 0 && freed == 0 {
        let held = match before.held {
            0 => String::new(),
            held => format!(
                " {} by others, and go by themselves after those: backhaul status",
                counted(held, "record is held", "records are held")
            ),
        };
        return format!("{} no record has failed.{held}", paint::headline(Tone::Good, "Nothing to retry:"));
    }
    let mut what = Vec::new();
    if requeued.requeued > 0 {
        what.push(format!(
            "{} of {} PENDING again",
            counted(requeued.requeued, "FAILED entry", "FAILED entries"),
            counted(before.failed, "record is", "records are")
        ));
    }
    if before.waiting > 0 {
        what.push(format!(
            "{} due at once",
            counted(
                before.waiting,
                "record that waited for its next attempt is",
                "records that waited for their next attempt are"
            )
        ));
    }
    format!("{} {}. The entries {next}", paint::headline(Tone::Good, "Set free:"), what.join("; "))
}

/// Says what became of the one record that was named.
fn of_record(record: &RecordName, requeued: Requeued, besides: &Besides) -> String {
    let Besides { before, entries, next, .. } = besides;
    let name = format!("{} {}", name(&record.table), name(&record.record_id));
    let free = paint::headline(Tone::Good, "Set free:");
    let nothing = paint::headline(Tone::Warning, "Nothing was changed:");
    let words = [&record.table, &record.record_id].map(|word| shell_word(word)).join(" ");
    let explain = paint::strong(format_args!("backhaul explain {words}"));
    if requeued.requeued > 0 {
        let entries = counted(requeued.requeued, "FAILED entry is", "FAILED entries are");
        format!("{free} {entries} PENDING again, of {name}. The entries {next}")
    } else if before.waiting > 0 {
        format!("{free} {name} waits for its next attempt no longer. Its entries {next}")
    } else if before.held > 0 {
        format!(
            "{nothing} {name} is held by another record and goes by itself after that one. Which one: {explain}"
        )
    } else if entries.pending > 0 {
        format!("{nothing} {name} has not failed. Its entries {next}")
    } else if entries.synced > 0 {
        format!("{nothing} {name} has not failed; all its entries have arrived. More: {explain}")
    } else {
        format!(
            "{nothing} the queue has no entry of {name}. Is the key spelt as the queue prints it? {explain}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(record: Option<&str>, requeued: u64, before: Setbacks, entries: EntriesOfRecord) -> String {
        let record = record.map(|id| RecordName { table: "orders".into(), record_id: id.into() });
        let besides = Besides { record, before, entries, next: "go soon".to_owned() };
        paint::bare(&text(Requeued { requeued }, &besides))
    }

    #[test]
    fn what_was_set_free_and_what_was_not_is_said() {
        let none = (Setbacks::default(), EntriesOfRecord::default());
        let (failed, waiting) = (Setbacks { failed: 2, ..none.0 }, Setbacks { waiting: 1, ..none.0 });
        let held = Setbacks { held: 3, ..none.0 };
        let synced = EntriesOfRecord { synced: 2, ..none.1 };
        let all = [
            told(None, 0, none.0, none.1),
            told(None, 0, held, none.1),
            told(None, 1_204, failed, none.1),
            told(None, 3, Setbacks { waiting: 5, ..failed }, none.1),
            told(Some("9"), 1, failed, none.1),
            told(Some("9"), 0, waiting, none.1),
            told(Some("9"), 0, held, none.1),
            told(Some("9"), 0, none.0, EntriesOfRecord { pending: 1, ..synced }),
            told(Some("9"), 0, none.0, synced),
            told(Some("9"), 0, none.0, none.1),
        ];
        insta::assert_snapshot!(all.join("\n"), @r"
        Nothing to retry: no record has failed.
        Nothing to retry: no record has failed. 3 records are held by others, and go by themselves after those: backhaul status
        Set free: 1,204 FAILED entries of 2 records are PENDING again. The entries go soon
        Set free: 3 FAILED entries of 2 records are PENDING again; 5 records that waited for their next attempt are due at once. The entries go soon
        Set free: 1 FAILED entry is PENDING again, of orders 9. The entries go soon
        Set free: orders 9 waits for its next attempt no longer. Its entries go soon
        Nothing was changed: orders 9 is held by another record and goes by itself after that one. Which one: backhaul explain orders 9
        Nothing was changed: orders 9 has not failed. Its entries go soon
        Nothing was changed: orders 9 has not failed; all its entries have arrived. More: backhaul explain orders 9
        Nothing was changed: the queue has no entry of orders 9. Is the key spelt as the queue prints it? backhaul explain orders 9
        ");
    }
}
