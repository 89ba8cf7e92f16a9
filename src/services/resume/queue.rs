//! Queues what DB_A has and DB_B has not, and forgets what is no longer SYNCED.

use super::classify::Found;
use crate::db::local_db::Anew;
use crate::models::verification::{Repair, Waiting};
use crate::services::verify::{Failed, Sides};

/// Queues some records of one table as `repair` says; answers how many.
///
/// A record that is PENDING already is not queued again; a FAILED one is, since DB_B may be another one by now.
pub(super) async fn queue(
    sides: &mut Sides<'_>,
    table: &str,
    found: &[&Found],
    repair: Repair,
) -> Result<u64, Failed> {
    let anew: Vec<Anew<'_>> = found
        .iter()
        .map(|one| {
            let is_queued = matches!(one.waiting, Some(Waiting::Pending | Waiting::Held));
            let entry = repair.entry(one.difference).filter(|_| !is_queued);
            Anew { record_id: &one.record_id, entry }
        })
        .collect();
    sides.local.queue_anew(table, &anew).await.map_err(Failed::Local)
}
