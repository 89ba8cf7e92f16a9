//! Asks both sides, and checks group by group.

use std::time::Duration;

use super::definers::Definers;
use super::error::DoctorError;
use super::facts::{BothFacts, Facts};
use super::ledger::Failed;
use super::{
    capture, central_triggers, constraints, definers, ledger, own_settings, own_tables, privileges, rows,
    servers, tables,
};
use crate::config::{Environment, Settings};
use crate::db::central_db::CentralDb;
use crate::db::local_db::LocalDb;
use crate::db::sql::schema;
use crate::db::{DbError, same_database};
use crate::models::diagnosis::{Code, Diagnosis, Finding, Place};
use crate::models::intent::Site;
use crate::utils::clock;

/// What no trigger can see, whatever is installed.
const ALWAYS_TRUE: &str = "TRUNCATE, and a change of a table's definition that rewrites its values, fire no triggers: \
     use DELETE, or run `backhaul verify --repair --delete-extra` afterwards. Whether all rows are equal, `backhaul verify` tells.";

/// What comes first, before any server is asked.
const OF_SETTINGS: &str = "the file of settings: unknown keys, keys given twice";

/// The groups that need DB_A alone, in order.
const OF_LOCAL: [&str; 6] = [
    "DB_A's server: durability, binary log, read-only, replication, clock",
    "every selected table: whether DB_A allows capturing it",
    "what the account may do in DB_A",
    "Backhaul's own tables in DB_A",
    "capture triggers of every selected table",
    "the account as which they run",
];

/// The groups that need DB_B, in order.
const OF_CENTRAL: [&str; 8] = [
    "DB_B's server: read-only, clock, packets, encryption",
    "what the account may do in DB_B",
    "every selected table: whether DB_B takes it as it is",
    "constraints of DB_B that DB_A lacks",
    "triggers in DB_B",
    "Backhaul's own tables in DB_B",
    "the ledger in DB_B: this site, this epoch, the last batch",
    "rows that were there before install",
];

/// Looks at both sides; DB_B is left out while `IS_ONLINE` is not true.
///
/// # Errors
/// When DB_A cannot be used.
pub async fn run(settings: &Settings, environment: &Environment) -> Result<Diagnosis, DoctorError> {
    let started = clock::monotonic();
    let failed = |source| DoctorError::new(settings, source);
    let mut local = LocalDb::connect(settings).await.map_err(failed)?;
    let survey = local.survey().await.map_err(failed)?;
    let facts = Facts::new(settings, &survey);
    let mut diagnosis = Diagnosis::default();
    let doubts = environment.doubts().unwrap_or_default();
    diagnosis.note(OF_SETTINGS, own_settings::doubtful(environment, &doubts));
    let site = local.site().await.map_err(failed)?;
    let installed = check_local(&facts, site, &mut local, &mut diagnosis).await.map_err(failed)?;
    if environment.online_switch().is_on() {
        match look_at_central(&facts, &installed, &mut local, &mut diagnosis).await {
            Ok(()) => {}
            Err(Failed::Local(source)) => return Err(failed(source)),
            Err(Failed::Central(source)) => note_unreachable(settings, &source, &mut diagnosis),
        }
    } else {
        diagnosis.notes.push("IS_ONLINE is not true: DB_B was not asked anything.".to_owned());
        skip_central(&mut diagnosis, "IS_ONLINE is not true");
    }
    if matches!(installed, Installed::Usable(_)) {
        let held = local.held_tables().await.map_err(failed)?;
        let (found, notes) = tables::held(&facts, held, &diagnosis.findings);
        diagnosis.note("tables that the last cycle held", found);
        diagnosis.notes.extend(notes);
    }
    local.close().await;
    diagnosis.notes.extend(tables::note(&facts).into_iter().chain(privileges::note(&facts)));
    diagnosis.notes.push(ALWAYS_TRUE.to_owned());
    diagnosis.conclude();
    diagnosis.duration_ms = millis(started.elapsed());
    Ok(diagnosis)
}

async fn look_at_central(
    facts: &Facts<'_>,
    installed: &Installed,
    local: &mut LocalDb,
    diagnosis: &mut Diagnosis,
) -> Result<(), Failed> {
    let mut central = CentralDb::connect(facts.settings).await.map_err(Failed::Central)?;
    same_database::refuse(local, &mut central).await.map_err(Failed::Central)?;
    let survey = central.survey().await.map_err(Failed::Central)?;
    let both = BothFacts::new(facts, &survey);
    check_central(&both, installed, local, &mut central, diagnosis).await?;
    diagnosis.central_round_trips = central.traffic().round_trips;
    central.close().await;
    Ok(())
}

/// How far `install` has come in DB_A.
enum Installed {
    No,
    /// Its tables are altered or may not be used, so nothing can be asked of them.
    Damaged,
    Usable(Site),
}

/// Checks DB_A by itself.
async fn check_local(
    facts: &Facts<'_>,
    site: Option<Site>,
    local: &mut LocalDb,
    diagnosis: &mut Diagnosis,
) -> Result<Installed, DbError> {
    let [server, table, account, own, triggers, definer] = OF_LOCAL;
    diagnosis.note(server, servers::local(facts));
    diagnosis.note(table, tables::local(facts, site.is_some()));
    let Some(site) = site else {
        let message = "DB_A is not installed: nothing is captured".to_owned();
        let finding = Finding::new(Code::NotInstalled, Place::Local, message, "run `backhaul install`");
        diagnosis.note(own, vec![finding]);
        skip_all(diagnosis, &[account, triggers, definer], "DB_A is not installed");
        return Ok(Installed::No);
    };
    let (lacking, altered) =
        (privileges::local(facts), own_tables::check(facts.local, Place::Local, schema::local()));
    let is_usable = altered.is_empty() && !lacks_privileges(&lacking);
    diagnosis.note(account, lacking);
    diagnosis.note(own, altered);
    if privileges::sees_triggers(facts.local, &facts.selected) {
        diagnosis.note(triggers, capture::check(facts));
        let Definers { findings, notes } = definers::check(facts, local).await?;
        diagnosis.note(definer, findings);
        diagnosis.notes.extend(notes);
    } else {
        skip_all(diagnosis, &[triggers, definer], "the account may not see triggers");
    }
    Ok(if is_usable { Installed::Usable(site) } else { Installed::Damaged })
}

/// Checks DB_B, and both sides together.
async fn check_central(
    facts: &BothFacts<'_>,
    installed: &Installed,
    local: &mut LocalDb,
    central: &mut CentralDb,
    diagnosis: &mut Diagnosis,
) -> Result<(), Failed> {
    let [server, account, table, constraint, trigger, own, of_ledger, of_rows] = OF_CENTRAL;
    diagnosis.note(server, servers::central(facts));
    let lacking = privileges::central(facts);
    let mut is_usable = !lacks_privileges(&lacking);
    diagnosis.note(account, lacking);
    diagnosis.note(table, tables::central(facts));
    diagnosis.note(constraint, constraints::check(facts));
    diagnosis.note(trigger, central_triggers::check(facts));
    if matches!(installed, Installed::No) {
        skip_all(diagnosis, &[own, of_ledger, of_rows], "DB_A is not installed");
        return Ok(());
    }
    let altered = own_tables::check(facts.central, Place::Central, schema::central());
    is_usable &= altered.is_empty();
    diagnosis.note(own, altered);
    match installed {
        Installed::Usable(site) if is_usable => {
            diagnosis.note(of_ledger, ledger::check(facts.here, site, local, central).await?);
            diagnosis.note(of_rows, rows::check(facts, local, central).await?);
        }
        Installed::Usable(_) | Installed::Damaged | Installed::No => {
            skip_all(diagnosis, &[of_ledger, of_rows], "what was found above must be mended first");
        }
    }
    Ok(())
}

fn lacks_privileges(found: &[Finding]) -> bool {
    found.iter().any(|finding| finding.code == Code::PrivilegeMissing)
}

fn note_unreachable(settings: &Settings, source: &DbError, diagnosis: &mut Diagnosis) {
    let message = format!("DB_B ({}) cannot be used: {source}", settings.central);
    let hint = match source {
        DbError::Setup(_) => "correct the address",
        other => other.hint().unwrap_or("check the line, the server, and the account and address"),
    };
    // What a hint names is where to look; anything else is a matter of the address.
    let place = if hint.contains("CENTRAL_TLS_CA is set") { "" } else { "; see CENTRAL_DATABASE_URL" };
    let remedy = format!("{hint}{place}; changes wait safely in DB_A");
    diagnosis.findings.push(Finding::new(Code::CentralUnreachable, Place::Central, message, remedy));
    skip_central(diagnosis, "DB_B cannot be used");
}

fn skip_all(diagnosis: &mut Diagnosis, groups: &[&'static str], reason: &str) {
    for what in groups {
        diagnosis.skip(what, reason);
    }
}

/// Says of every group of DB_B that was not looked at why it was not.
fn skip_central(diagnosis: &mut Diagnosis, reason: &str) {
    for what in OF_CENTRAL {
        if diagnosis.checked.iter().all(|checked| checked.what != what) {
            diagnosis.skip(what, reason);
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
