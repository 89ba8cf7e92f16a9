//! Makes DB_B equal for one batch, in one transaction behind the fence.

use std::collections::BTreeSet;

use super::attempt::{Attempt, Cause, Trouble};
use super::batch::Batch;
use super::claim::Limits;
use super::failure::{Decision, classify};
use super::intent;
use super::set_aside::{self, Halt};
use super::settle::Chain;
use crate::db::central_db::{Applied, CentralDb, Script};
use crate::db::local_db::LocalDb;
use crate::db::mapping::{Mapping, TableProblem};
use crate::db::sql::apply::Fence;
use crate::models::entry::RecordName;
use crate::models::intent::Intent;
use crate::models::setback::Setback;

/// Both sides and what is known of them while a batch is applied.
pub struct Applying<'a> {
    /// DB_A.
    pub local: &'a mut LocalDb,
    /// DB_B.
    pub central: &'a mut CentralDb,
    /// How tables are carried.
    pub mapping: &'a Mapping,
    /// Where the chain of tokens stands.
    pub chain: &'a Chain,
    /// Judged failures before an entry is FAILED.
    pub max_retries: u32,
    /// What may go along with a batch although it does not name it; `None` when nothing may.
    pub neighbours: Option<Limits>,
    /// Whether more would have had to go along.
    pub fell_short: bool,
}

/// What the search for bad records left.
enum Rest {
    /// Everything but this is made in the open transaction.
    Applied(Vec<Setback>),
    /// These records must go along.
    NeedsNeighbours(BTreeSet<RecordName>),
    /// What was read of DB_A is no longer so.
    Outdated,
}

/// Applies the whole batch in as few round trips as possible. One that `follows` another that is under way may arrive first.
pub async fn apply_whole(central: &mut CentralDb, fence: &Fence, script: Script, follows: bool) -> Applied {
    if let Err(error) = central.fault_point("intent-noted").await {
        return Applied::InDoubt(error);
    }
    central.apply_whole(fence, script, follows).await
}

impl Applying<'_> {
    /// Goes on from what became of the whole batch: where DB_B did not take it, it is applied less what must be set aside.
    ///
    /// # Errors
    /// When DB_B cannot be used, or it is unknown what it did.
    pub async fn go_on(&mut self, whole: Applied, noted: &Intent, batch: &Batch) -> Result<Attempt, Trouble> {
        match whole {
            Applied::Committed => Ok(Attempt::Applied { intent: noted.clone(), setbacks: Vec::new() }),
            Applied::FenceFailed => Ok(Attempt::Again(Cause::Unsettled)),
            Applied::InDoubt(error) => Err(Trouble::Central(error)),
            Applied::Rejected(error) => match classify(&error).decision() {
                Decision::EndCycle => Err(Trouble::Central(error)),
                Decision::TryAgain => Ok(Attempt::Again(Cause::Contention(error))),
                Decision::SetAside | Decision::HoldTable => {
                    let fence = intent::fence(self.chain, noted);
                    self.apply_the_rest(noted, &fence, batch).await
                }
            },
            Applied::NotLoaded(error) => Ok(Attempt::Again(Cause::Contention(error))),
        }
    }

    /// Applies, in one transaction, everything but the records that DB_B rejects.
    async fn apply_the_rest(
        &mut self,
        noted: &Intent,
        fence: &Fence,
        batch: &Batch,
    ) -> Result<Attempt, Trouble> {
        self.central.fault_point("batch-undone").await.map_err(Trouble::Central)?;
        if let Err(failed) = self.central.begin_behind_fence(fence).await {
            return not_applied(failed);
        }
        self.central.fault_point("fence-entered").await.map_err(Trouble::Central)?;
        let cause = match self.search(batch).await {
            Ok(Rest::Applied(setbacks)) => return self.commit_the_rest(noted, fence, batch, setbacks).await,
            Ok(Rest::NeedsNeighbours(neighbours)) => Cause::Neighbours(neighbours),
            Ok(Rest::Outdated) => Cause::Outdated,
            Err(Halt::Central(error)) => return Err(Trouble::Central(error)),
            Err(Halt::Local(error)) => return Err(Trouble::Local(error)),
            Err(Halt::Contention(error)) => Cause::Contention(error),
            Err(Halt::TableRefused(table, error)) => {
                let problem = TableProblem::refused_by_central(&table, &error.to_string());
                Cause::TableHeld(table, problem)
            }
        };
        self.central.undo().await.map_err(Trouble::Central)?;
        self.local.fault_point("search-undone").await.map_err(Trouble::Local)?;
        Ok(Attempt::Again(cause))
    }

    /// Makes what can be made within the open transaction, and decides about everything else.
    async fn search(&mut self, batch: &Batch) -> Result<Rest, Halt> {
        let found = set_aside::search(self.local, self.central, self.mapping, batch).await?;
        let findings = self.diagnose(batch, &found).await?;
        if findings.is_outdated {
            return Ok(Rest::Outdated);
        }
        let Some(limits) = self.neighbours.filter(|_| !findings.neighbours.is_empty()) else {
            return Ok(Rest::Applied(findings.setbacks));
        };
        if let Some(neighbours) = self.expand(batch, findings.neighbours, limits).await? {
            return Ok(Rest::NeedsNeighbours(neighbours));
        }
        // They go by themselves, later in the same cycle; until then what they block is held.
        self.fell_short = true;
        Ok(Rest::Applied(findings.setbacks))
    }

    /// Commits what was not set aside, under an intent that names exactly that.
    ///
    /// DB_A replaces the intent before DB_B may commit: a crash in between would otherwise call the
    /// entries that were set aside SYNCED.
    async fn commit_the_rest(
        &mut self,
        noted: &Intent,
        fence: &Fence,
        batch: &Batch,
        setbacks: Vec<Setback>,
    ) -> Result<Attempt, Trouble> {
        if setbacks.is_empty() {
            let applied = self.central.commit_behind_fence(fence, None).await;
            return committed(applied, noted.clone(), setbacks);
        }
        let aside: BTreeSet<&RecordName> =
            setbacks.iter().map(|setback| batch.present(&setback.record)).collect();
        let rest = batch.changes.iter().filter(|change| !aside.contains(&change.record));
        let next = intent::draw(self.chain, batch, rest, self.central.connection());
        self.central.fault_point("changes-made").await.map_err(Trouble::Central)?;
        self.local.replace_intent(noted, &next).await.map_err(Trouble::Local)?;
        self.central.fault_point("intent-replaced").await.map_err(Trouble::Central)?;
        let exchange = intent::fence(self.chain, &next);
        let applied = self.central.commit_behind_fence(fence, Some(&exchange)).await;
        committed(applied, next, setbacks)
    }
}

fn committed(applied: Applied, intent: Intent, setbacks: Vec<Setback>) -> Result<Attempt, Trouble> {
    match applied {
        Applied::Committed => Ok(Attempt::Applied { intent, setbacks }),
        other => not_applied(other),
    }
}

/// Judges nobody: what failed here was no single record, and whatever was found was found in a lost transaction.
fn not_applied(applied: Applied) -> Result<Attempt, Trouble> {
    match applied {
        Applied::FenceFailed | Applied::Committed => Ok(Attempt::Again(Cause::Unsettled)),
        Applied::Rejected(error) if classify(&error).decision() == Decision::TryAgain => {
            Ok(Attempt::Again(Cause::Unsettled))
        }
        Applied::Rejected(error) | Applied::NotLoaded(error) | Applied::InDoubt(error) => {
            Err(Trouble::Central(error))
        }
    }
}
