//! `backhaul retry`.

use anyhow::Context as _;
use clap::Args;

use super::context::Context;
use super::exit;
use crate::db::local_db::LocalPool;
use crate::models::entry::RecordName;
use crate::models::problems::Freed;
use crate::services::retry::Retry;

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
    #[arg(long, requires = "table")]
    record: Option<String>,
}

impl Arguments {
    fn record(&self) -> Option<RecordName> {
        let (table, record_id) = (self.table.as_deref()?.into(), self.record.as_deref()?.into());
        Some(RecordName { table, record_id })
    }
}

/// Sets failed records free.
pub async fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let local = LocalPool::new(&settings);
    let record = arguments.record();
    let freed = record.clone().map_or(Freed::All, Freed::Record);
    let requeued = Retry::new(local.clone())
        .run(&freed)
        .await
        .with_context(|| format!("DB_A ({}) does not answer; see LOCAL_DATABASE_URL", settings.local))?;
    local.close().await;
    context.print(&requeued, |report| match (&record, report.requeued) {
        (Some(record), 0) => {
            format!("{record} has no FAILED entry; if it waited for its next attempt, it is due now")
        }
        (_, requeued) => format!(
            "{requeued} FAILED entries are PENDING again; whatever waited for its next attempt is due now as well"
        ),
    })?;
    Ok(exit::DONE)
}
