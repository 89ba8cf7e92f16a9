//! One pass over a stretch of the queue, batch by batch.
//!
//! While DB_B applies a batch, DB_A acknowledges the one before on the cycle's own connection, and shows the next one on
//! another. So two intents may be open: the older one is in DB_B for certain, and whatever happens now, settling finds both
//! on one chain. What was read ahead is only used if the batch before it was committed whole.
//!
//! Over a slow line the next batches are not only read but sent, on connections of their own, each with a fence that lets it
//! pass only behind the one before. Then none of several open intents is in DB_B for certain, and still one chain tells.
//! Before anything more is tried with a batch that did not commit, those behind it must have been answered: the next would
//! pass its fence once anything commits under the same token.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::apply::Applying;
use super::attempt::{Attempt, Cause, Committed, Trouble};
use super::batch::Batch;
use super::claim::{self, Limits};
use super::cycle::{Cycle, MOST_CLAIMS_OF_A_BATCH};
use super::intent;
use super::interruption::Interruption;
use super::lines::{Flight, Landed, Noted};
use super::page::Page;
use super::ready::{self, Ready};
use super::settle::Chain;
use crate::db::central_db::Applied;
use crate::db::local_db::{LocalDb, Window};
use crate::db::{DbError, codes};
use crate::models::entry::{EntryId, RecordName};
use crate::models::intent::{CentralConnection, Intent};
use crate::models::setback::{Setback, Verdict};
use crate::models::site_status::SiteStatus;

/// A batch is sent ahead only if it has at least this part of the bytes of the one before: a far smaller one would arrive long
/// before that, and in vain.
const LEAST_PART_TO_SEND_AHEAD: usize = 8;

/// How far a pass has come.
struct Progress {
    /// What is still to be passed over.
    window: Window,
    page: Page,
    /// The batch that was claimed behind those under way.
    ahead: Option<Ready>,
    /// What must go along with the next batch.
    neighbours: BTreeSet<RecordName>,
    /// How often in a row the same entries were claimed again.
    claims: u32,
}

impl Progress {
    /// Throws away what was read ahead, and stands before the entries after `after`.
    fn start_over(&mut self, after: EntryId) {
        self.ahead = None;
        self.page.start_over(after);
    }
}

impl Cycle<'_> {
    /// Attempts the due entries of a window once, of which `page` shows the first; tells which stretches left held records
    /// behind.
    pub(super) async fn pass(
        &mut self,
        window: Window,
        page: Option<Page>,
        left_behind: &mut Vec<Window>,
    ) -> Result<(), Interruption> {
        let ended = self.batch_by_batch(window, page, left_behind).await;
        // What was sent is waited for also when the pass ends early; settling finds out what became of it.
        while self.lines.land().await.is_some() {}
        // And what was committed is acknowledged.
        let acknowledged = self.acknowledge().await;
        ended.and(acknowledged)
    }

    async fn batch_by_batch(
        &mut self,
        window: Window,
        page: Option<Page>,
        left_behind: &mut Vec<Window>,
    ) -> Result<(), Interruption> {
        let page = page.unwrap_or_else(|| Page::before(window.after, self.lines.are_slow()));
        let mut progress = Progress { window, page, ahead: None, neighbours: BTreeSet::new(), claims: 0 };
        loop {
            if self.lines.first_under_way().is_none() {
                self.gate.check()?;
                let claimed = match progress.ahead.take() {
                    Some(ready) => Some(ready),
                    None => self.claim(&mut progress).await?,
                };
                let Some(ready) = claimed else { return Ok(()) };
                if let Some(unnoted) = self.note_and_send(ready).await? {
                    self.claim_again(&unnoted, Cause::Unsettled, &mut progress).await?;
                    continue;
                }
            }
            let Some(landed) = self.see_through(&mut progress).await? else { return Ok(()) };
            let Landed { noted, batch, whole, tells, .. } = landed;
            self.told = tells;
            match self.decide(whole, &noted, &batch, progress.claims).await? {
                Attempt::Applied { intent, setbacks } => {
                    if setbacks.iter().any(|setback| matches!(setback.verdict, Verdict::Held { .. })) {
                        left_behind.push(Window { after: progress.window.after, up_to: batch.reached });
                    }
                    progress.window.after = batch.reached;
                    progress.neighbours.clear();
                    progress.claims = 0;
                    if !self.note_committed(intent, setbacks, &batch).await? {
                        progress.start_over(batch.reached);
                    }
                }
                Attempt::Again(cause) => self.claim_again(&noted, cause, &mut progress).await?,
            }
        }
    }

    /// Makes ready to claim the same entries again; what was committed before is acknowledged first.
    async fn claim_again(
        &mut self,
        noted: &Intent,
        cause: Cause,
        progress: &mut Progress,
    ) -> Result<(), Interruption> {
        self.acknowledge().await?;
        progress.claims += 1;
        progress.start_over(progress.window.after);
        self.prepare_again(noted, cause, progress.claims, &mut progress.neighbours).await
    }

    /// Claims the next batch once the one before is acknowledged: its entries are PENDING until then.
    async fn claim(&mut self, progress: &mut Progress) -> Result<Option<Ready>, Interruption> {
        let Progress { window, page, neighbours, .. } = progress;
        if !page.is_exhausted() {
            self.acknowledge().await?;
        }
        let (limits, may_load) = (self.limits(), self.lines.may_load());
        let mapping = &self.mapping;
        let mut claimed = claim::claim(self.local, mapping, page, window.up_to, limits, neighbours).await;
        if claimed.as_ref().is_err_and(|error| error.code() == Some(codes::TABLE_CHANGED)) {
            // Someone altered a table after the snapshot was taken: a new snapshot shows it.
            page.start_over(window.after);
            claimed = claim::claim(self.local, mapping, page, window.up_to, limits, neighbours).await;
        }
        let claimed = claimed?;
        self.local.fault_point("claimed").await?;
        Ok(claimed.map(|batch| Ready::new(mapping, batch, page, may_load)))
    }

    fn limits(&self) -> Limits {
        Limits { entries: self.settings.batch_size, bytes: self.pacing.batch_bytes() }
    }

    /// Notes the intent of a batch and sends it; gives the intent back when another process has noted one meanwhile.
    async fn note_and_send(&mut self, ready: Ready) -> Result<Option<Intent>, Interruption> {
        let connection = self.lines.central().map(|central| central.connection());
        let connection = connection.map_err(|source| self.unusable(source, None))?;
        self.note_and_send_behind(&self.chain.clone(), ready, connection).await
    }

    /// The same, where the chain will stand so once what is under way has committed.
    async fn note_and_send_behind(
        &mut self,
        chain: &Chain,
        ready: Ready,
        connection: CentralConnection,
    ) -> Result<Option<Intent>, Interruption> {
        let Ready { batch, mut script, is_last } = ready;
        let intent = intent::draw(chain, &batch, batch.changes.iter(), connection);
        let tells = if is_last { self.outlook(&intent).await? } else { None };
        if !self.local.note_intent(&intent).await? {
            return Ok(Some(intent));
        }
        self.chain.last_number = intent.number;
        if let Some(status) = &tells {
            script = script.and_note_status(&chain.site, &chain.generation, status);
        }
        self.send(chain, Noted { intent, batch: Arc::new(batch), script, tells })?;
        Ok(None)
    }

    /// Tells how far the site will have come once the last batch, of this intent, is committed. `None` if it is better told
    /// afterwards: over a fast line, where one more round trip costs nothing, and if the site will not be complete.
    async fn outlook(&mut self, last: &Intent) -> Result<Option<SiteStatus>, Interruption> {
        let Some(first) = self.first.as_ref().filter(|_| self.lines.are_slow()) else { return Ok(None) };
        let acknowledged_next = self.applied.as_ref().map_or(0, |applied| applied.intent.entry_count());
        let under_way = acknowledged_next + self.lines.entries_under_way() + last.entry_count();
        let status = self.local.site_status(first, under_way).await?;
        Ok(Some(status).filter(|status| status.complete_as_of.is_some()))
    }

    fn send(&mut self, chain: &Chain, noted: Noted) -> Result<(), Interruption> {
        let fence = intent::fence(chain, &noted.intent);
        let entries = noted.intent.entries.clone();
        self.lines.send(fence, noted).map_err(|source| self.unusable(source, entries))
    }

    /// Waits for the answer to the batch under way that was sent first. Meanwhile the one before it is acknowledged, and the
    /// next ones are claimed, and sent if that helps; `None` when none is under way.
    async fn see_through(&mut self, progress: &mut Progress) -> Result<Option<Landed>, Interruption> {
        loop {
            self.send_ahead(progress).await?;
            let Some(last) = self.lines.last_under_way() else { return Ok(None) };
            let reached = last.batch.reached;
            let may_claim = progress.ahead.is_none() && progress.page.may_be_claimed_ahead();
            let (before, limits, may_load) = (self.applied.take(), self.limits(), self.lines.may_load());
            let (acknowledged, ahead) = tokio::join!(acknowledge(self.local, before), async {
                let windows = (reached, progress.window.up_to);
                let page = may_claim.then_some(&mut progress.page)?;
                Ready::claim_ahead(
                    &mut self.reader,
                    self.settings,
                    &self.mapping,
                    page,
                    windows,
                    limits,
                    may_load,
                )
                .await
            });
            self.report.entries_synced += acknowledged?;
            if ahead.is_none() {
                break;
            }
            progress.ahead = ahead;
        }
        let Some(landed) = self.lines.land().await else { return Ok(None) };
        if !matches!(landed.whole, Applied::Committed) && self.withdraw(&landed).await? {
            progress.start_over(landed.batch.reached);
        }
        // It came before the one that it was to follow, which has committed since.
        let came_early = landed.is_ahead && matches!(landed.whole, Applied::FenceFailed);
        if came_early {
            self.lines.stay_alone();
        }
        if came_early || matches!(landed.whole, Applied::NotLoaded(_)) {
            let script = ready::script(&self.mapping, &landed.batch, false);
            let again = Noted { intent: landed.noted, batch: landed.batch, script, tells: None };
            self.send(&self.chain.clone(), again)?;
            return Ok(self.lines.land().await);
        }
        Ok(Some(landed))
    }

    /// Sends the batch that was claimed behind those under way, if these lines are slow and it can follow them.
    async fn send_ahead(&mut self, progress: &mut Progress) -> Result<(), Interruption> {
        let Some(Ready { batch: next, .. }) = progress.ahead.as_ref().filter(|_| self.lines.take_another())
        else {
            return Ok(());
        };
        let Some(Flight { batch, noted, .. }) = self.lines.last_under_way() else { return Ok(()) };
        let arrives_later = next.bytes >= batch.bytes / LEAST_PART_TO_SEND_AHEAD;
        // Large ones keep the line busy by themselves, and take memory.
        let are_small = self.lines.bytes_under_way() + next.bytes <= self.settings.batch_bytes;
        if !arrives_later || !are_small || !batch.unreadable.is_empty() || self.gate.check().is_err() {
            return Ok(());
        }
        let (chain, reached) = (self.chain.after(noted), batch.reached);
        let Some(connection) = self.lines.free_for_next().await else { return Ok(()) };
        let Some(ready) = progress.ahead.take() else { return Ok(()) };
        if self.note_and_send_behind(&chain, ready, connection).await?.is_some() {
            // Another process is at work: it is settled when the next one is to be noted, at the latest.
            self.lines.stay_alone();
            progress.start_over(reached);
        }
        Ok(())
    }

    /// Waits for what was sent behind a batch that DB_B did not take whole; tells whether anything was. Where that one
    /// certainly did not commit, neither did these, and their intents are dropped; elsewhere settling finds out.
    async fn withdraw(&mut self, before: &Landed) -> Result<bool, Interruption> {
        let mut not_applied = Vec::new();
        let mut doubt = None;
        while let Some(Landed { noted, whole, .. }) = self.lines.land().await {
            match whole {
                Applied::FenceFailed | Applied::NotLoaded(_) | Applied::Rejected(_) => {}
                Applied::InDoubt(error) => doubt = Some(error),
                Applied::Committed => {
                    let error = "DB_B applied a batch although not the one before it";
                    doubt = Some(DbError::Setup(error.to_owned()));
                }
            }
            not_applied.push(noted);
        }
        if not_applied.is_empty() {
            return Ok(false);
        }
        self.lines.stay_alone();
        let is_early = before.is_ahead && matches!(before.whole, Applied::FenceFailed);
        if is_early || matches!(before.whole, Applied::NotLoaded(_) | Applied::Rejected(_)) {
            if let Some(error) = doubt {
                return Err(self.unusable(error, before.noted.entries.clone()));
            }
            self.local.drop_intents(&not_applied.iter().collect::<Vec<_>>()).await?;
        }
        Ok(true)
    }

    /// Goes on from what became of a batch: where DB_B did not take it whole, it is applied less what must be set aside.
    async fn decide(
        &mut self,
        whole: Applied,
        noted: &Intent,
        batch: &Batch,
        claims: u32,
    ) -> Result<Attempt, Interruption> {
        // Whoever writes faster than neighbours are found is waited for.
        let may_reach = claims < MOST_CLAIMS_OF_A_BATCH;
        let central = match self.lines.central_of(noted) {
            Ok(central) => central,
            Err(source) => return Err(self.unusable(source, noted.entries.clone())),
        };
        let mut applying = Applying {
            local: &mut *self.local,
            central,
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
        attempt.map_err(|trouble| match trouble {
            Trouble::Local(error) => Interruption::Local(error),
            Trouble::Central(source) => self.unusable(source, noted.entries.clone()),
        })
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
        self.chain.last_number = self.chain.last_number.max(intent.number);
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
