//! Whether DB_A and DB_B still belong together: what settling would decide, without settling.
//!
//! Nothing is decided that a running cycle could make untrue: what DB_A had acknowledged is read first, then the ledger,
//! then whether DB_A knows the ledger's token.

use super::facts::Facts;
use crate::config::Settings;
use crate::db::DbError;
use crate::db::central_db::CentralDb;
use crate::db::local_db::LocalDb;
use crate::models::diagnosis::{Code, Finding, Place};
use crate::models::intent::{Intent, IntentState, LedgerRow, Site};
use crate::utils::wording::counted;

/// What to do when one side is not the one it was.
const AFTER_A_RESTORE: &str = "stop every program that writes to DB_A, run `backhaul resume --dry-run`, and see \
     docs/OPERATIONS.md, \"After a restore\"";

/// Which side failed while the ledger was looked at.
#[derive(Debug)]
pub(super) enum Failed {
    Local(DbError),
    Central(DbError),
}

/// Compares the ledger with what DB_A has noted, and asks who feeds the tables.
pub(super) async fn check(
    facts: &Facts<'_>,
    site: &Site,
    local: &mut LocalDb,
    central: &mut CentralDb,
) -> Result<Vec<Finding>, Failed> {
    let sent = local.highest_intent().await.map_err(Failed::Local)?.unwrap_or_default();
    let acknowledged =
        local.last_acknowledged().await.map_err(Failed::Local)?.map_or(0, |intent| intent.number);
    let Some(ledger) = central.ledger_row(site).await.map_err(Failed::Central)? else {
        return Ok(vec![no_row(sent)]);
    };
    let mut found = if ledger.epoch == site.epoch {
        compare_chain(local, &ledger, acknowledged).await.map_err(Failed::Local)?
    } else {
        let message = "DB_B is at another epoch than DB_A: one of them was restored from a backup";
        vec![Finding::new(Code::LedgerMismatch, Place::Central, message.to_owned(), AFTER_A_RESTORE)]
    };
    let others = central.tables_of_other_sites(site, &facts.selected).await.map_err(Failed::Central)?;
    found.extend(others.iter().map(|(table, other)| other_site(facts.settings, table, other)));
    Ok(found)
}

fn no_row(sent: u64) -> Finding {
    if sent == 0 {
        let message = "DB_B has no ledger for this site";
        return Finding::new(
            Code::LedgerMissing,
            Place::Central,
            message.to_owned(),
            "run `backhaul install`",
        );
    }
    let message = format!(
        "DB_B does not know this site, which already sent {}: DB_B was replaced or restored, and cycles stop \
         (exit 6)",
        counted(sent, "batch", "batches")
    );
    Finding::new(Code::LedgerMismatch, Place::Central, message, AFTER_A_RESTORE)
}

/// Follows the chain back from the ledger's token to the batch that DB_B has applied last.
async fn compare_chain(
    local: &mut LocalDb,
    ledger: &LedgerRow,
    acknowledged: u64,
) -> Result<Vec<Finding>, DbError> {
    let mut wanted = Some(ledger.last_token.clone());
    let mut applied: Option<Intent> = None;
    while let Some(token) = wanted.take() {
        let Some(intent) = local.intent_with_token(&token).await? else {
            let message = "the last batch in DB_B was not sent by this DB_A: DB_A was restored from a backup or cloned, \
                           and cycles stop (exit 6)";
            return Ok(vec![Finding::new(
                Code::LedgerMismatch,
                Place::Local,
                message.to_owned(),
                AFTER_A_RESTORE,
            )]);
        };
        if intent.state == IntentState::Dropped {
            wanted.clone_from(&intent.previous_token);
        }
        applied = Some(intent);
    }
    let newest = applied.map_or(0, |intent| intent.number);
    if newest >= acknowledged {
        return Ok(Vec::new());
    }
    let lost = local.acknowledged_after(newest).await?;
    Ok(vec![behind(newest, &lost)])
}

fn behind(newest: u64, lost: &[Intent]) -> Finding {
    let lost_batches = format!("DB_B has lost the batches after number {newest}, {} of them", lost.len());
    if lost.iter().any(|intent| intent.entries.is_none()) {
        let message = format!("{lost_batches}, and some of their entries were pruned: cycles stop (exit 6)");
        return Finding::new(Code::LedgerMismatch, Place::Central, message, AFTER_A_RESTORE);
    }
    let message = format!("{lost_batches}: it was restored from a backup. The next cycle sends them again");
    Finding::new(Code::CentralBehind, Place::Central, message, "run `backhaul sync`")
}

fn other_site(settings: &Settings, table: &str, other: &str) -> Finding {
    let message =
        format!("{table} in DB_B is fed by the site '{other}' as well: a table has one site so far");
    let remedy = format!(
        "use another database than {} in CENTRAL_DATABASE_URL, or take {table} out of SYNC_TABLES",
        settings.central.database
    );
    Finding::new(Code::OtherSite, Place::Central, message, remedy).of_table(table)
}
