//! What can become of an attempt to apply a batch.

use std::collections::BTreeSet;

use crate::db::DbError;
use crate::db::mapping::TableProblem;
use crate::models::entry::RecordName;
use crate::models::intent::Intent;
use crate::models::setback::Setback;

/// What became of a batch.
#[derive(Debug)]
pub enum Attempt {
    /// DB_B committed the batch of this intent.
    Applied {
        /// The intent whose token the ledger shows.
        intent: Intent,
        /// What was set aside from it.
        setbacks: Vec<Setback>,
    },
    /// Nothing was applied, and nothing of this intent ever will be: claim again.
    Again(Cause),
}

/// A batch that DB_B has committed, and DB_A has not acknowledged yet.
#[derive(Debug)]
pub struct Committed {
    /// The intent whose token the ledger shows.
    pub intent: Intent,
    /// What was set aside from it.
    pub setbacks: Vec<Setback>,
}

/// Why a batch must be claimed again.
#[derive(Debug)]
pub enum Cause {
    /// Another process settled or noted an intent meanwhile, or intents were replaced: settle again.
    Unsettled,
    /// Other transactions stood in the way.
    Contention(DbError),
    /// These records, which the queue does not name, must go along.
    Neighbours(BTreeSet<RecordName>),
    /// Records that would be judged have changed since they were read.
    Outdated,
    /// DB_B does not take this table.
    TableHeld(String, TableProblem),
}

/// Why a batch could not be decided about.
#[derive(Debug)]
pub enum Trouble {
    /// DB_B cannot be used, or it is unknown what it did.
    Central(DbError),
    /// DB_A failed.
    Local(DbError),
}
