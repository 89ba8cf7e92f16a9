//! `backhaul uninstall`.

use clap::Args;

use super::context::Context;
use super::exit;
use crate::services::install;

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
    context.print(&report, |report| {
        let on_central = report.on_central.as_ref().map_or_else(String::new, |statement| {
            format!("\nDB_B could not be told. Before this site or another is installed for these tables, run there:\n    {statement}")
        });
        format!(
            "Removed {} triggers and all sync_ tables from DB_A; user data is untouched. {} entries were lost.{on_central}",
            report.triggers_dropped, report.entries_lost
        )
    })?;
    Ok(exit::DONE)
}
