//! `backhaul prune`.

use anyhow::Context as _;
use serde::Serialize;

use super::context::Context;
use super::exit;
use crate::services::prune::prune;
use crate::utils::wording::counted;

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
    context.print(&report, text)?;
    Ok(exit::DONE)
}

fn text(report: &Report) -> String {
    format!("{} deleted", counted(report.entries_deleted, "entry", "entries"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_entry_is_not_many() {
        assert_eq!(text(&Report { entries_deleted: 1 }), "1 entry deleted");
        assert_eq!(text(&Report { entries_deleted: 1_204 }), "1,204 entries deleted");
    }
}
