//! Finds the records of a stretch that may differ, with few bytes from DB_B.

use std::collections::BTreeSet;

use super::error::Failed;
use super::sides::Sides;
use crate::db::digests::{Buckets, Digests};
use crate::db::sql::compare::Comparison;
use crate::db::sql::key_range::KeyRange;

/// A record that may differ.
#[derive(Debug, Clone)]
pub(in crate::services) struct Suspect {
    pub(in crate::services) record_id: String,
    pub(in crate::services) key: Vec<String>,
    pub(in crate::services) is_local: bool,
}

/// Into how many parts one more hexadecimal digit divides rows.
const PARTS: u64 = 16;

/// How many listed rows cost as much as the checksums of one part's parts: some 1,600 bytes against 45 each.
const ROWS_WORTH_DIVIDING: u64 = 36;

/// Lists the records of the range that may differ, by the digests of their keys: rows are divided into ever smaller
/// parts as long as this costs less than listing those that are in question.
pub(super) async fn suspects(
    sides: &mut Sides<'_>,
    comparison: &Comparison,
    range: &KeyRange,
    rows_there: u64,
) -> Result<Vec<Suspect>, Failed> {
    let mut within: Vec<String> = Vec::new();
    let mut rows_there = rows_there;
    loop {
        let parts = within.len().max(1) as u64;
        if rows_there <= parts * ROWS_WORTH_DIVIDING {
            break;
        }
        let (here, there) = tokio::join!(
            sides.local.buckets(comparison, range, &within),
            sides.central.buckets(comparison, range, &within)
        );
        let (here, there) = (here.map_err(Failed::Local)?, there.map_err(Failed::Central)?);
        within = differing(&here, &there);
        if within.is_empty() {
            return Ok(Vec::new());
        }
        rows_there = within.iter().filter_map(|part| there.get(part)).map(|part| part.rows).sum();
        if within.len() as u64 * 4 > parts * PARTS * 3 {
            // Nearly every part differs: dividing on would find no row that need not be listed.
            break;
        }
    }
    let (here, there) = if rows_there == 0 {
        (sides.local.digests(comparison, range, &within).await, Ok(Digests::new()))
    } else {
        tokio::join!(
            sides.local.digests(comparison, range, &within),
            sides.central.digests(comparison, range, &within)
        )
    };
    Ok(unequal(&here.map_err(Failed::Local)?, &there.map_err(Failed::Central)?))
}

/// Lists the parts that are not proven equal.
fn differing(here: &Buckets, there: &Buckets) -> Vec<String> {
    let parts: BTreeSet<&String> = here.keys().chain(there.keys()).collect();
    let is_equal =
        |part: &String| matches!((here.get(part), there.get(part)), (Some(a), Some(b)) if a.proves_equal(b));
    parts.into_iter().filter(|part| !is_equal(part)).cloned().collect()
}

/// Lists the records that are not proven equal.
fn unequal(here: &Digests, there: &Digests) -> Vec<Suspect> {
    let records: BTreeSet<&String> = here.keys().chain(there.keys()).collect();
    records
        .into_iter()
        .filter_map(|record_id| {
            let (a, b) = (here.get(record_id), there.get(record_id));
            let is_equal = matches!((a, b), (Some(a), Some(b)) if a.proves_equal(b));
            let row = a.or(b).filter(|_| !is_equal)?;
            Some(Suspect { record_id: record_id.clone(), key: row.key.clone(), is_local: a.is_some() })
        })
        .collect()
}
