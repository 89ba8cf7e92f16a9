//! The accounts as which the capture triggers run: without them every write of the site fails.

use std::collections::{BTreeMap, BTreeSet};

use super::capture::capture_triggers_of;
use super::facts::{Facts, list, on};
use crate::db::DbError;
use crate::db::local_db::{LocalDb, OtherAccount};
use crate::db::sql::quoting;
use crate::db::survey::Grants;
use crate::models::diagnosis::{Code, Finding, Place};

/// What is found of the definers, and what could not be looked at.
#[derive(Debug, Default)]
pub(super) struct Definers {
    pub findings: Vec<Finding>,
    pub notes: Vec<String>,
}

/// Looks at every account as which a capture trigger runs.
pub(super) async fn check(facts: &Facts<'_>, local: &mut LocalDb) -> Result<Definers, DbError> {
    let mut tables: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for trigger in capture_triggers_of(&facts.local.schema.triggers) {
        tables.entry(&trigger.definer).or_default().insert(&trigger.table);
    }
    let mut found = Definers::default();
    for (definer, tables) in tables {
        let account = if definer == facts.local.server.account {
            OtherAccount::May(facts.local.grants.clone())
        } else {
            local.other_account(definer).await?
        };
        let database = &facts.local.database;
        match account {
            OtherAccount::Missing => found.findings.push(missing(definer, database)),
            OtherAccount::May(grants) => found.findings.extend(lacking(definer, database, &tables, &grants)),
            OtherAccount::Unknown => found.notes.push(format!(
                "The capture triggers run as {definer}, which the account in use may not look at: every write needs that \
                 account, with select and trigger on the tables and insert on sync_queue."
            )),
        }
    }
    Ok(found)
}

fn missing(definer: &str, database: &str) -> Finding {
    let account = quoting::account(definer);
    let database = quoting::name(database);
    let message = format!(
        "the capture triggers run as {definer}, which does not exist: every write fails (error 1449)"
    );
    let statements = format!(
        "create user {account} account lock; grant select, trigger on {database}.* to {account}; \
         grant insert on {database}.sync_queue to {account}"
    );
    Finding::new(Code::DefinerMissing, Place::Local, message, on(Place::Local, statements))
}

fn lacking(definer: &str, database: &str, tables: &BTreeSet<&str>, grants: &Grants) -> Option<Finding> {
    let lacks = |privilege: &str| tables.iter().any(|table| !grants.allow(privilege, database, table));
    let mut privileges = Vec::new();
    let (account, name) = (quoting::account(definer), quoting::name(database));
    for privilege in ["SELECT", "TRIGGER"].into_iter().filter(|privilege| lacks(privilege)) {
        privileges.push(format!("grant {} on {name}.* to {account}", privilege.to_lowercase()));
    }
    if !grants.allow("INSERT", database, "sync_queue") {
        privileges.push(format!("grant insert on {name}.sync_queue to {account}"));
    }
    let message = format!(
        "the capture triggers of {} run as {definer}, which lacks a privilege for that: writes fail (error 1143 or 1142)",
        list(tables.iter().copied())
    );
    let remedy = on(Place::Local, privileges.join("; "));
    (!privileges.is_empty()).then(|| Finding::new(Code::DefinerLacksPrivilege, Place::Local, message, remedy))
}
