//! `backhaul uninstall`.

use clap::Args;

use super::context::Context;
use super::exit;
use crate::services::install::{self, UninstallReport};
use crate::utils::wording::counted;

/// The arguments of `uninstall`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Also when entries are PENDING or FAILED: they are lost
    #[arg(long)]
    force: bool,
}

/// Removes what `install` created in DB_A.
pub async fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let report = install::uninstall(&settings, arguments.force).await?;
    context.print(&report, text)?;
    Ok(exit::DONE)
}

fn text(report: &UninstallReport) -> String {
    let on_central = report.on_central.as_ref().map_or_else(String::new, |statement| {
        format!("\nDB_B could not be told. Before this site or another is installed for these tables, run there:\n    {statement}")
    });
    format!(
        "Removed {} and all sync_ tables from DB_A; user data is untouched. {} lost.{on_central}",
        counted(report.triggers_dropped as u64, "trigger", "triggers"),
        counted(report.entries_lost, "entry was", "entries were")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_entry_is_not_many() {
        let mut report = UninstallReport { triggers_dropped: 6, entries_lost: 1, on_central: None };
        assert!(
            text(&report).starts_with("Removed 6 triggers and ")
                && text(&report).ends_with(" 1 entry was lost.")
        );
        (report.triggers_dropped, report.entries_lost) = (1, 0);
        assert!(
            text(&report).starts_with("Removed 1 trigger and ")
                && text(&report).ends_with(" 0 entries were lost.")
        );
    }
}
