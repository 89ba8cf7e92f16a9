//! Looks again at records that may differ, and decides.

use super::error::Failed;
use super::narrow::Suspect;
use super::sides::Sides;
use crate::db::digests::RowDigest;
use crate::db::sql::compare::Comparison;
use crate::models::entry::Operation;
use crate::models::verification::{Difference, Repair, TableVerification, Waiting};

/// Records looked at, and queued, in one go: small transactions and short lists.
pub(super) const RECORDS_PER_LOOK: usize = 500;

/// Most looks at a record that changes all the while.
const MOST_LOOKS: u32 = 5;

/// Decides about some records, and queues those that differ as `repair` says.
///
/// DB_A is looked at before and after DB_B. A record counts as different only if DB_A showed the same both times,
/// and no entry of it that is not SYNCED: then nothing happened to it in between that DB_B might not show yet.
pub(super) async fn judge(
    sides: &mut Sides<'_>,
    comparison: &Comparison,
    suspects: Vec<Suspect>,
    repair: Repair,
    report: &mut TableVerification,
) -> Result<(), Failed> {
    let mut rest = suspects;
    for _ in 0..MOST_LOOKS {
        rest = look(sides, comparison, rest, repair, report).await?;
        if rest.is_empty() {
            return Ok(());
        }
    }
    for suspect in &rest {
        report.note_pending(&suspect.record_id, Waiting::Pending);
    }
    Ok(())
}

/// Looks once; gives back the records that changed meanwhile.
async fn look(
    sides: &mut Sides<'_>,
    comparison: &Comparison,
    suspects: Vec<Suspect>,
    repair: Repair,
    report: &mut TableVerification,
) -> Result<Vec<Suspect>, Failed> {
    let (ids, keys) = names(&suspects);
    let before = sides.local.look(comparison, &ids, &keys).await.map_err(Failed::Local)?;
    let mut quiet = Vec::new();
    for suspect in suspects {
        match before.waiting(&suspect.record_id) {
            Some(state) => report.note_pending(&suspect.record_id, state),
            None => quiet.push(suspect),
        }
    }
    if quiet.is_empty() {
        return Ok(Vec::new());
    }
    let (ids, keys) = names(&quiet);
    let there = sides.central.digests_of(comparison, &keys).await.map_err(Failed::Central)?;
    let after = sides.local.look(comparison, &ids, &keys).await.map_err(Failed::Local)?;
    let (mut changed, mut queue) = (Vec::new(), Vec::new());
    for suspect in &quiet {
        let id = &suspect.record_id;
        match difference(before.rows.get(id), there.get(id)) {
            // A row that vanished from both sides is none any more.
            None if suspect.is_local && there.contains_key(id) => report.equal += 1,
            None => {}
            Some(found) if before.is_unchanged_in(&after, id) => {
                report.note_difference(id, found);
                queue.extend(repair.entry(found).map(|operation| (id.as_str(), operation)));
            }
            Some(_) => changed.push(suspect.clone()),
        }
    }
    report.queued += enqueue(sides, comparison, &queue).await?;
    Ok(changed)
}

async fn enqueue(
    sides: &mut Sides<'_>,
    comparison: &Comparison,
    queue: &[(&str, Operation)],
) -> Result<u64, Failed> {
    sides.local.queue(&comparison.table.name, queue).await.map_err(Failed::Local)
}

/// Gives the names and the keys of some records.
pub(in crate::services) fn names(suspects: &[Suspect]) -> (Vec<&str>, Vec<Vec<String>>) {
    suspects.iter().map(|suspect| (suspect.record_id.as_str(), suspect.key.clone())).unzip()
}

/// Tells how a record differs, by what each side showed of it.
pub(in crate::services) fn difference(
    here: Option<&RowDigest>,
    there: Option<&RowDigest>,
) -> Option<Difference> {
    match (here, there) {
        (None, None) => None,
        (Some(_), None) => Some(Difference::OnlyLocal),
        (None, Some(_)) => Some(Difference::OnlyCentral),
        (Some(a), Some(b)) => (!a.proves_equal(b)).then_some(Difference::Differs),
    }
}
