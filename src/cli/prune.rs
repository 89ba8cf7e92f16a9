//! `backhaul prune`.

use serde::Serialize;

use super::context::Context;
use super::exit;
use crate::services::prune::prune;

#[derive(Debug, Serialize)]
struct Report {
    entries_deleted: u64,
}

/// Deletes SYNCED entries past retention.
pub async fn run(context: &Context) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let report = Report { entries_deleted: prune(&settings).await? };
    context.print(&report, |report| format!("{} entries deleted", report.entries_deleted))?;
    Ok(exit::DONE)
}
