//! One pass over a stretch of the queue, batch by batch.
//!
//! While DB_B applies a batch, DB_A acknowledges the one before on the cycle's own connection, and shows the next one on
//! another. So two intents may be open: the older one is in DB_B for certain, and whatever happens now, settling finds both
//! on one chain. What was read ahead is only used if the batch before it was committed whole.

use std::collections::BTreeSet;

use super::apply::{self, Applying};
use super::attempt::{Attempt, Cause, Committed, Trouble};
use super::batch::Batch;
use super::claim::{self, Limits};
use super::cycle::{Cycle, MOST_CLAIMS_OF_A_BATCH};
use super::interruption::Interruption;
use super::page::Page;
use super::{coalesce, intent};
use crate::config::Settings;
use crate::db::local_db::{LocalDb, Window};
use crate::db::mapping::Mapping;
use crate::db::{DbError, codes};
use crate::models::entry::{EntryId, RecordName};
use crate::models::intent::Intent;
use crate::models::setback::{Setback, Verdict};

impl Cycle<'_> {
    /// Attempts the due entries of a window once; tells which stretches left held records behind.
    pub(super) async fn pass(
        &mut self,
        window: Window,
        left_behind: &mut Vec<Window>,
    ) -> Result<(), Interruption> {
        let ended = self.batch_by_batch(window, left_behind).await;
        // What was committed is acknowledged also when the pass ends early.
        let acknowledged = self.acknowledge().await;
        ended.and(acknowledged)
    }

    async fn batch_by_batch(
        &mut self,
        mut window: Window,
        left_behind: &mut Vec<Window>,
    ) -> Result<(), Interruption> {
        let mut page = Page::before(window.after, self.central.line_is_slow());
        let mut ahead = None;
        let (mut neighbours, mut claims) = (BTreeSet::new(), 0);
        loop {
            self.gate.check()?;
            let claimed = match ahead.take() {
                Some(batch) => Some(batch),
                None => self.claim(&mut page, window, &neighbours).await?,
            };
            let Some(batch) = claimed else { return Ok(()) };
            let noted = self.draw_intent(&batch);
            let (attempt, next) =
                self.note_and_apply(&noted, &batch, claims, &mut page, window.up_to).await?;
            match attempt {
                Attempt::Applied { intent, setbacks } => {
                    if setbacks.iter().any(|setback| matches!(setback.verdict, Verdict::Held { .. })) {
                        left_behind.push(Window { after: window.after, up_to: batch.reached });
                    }
                    window.after = batch.reached;
                    if self.note_committed(intent, setbacks, &batch).await? {
                        ahead = next;
                    } else {
                        page.start_over(window.after);
                    }
                    neighbours.clear();
                    claims = 0;
                }
                Attempt::Again(cause) => {
                    self.acknowledge().await?;
                    claims += 1;
                    page.start_over(window.after);
                    self.prepare_again(&noted, cause, claims, &mut neighbours).await?;
                }
            }
        }
    }

    /// Claims the next batch once the one before is acknowledged: its entries are PENDING until then.
    async fn claim(
        &mut self,
        page: &mut Page,
        window: Window,
        neighbours: &BTreeSet<RecordName>,
    ) -> Result<Option<Batch>, Interruption> {
        if !page.is_exhausted() {
            self.acknowledge().await?;
        }
        let limits = Limits { entries: self.settings.batch_size, bytes: self.pacing.batch_bytes() };
        let mapping = &self.mapping;
        let mut claimed = claim::claim(self.local, mapping, page, window.up_to, limits, neighbours).await;
        if claimed.as_ref().is_err_and(|error| error.code() == Some(codes::TABLE_CHANGED)) {
            // Someone altered a table after the snapshot was taken: a new snapshot shows it.
            page.start_over(window.after);
            claimed = claim::claim(self.local, mapping, page, window.up_to, limits, neighbours).await;
        }
        let claimed = claimed?;
        self.local.fault_point("claimed").await?;
        Ok(claimed.map(|batch| in_order(mapping, batch)))
    }

    fn draw_intent(&self, batch: &Batch) -> Intent {
        let number = self.chain.last_number + 1;
        intent::draw(&self.chain, number, batch, batch.changes.iter(), self.central.connection())
    }

    /// Notes the intent of a batch and applies it; meanwhile the batch before is acknowledged, and the next one claimed.
    async fn note_and_apply(
        &mut self,
        noted: &Intent,
        batch: &Batch,
        claims: u32,
        page: &mut Page,
        up_to: EntryId,
    ) -> Result<(Attempt, Option<Batch>), Interruption> {
        if !self.local.note_intent(noted).await? {
            return Ok((Attempt::Again(Cause::Unsettled), None));
        }
        self.chain.last_number = noted.number;
        let before = self.applied.take();
        let limits = Limits { entries: self.settings.batch_size, bytes: self.pacing.batch_bytes() };
        let (whole, acknowledged, ahead) = tokio::join!(
            apply::apply_whole(self.central, &self.mapping, &self.chain, noted, batch),
            acknowledge(self.local, before),
            claim_ahead(&mut self.reader, self.settings, &self.mapping, page, (batch.reached, up_to), limits),
        );
        self.report.entries_synced += acknowledged?;
        // Whoever writes faster than neighbours are found is waited for.
        let may_reach = claims < MOST_CLAIMS_OF_A_BATCH;
        let mut applying = Applying {
            local: &mut *self.local,
            central: &mut *self.central,
            mapping: &self.mapping,
            chain: &self.chain,
            max_retries: self.settings.max_retries,
            neighbours: may_reach.then(|| self.reach.limits()),
            fell_short: false,
        };
        let attempt = applying.go_on(whole, noted, batch).await;
        if applying.fell_short {
            self.reach.fell_short();
        }
        self.pacing.learn(&attempt);
        let attempt = attempt.map_err(|trouble| match trouble {
            Trouble::Local(error) => Interruption::Local(error),
            Trouble::Central(source) => Interruption::Central {
                address: self.settings.central.to_string(),
                source,
                entries: noted.entries.clone(),
            },
        })?;
        Ok((attempt, ahead))
    }

    /// Notes that DB_B has committed a batch; tells whether all of it, so that what was read ahead can be used.
    /// Otherwise it is acknowledged at once.
    async fn note_committed(
        &mut self,
        intent: Intent,
        mut setbacks: Vec<Setback>,
        batch: &Batch,
    ) -> Result<bool, Interruption> {
        self.local.fault_point("applied").await?;
        setbacks.extend(claim::unreadable_setbacks(batch));
        self.chain.last_token.clone_from(&intent.token);
        self.chain.last_number = intent.number;
        self.count(batch, &setbacks);
        let is_whole = setbacks.is_empty();
        self.applied = Some(Committed { intent, setbacks });
        if !is_whole {
            self.acknowledge().await?;
        }
        self.done.send_replace(self.report.entries_synced + self.report.entries_failed);
        Ok(is_whole)
    }

    /// Acknowledges the batch that was committed last, unless it was acknowledged already.
    async fn acknowledge(&mut self) -> Result<(), Interruption> {
        let committed = self.applied.take();
        self.report.entries_synced += acknowledge(self.local, committed).await?;
        Ok(())
    }
}

/// Acknowledges a batch; answers how many entries became SYNCED.
async fn acknowledge(local: &mut LocalDb, committed: Option<Committed>) -> Result<u64, DbError> {
    let Some(Committed { intent, setbacks }) = committed else { return Ok(0) };
    let synced = local.acknowledge(&intent, &setbacks).await?;
    local.fault_point("acknowledged").await?;
    Ok(synced.unwrap_or_default())
}

/// Claims the next batch on a connection of its own. Whatever goes wrong there, the batch is claimed in the ordinary
/// way later.
async fn claim_ahead(
    reader: &mut Option<LocalDb>,
    settings: &Settings,
    mapping: &Mapping,
    page: &mut Page,
    (reached, up_to): (EntryId, EntryId),
    limits: Limits,
) -> Option<Batch> {
    // With failures, what a batch names depends on what became of the one before.
    if page.is_exhausted() || page.has_failures() {
        return None;
    }
    let claimed = async {
        let reader = match reader {
            Some(reader) => reader,
            None => reader.insert(LocalDb::connect(settings).await?),
        };
        claim::claim(reader, mapping, page, up_to, limits, &BTreeSet::new()).await
    };
    match claimed.await {
        // Seen only now: what such a batch names may be under way.
        Ok(Some(_)) if page.has_failures() => {
            page.start_over(reached);
            None
        }
        Ok(batch) => batch.map(|batch| in_order(mapping, batch)),
        Err(error) => {
            tracing::debug!(%error, "the next batch could not be read ahead");
            *reader = None;
            // What was taken from the page is lost: it is read anew behind the batch that is under way.
            page.start_over(reached);
            None
        }
    }
}

fn in_order(mapping: &Mapping, mut batch: Batch) -> Batch {
    coalesce::order(mapping, &mut batch.changes);
    batch
}
