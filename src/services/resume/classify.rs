//! Looks at records that may differ, and tells how each does.

use crate::db::digests::RowDigest;
use crate::db::sql::compare::Comparison;
use crate::models::verification::{Difference, Waiting};
use crate::services::verify::{Failed, Sides, Suspect, difference, names};

/// A record that differs.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) record_id: String,
    pub(super) key: Vec<String>,
    pub(super) difference: Difference,
    /// What its entries that are not SYNCED wait for, if there are any.
    pub(super) waiting: Option<Waiting>,
    pub(super) here: Option<RowDigest>,
    pub(super) there: Option<RowDigest>,
}

/// Tells which of some records differ. No cycle runs meanwhile, so DB_B stays as it is; a record that changes in DB_A
/// between the two looks has an entry that says so.
pub(super) async fn classify(
    sides: &mut Sides<'_>,
    comparison: &Comparison,
    suspects: Vec<Suspect>,
) -> Result<Vec<Found>, Failed> {
    let (ids, keys) = names(&suspects);
    let mut here = sides.local.look(comparison, &ids, &keys).await.map_err(Failed::Local)?;
    let mut there = sides.central.digests_of(comparison, &keys).await.map_err(Failed::Central)?;
    let mut found = Vec::new();
    for Suspect { record_id, key, .. } in suspects {
        let waiting = here.waiting(&record_id);
        let (here, there) = (here.rows.remove(&record_id), there.remove(&record_id));
        if let Some(difference) = difference(here.as_ref(), there.as_ref()) {
            found.push(Found { record_id, key, difference, waiting, here, there });
        }
    }
    Ok(found)
}
