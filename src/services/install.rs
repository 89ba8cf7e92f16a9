//! Creates or upgrades everything Backhaul needs on both sides; safe to repeat.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::config::Settings;
use crate::db::catalog::Catalog;
use crate::db::central_db::CentralDb;
use crate::db::local_db::LocalDb;
use crate::db::mapping::{self, Capturable, Mapping, TableProblem};
use crate::db::sql::{quoting, trigger};
use crate::db::{DbError, codes, same_database};
use crate::models::intent::Site;
use crate::services::sync::interruption::{self, StopReason};
use crate::utils::token;
use crate::utils::wording::counted;

/// The command that queues every row DB_B lacks.
const BRING_IN: &str = "backhaul verify --repair";

/// What `install` did and found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct InstallReport {
    /// Tables whose changes are captured.
    pub captured: Vec<String>,
    /// Triggers created by this run.
    pub triggers_created: usize,
    /// Rows that were there before their table was captured, with the command that queues them.
    pub existing_rows: Vec<ExistingRows>,
    /// Tables that cannot be captured or carried.
    pub refused: Vec<RefusedTable>,
}

/// Rows that were there before their table was captured.
#[derive(Debug, Clone, Serialize)]
pub struct ExistingRows {
    /// Their table.
    pub table: String,
    /// How many there are.
    pub rows: u64,
    /// The command that queues those that DB_B lacks.
    pub remedy: String,
}

/// A table that cannot be captured or carried.
#[derive(Debug, Clone, Serialize)]
pub struct RefusedTable {
    /// The table.
    pub table: String,
    /// Why.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// Why `install` could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// DB_A failed.
    #[error("DB_A ({address}) failed; see LOCAL_DATABASE_URL")]
    Local {
        /// Where it was looked for.
        address: String,
        /// What it said.
        source: DbError,
    },
    /// The account may not create triggers.
    #[error(
        "the account of LOCAL_DATABASE_URL may not create triggers while DB_A keeps a binary log: run on DB_A, as \
         its administrator, `set global log_bin_trust_function_creators = 1`, or install with an account that has SUPER"
    )]
    TriggersNotAllowed(#[source] DbError),
    /// DB_B failed.
    #[error(
        "DB_A is ready and captures changes, but DB_B ({address}) cannot be prepared; \
         see CENTRAL_DATABASE_URL, then run `backhaul install` again"
    )]
    Central {
        /// Where it was looked for.
        address: String,
        /// What it said.
        source: DbError,
    },
    /// The queue could not be acknowledged under this server setting.
    #[error(
        "DB_A keeps its binary log as statements: set binlog_format = ROW in its configuration and restart it"
    )]
    StatementLog,
    /// Another site feeds a table.
    #[error(
        "{0} in DB_B is fed by the site '{1}': a table has one site so far. Use another DB_B, or other tables. If this is \
         that site, restored from a backup older than its installation, see `backhaul resume --take-over`"
    )]
    OtherSite(String, String),
    /// DB_A or DB_B is not the one it was.
    #[error(transparent)]
    Stopped(#[from] StopReason),
}

/// Installs on both sides.
///
/// # Errors
/// Which side failed, and what to do. What was done until then stays, and the next run goes on from there.
pub async fn run(settings: &Settings) -> Result<InstallReport, InstallError> {
    let local_failed = |source: DbError| match source.code() {
        Some(codes::TRIGGER_NEEDS_PRIVILEGE) => InstallError::TriggersNotAllowed(source),
        _ => InstallError::Local { address: settings.local.to_string(), source },
    };
    let central_failed = |source| InstallError::Central { address: settings.central.to_string(), source };
    let mut local = LocalDb::connect(settings).await.map_err(local_failed)?;
    if local.logs_statements().await.map_err(local_failed)? {
        return Err(InstallError::StatementLog);
    }
    let (mut report, catalog) = prepare_local(settings, &mut local).await.map_err(local_failed)?;
    let mut central = CentralDb::connect(settings).await.map_err(central_failed)?;
    same_database::refuse(&mut local, &mut central).await.map_err(central_failed)?;
    prepare_central(settings, &mut local, &mut central, &catalog).await?;
    let central_catalog = central.catalog().await.map_err(central_failed)?;
    for (table, problem) in Mapping::new(&catalog, &central_catalog, &settings.tables).problems {
        if report.refused.iter().all(|refused| refused.table != table) {
            report.refused.push(refused(table, problem));
        }
    }
    central.close().await;
    local.close().await;
    Ok(report)
}

/// Creates DB_A's tables and triggers.
async fn prepare_local(
    settings: &Settings,
    local: &mut LocalDb,
) -> Result<(InstallReport, Catalog), DbError> {
    let before = local.catalog().await?;
    local.create_tables(&mapping::selected_names(&before, &settings.tables)).await?;
    local.note_site(&token::random(), &token::random()).await?;
    local.issue_first_token(&token::random()).await?;
    let catalog = local.catalog().await?;
    let selected = mapping::selected_names(&catalog, &settings.tables);
    let Capturable { tables, problems } = Capturable::new(&catalog, &selected);
    let mut wanted = trigger::capture_triggers(&catalog, &tables);
    let mut report = InstallReport::default();
    for table in catalog.values() {
        let triggers = wanted.remove(&table.name).unwrap_or_default();
        let created = local.create_triggers(table, &triggers).await?;
        // What a refused table has goes on capturing as well as it can.
        if !problems.contains_key(&table.name) {
            local.drop_other_triggers(table, &triggers).await?;
        }
        report.triggers_created += created;
        if created > 0 && tables.contains(&table.name) {
            let rows = local.count_rows(&table.name).await?;
            report.existing_rows.extend((rows > 0).then(|| existing_rows(&table.name, rows)));
        }
    }
    report.captured.extend(tables);
    report.refused.extend(problems.into_iter().map(|(name, problem)| refused(name, problem)));
    Ok((report, catalog))
}

/// Creates DB_B's tables and this site's ledger row.
async fn prepare_central(
    settings: &Settings,
    local: &mut LocalDb,
    central: &mut CentralDb,
    catalog: &Catalog,
) -> Result<(), InstallError> {
    let local_failed = |source| InstallError::Local { address: settings.local.to_string(), source };
    let central_failed = |source| InstallError::Central { address: settings.central.to_string(), source };
    let tables = mapping::selected_names(catalog, &settings.tables);
    central.create_tables(&tables).await.map_err(central_failed)?;
    let site = local.site().await.map_err(local_failed)?.unwrap_or_else(nobody);
    let others = central.tables_of_other_sites(&site, &tables).await.map_err(central_failed)?;
    if let Some((table, other)) = others.into_iter().next() {
        return Err(InstallError::OtherSite(table, other));
    }
    let sent = local.highest_intent().await.map_err(local_failed)?.unwrap_or_default();
    match central.ledger(&site).await.map_err(central_failed)? {
        Some(ledger) => {
            let token = local.intent_with_token(&ledger.last_token).await.map_err(local_failed)?;
            interruption::check_ledger(&site, &ledger, token.is_some())?;
        }
        None if sent > 0 => return Err(StopReason::UnknownToCentral { batches: sent }.into()),
        None => {
            let first = local.last_acknowledged().await.map_err(local_failed)?;
            let token = first.map(|intent| intent.token).unwrap_or_default();
            central.begin_ledger(&site, &token, &token::random()).await.map_err(central_failed)?;
        }
    }
    central.note_site(&site, &settings.site_name, &tables).await.map_err(central_failed)
}

/// Stands for a site whose row vanished between two statements; DB_B then refuses it.
fn nobody() -> Site {
    Site { id: String::new(), epoch: String::new() }
}

fn existing_rows(table: &str, rows: u64) -> ExistingRows {
    ExistingRows { table: table.to_owned(), rows, remedy: BRING_IN.to_owned() }
}

fn refused(table: String, problem: TableProblem) -> RefusedTable {
    RefusedTable { table, message: problem.message, remedy: problem.remedy }
}

/// What `uninstall` did.
#[derive(Debug, Clone, Serialize)]
pub struct UninstallReport {
    /// Triggers dropped.
    pub triggers_dropped: usize,
    /// Entries that were still PENDING or FAILED and are gone; with `--force` only.
    pub entries_lost: u64,
    /// What remains to be run on DB_B, when DB_B could not be told that this site no longer feeds its tables.
    pub on_central: Option<String>,
}

/// Why `uninstall` refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum UninstallError {
    /// DB_A failed.
    #[error("DB_A ({address}) failed; see LOCAL_DATABASE_URL")]
    Local {
        /// Where it was looked for.
        address: String,
        /// What it said.
        source: DbError,
    },
    /// Changes would be lost.
    #[error(
        "{} PENDING or FAILED and would never arrive: run `backhaul sync` first, or `uninstall --force`",
        counted(*.0, "entry is", "entries are")
    )]
    OpenEntries(u64),
    /// A cycle is running.
    #[error("a cycle is running: stop `backhaul serve` first")]
    Busy,
    /// There is nothing to remove.
    #[error("DB_A is not installed")]
    NotInstalled,
}

/// Removes triggers and `sync_…` tables from DB_A, never user data.
///
/// # Errors
/// Why nothing was removed.
pub async fn uninstall(settings: &Settings, force: bool) -> Result<UninstallReport, UninstallError> {
    let failed = |source| UninstallError::Local { address: settings.local.to_string(), source };
    let mut local = LocalDb::connect(settings).await.map_err(failed)?;
    let Some(site) = local.site().await.map_err(failed)? else { return Err(UninstallError::NotInstalled) };
    if !local.take_cycle_lock().await.map_err(failed)? {
        return Err(UninstallError::Busy);
    }
    let entries_lost = local.count_open_entries().await.map_err(failed)?;
    if entries_lost > 0 && !force {
        return Err(UninstallError::OpenEntries(entries_lost));
    }
    let catalog = local.catalog().await.map_err(failed)?;
    let triggers_dropped = local.remove_all(&catalog).await.map_err(failed)?;
    local.close().await;
    let on_central = release_tables(settings, &site)
        .await
        .err()
        .map(|_| format!("delete from sync_site_tables where site_id = {}", quoting::text(&site.id)));
    Ok(UninstallReport { triggers_dropped, entries_lost, on_central })
}

/// Tells DB_B that this site feeds no table any more; its ledger row stays.
async fn release_tables(settings: &Settings, site: &Site) -> Result<(), DbError> {
    let mut central = CentralDb::connect(settings).await?;
    central.note_site(site, &settings.site_name, &BTreeSet::new()).await?;
    central.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_entry_is_not_many() {
        assert!(UninstallError::OpenEntries(1).to_string().starts_with("1 entry is PENDING or FAILED"));
        assert!(UninstallError::OpenEntries(2).to_string().starts_with("2 entries are PENDING or FAILED"));
    }
}
