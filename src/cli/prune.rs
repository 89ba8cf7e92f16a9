//! `backhaul prune`.

use anyhow::Context as _;
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
    let entries_deleted = prune(&settings)
        .await
        .with_context(|| format!("DB_A ({}) failed; see LOCAL_DATABASE_URL", settings.local))?;
    let report = Report { entries_deleted };
    context.print(&report, |report| format!("{} entries deleted", report.entries_deleted))?;
    Ok(exit::DONE)
}
