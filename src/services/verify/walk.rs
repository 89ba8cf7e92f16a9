//! Walks one table on both sides at once.

use super::error::Failed;
use super::judge::{RECORDS_PER_LOOK, judge};
use super::narrow::suspects;
use super::pace::Pace;
use super::sides::Sides;
use crate::db::digests::Summary;
use crate::db::sql::compare::Comparison;
use crate::db::sql::key_range::KeyRange;
use crate::models::verification::{Repair, TableVerification};
use crate::utils::clock;

/// Compares a table from before its first key to behind its last; `step` hears of each stretch how many rows it had.
pub(super) async fn walk(
    sides: &mut Sides<'_>,
    comparison: &Comparison,
    repair: Repair,
    step: &dyn Fn(u64),
) -> Result<TableVerification, Failed> {
    let mut report = TableVerification::new(&comparison.table.name);
    let mut pace = Pace::new();
    let mut after = None;
    loop {
        let started = clock::monotonic();
        let stretch = next_stretch(sides, comparison, after, pace.rows()).await?;
        pace.learn(started.elapsed());
        let Stretch { range, here, there } = stretch;
        report.compared += here.rows;
        report.equal += here.rows;
        if !here.proves_equal(&there) {
            let mut found = suspects(sides, comparison, &range, there.rows).await?;
            let in_question = found.iter().filter(|suspect| suspect.is_local).count() as u64;
            report.equal = report.equal.saturating_sub(in_question);
            while !found.is_empty() {
                let rest = found.split_off(found.len().min(RECORDS_PER_LOOK));
                judge(sides, comparison, found, repair, &mut report).await?;
                found = rest;
            }
        }
        step(here.rows);
        match range.up_to {
            Some(key) => after = Some(key),
            None => break,
        }
    }
    Ok(report)
}

/// A stretch of the table, and what both sides say of it.
struct Stretch {
    range: KeyRange,
    here: Summary,
    there: Summary,
}

/// Sums up the next rows of DB_A and whatever DB_B has between the same keys. Where DB_B has far more,
/// the stretch ends at a key of DB_B, so that neither server is ever asked for too much at once.
async fn next_stretch(
    sides: &mut Sides<'_>,
    comparison: &Comparison,
    after: Option<Vec<String>>,
    rows: u64,
) -> Result<Stretch, Failed> {
    let mut range = KeyRange { after, up_to: None };
    range.up_to = sides.local.nth_key(comparison, &range, rows).await.map_err(Failed::Local)?;
    let most_there = rows * 2;
    let (here, there) = tokio::join!(
        sides.local.summary(comparison, &range, u64::MAX),
        sides.central.summary(comparison, &range, most_there)
    );
    let (mut here, there) = (here.map_err(Failed::Local)?, there.map_err(Failed::Central)?);
    if there.rows == most_there {
        let last = sides.central.nth_key(comparison, &range, most_there).await.map_err(Failed::Central)?;
        if last.is_some() {
            range.up_to = last;
            here = sides.local.summary(comparison, &range, u64::MAX).await.map_err(Failed::Local)?;
        }
    }
    Ok(Stretch { range, here, there })
}
