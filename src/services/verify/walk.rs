//! Walks one table on both sides at once.

use super::error::Failed;
use super::judge::RECORDS_PER_LOOK;
use super::narrow::{Suspect, suspects};
use super::pace::Pace;
use super::sides::Sides;
use crate::db::digests::Summary;
use crate::db::sql::compare::Comparison;
use crate::db::sql::key_range::KeyRange;
use crate::utils::clock;

/// What a walk passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::services) struct Walked {
    /// Rows of DB_A.
    pub(in crate::services) rows: u64,
    /// Those of them that are proven equal to DB_B's.
    pub(in crate::services) equal: u64,
}

/// Walks a table from before its first key to behind its last. Records that may differ are handed to `decide`, some at
/// a time; `step` hears of each stretch how many rows it had.
pub(in crate::services) async fn walk(
    sides: &mut Sides<'_>,
    comparison: &Comparison,
    step: &dyn Fn(u64),
    mut decide: impl AsyncFnMut(&mut Sides<'_>, Vec<Suspect>) -> Result<(), Failed>,
) -> Result<Walked, Failed> {
    let mut walked = Walked::default();
    let mut pace = Pace::new();
    let mut after = None;
    loop {
        let started = clock::monotonic();
        let stretch = next_stretch(sides, comparison, after, pace.rows()).await?;
        pace.learn(started.elapsed());
        let Stretch { range, here, there } = stretch;
        walked.rows += here.rows;
        walked.equal += here.rows;
        if !here.proves_equal(&there) {
            let mut found = suspects(sides, comparison, &range, there.rows).await?;
            let in_question = found.iter().filter(|suspect| suspect.is_local).count() as u64;
            walked.equal = walked.equal.saturating_sub(in_question);
            while !found.is_empty() {
                let rest = found.split_off(found.len().min(RECORDS_PER_LOOK));
                decide(sides, found).await?;
                found = rest;
            }
        }
        step(here.rows);
        match range.up_to {
            Some(key) => after = Some(key),
            None => break,
        }
    }
    Ok(walked)
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
