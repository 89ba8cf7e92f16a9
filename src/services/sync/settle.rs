//! Finds out what became of the batches before: first in every cycle, and after every doubt.
//!
//! DB_A's intents are listed first; then one transaction on DB_B sets a new generation, which waits for a batch
//! still running and shuts out one that has not begun, and reads the ledger; then it is decided by one rule:
//! *the chain of previous tokens that ends at the ledger's token was applied, and nothing else was.*
//! That something was not applied is only said of what was listed before the ledger was read.

use super::interruption::{self, Interruption, StopReason};
use crate::config::Settings;
use crate::db::central_db::CentralDb;
use crate::db::local_db::LocalDb;
use crate::models::intent::{CentralConnection, Intent, IntentState, LedgerRow, Site};
use crate::utils::token;

/// Where the chain of tokens stands: what the next batch's fence is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// This site.
    pub site: Site,
    /// The generation that this process set.
    pub generation: String,
    /// The token that the ledger shows.
    pub last_token: String,
    /// The number of the newest intent.
    pub last_number: u64,
}

impl Chain {
    /// Tells where the chain will stand once the batch of this intent has committed.
    #[must_use]
    pub fn after(&self, intent: &Intent) -> Self {
        Self { last_token: intent.token.clone(), ..self.clone() }
    }
}

/// What settling did, for the report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// Entries of batches that had been applied although no answer came.
    pub entries_synced: u64,
    /// Entries of batches that DB_B has lost, made PENDING again.
    pub entries_reopened: u64,
}

/// What DB_A knew before the ledger was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Listing {
    /// The number of the newest intent. Whoever notes the next one takes the number after it, which fails
    /// if another process has noted one since: the chain cannot fork.
    highest: u64,
    /// The number of the newest acknowledged intent.
    last_acknowledged: u64,
    /// The open intents.
    open: Vec<Intent>,
}

impl Listing {
    /// Gives the connections over which the open intents were sent.
    fn senders(&self) -> Vec<CentralConnection> {
        self.open.iter().filter_map(|intent| intent.sent_by).collect()
    }
}

/// The chain of intents that ends at the ledger's token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct AppliedChain {
    /// Its open intents, oldest first.
    open: Vec<Intent>,
    /// The number of its newest intent that was not dropped; every later one that is acknowledged is lost.
    ///
    /// A dropped one may stand at the end: DB_B, restored, forgets the generation that had shut it out.
    /// Its entries are PENDING and travel once more.
    newest: u64,
}

/// A settling that has begun: DB_A's intents are listed.
#[derive(Debug)]
pub struct Begun {
    site: Site,
    listing: Listing,
    /// The generation that was set when connecting, and what the ledger showed.
    renewed: Option<(String, Option<LedgerRow>)>,
}

/// Settles.
///
/// # Errors
/// When a side cannot be reached, or is not the one it was; then nothing was written to the user's tables.
pub async fn settle(
    local: &mut LocalDb,
    central: &mut CentralDb,
    central_address: &str,
) -> Result<(Chain, Settled), Interruption> {
    Begun::list(local).await?.conclude(local, central, central_address).await
}

impl Begun {
    /// Lists DB_A's intents.
    ///
    /// # Errors
    /// That DB_A does not answer as it should.
    pub async fn list(local: &mut LocalDb) -> Result<Self, Interruption> {
        let site = local.site().await?.ok_or(Interruption::NotInstalled)?;
        Ok(Self { site, listing: list(local).await?, renewed: None })
    }

    /// Tells whether no intent is open: then settling calls nothing SYNCED.
    #[must_use]
    pub fn has_nothing_open(&self) -> bool {
        self.listing.open.is_empty()
    }

    /// Connects to DB_B: what it is asked to settle takes no round trip of its own then.
    ///
    /// # Errors
    /// When a side cannot be reached.
    pub async fn connect(
        mut self,
        local: &mut LocalDb,
        settings: &Settings,
    ) -> Result<(CentralDb, Self), Interruption> {
        let unusable =
            |source| Interruption::Central { address: settings.central.to_string(), source, entries: None };
        if local.last_run_stopped().await? {
            return Ok((CentralDb::connect(settings).await.map_err(unusable)?, self));
        }
        local.fault_point("intents-listed").await?;
        let (generation, senders) = (token::random(), self.listing.senders());
        let connected = CentralDb::connect_renewing(settings, &self.site, &generation, &senders).await;
        let (central, ledger) = connected.map_err(unusable)?;
        self.renewed = Some((generation, ledger));
        Ok((central, self))
    }

    /// Settles to the end.
    ///
    /// # Errors
    /// When a side cannot be reached, or is not the one it was; then nothing was written to the user's tables.
    pub async fn conclude(
        self,
        local: &mut LocalDb,
        central: &mut CentralDb,
        central_address: &str,
    ) -> Result<(Chain, Settled), Interruption> {
        let Self { site, listing, renewed } = self;
        let unusable =
            |source| Interruption::Central { address: central_address.to_owned(), source, entries: None };
        let (generation, ledger) = if let Some(renewed) = renewed {
            renewed
        } else {
            if local.last_run_stopped().await? {
                // Most likely it still must: then it looks without renewing the generation, which would shut out the
                // batches of whoever is the site now.
                let ledger = central.ledger(&site).await.map_err(unusable)?;
                let ledger = check_site(&site, ledger, listing.highest)?;
                local.intent_with_token(&ledger.last_token).await?.ok_or(StopReason::ForeignToken)?;
            }
            local.fault_point("intents-listed").await?;
            let generation = token::random();
            let renewed = central.renew_generation(&site, &generation, &listing.senders()).await;
            (generation, renewed.map_err(unusable)?)
        };
        let ledger = check_site(&site, ledger, listing.highest)?;
        let applied = applied_chain(local, &ledger.last_token).await?;
        local.fault_point("chain-followed").await?;
        let settled = decide(local, &listing, &applied).await?;
        local.fault_point("settled").await?;
        let chain = Chain { site, generation, last_token: ledger.last_token, last_number: listing.highest };
        Ok((chain, settled))
    }
}

/// Lists DB_A's intents, in an order in which one that moves meanwhile is rather missed than misjudged.
async fn list(local: &mut LocalDb) -> Result<Listing, Interruption> {
    let highest = local.highest_intent().await?.ok_or(Interruption::NotInstalled)?;
    let last_acknowledged = local.last_acknowledged().await?.ok_or(Interruption::NotInstalled)?.number;
    let open = local.open_intents().await?;
    Ok(Listing { highest, last_acknowledged, open })
}

/// Checks that the ledger is this site's.
fn check_site(site: &Site, ledger: Option<LedgerRow>, highest: u64) -> Result<LedgerRow, StopReason> {
    match ledger {
        None if highest == 0 => Err(StopReason::CentralNotInstalled),
        None => Err(StopReason::UnknownToCentral { batches: highest }),
        // Whether its token is known is seen when the chain is followed.
        Some(ledger) => interruption::check_ledger(site, &ledger, true).map(|()| ledger),
    }
}

/// Follows the chain back from the ledger's token to the first intent that is acknowledged.
async fn applied_chain(local: &mut LocalDb, last_token: &str) -> Result<AppliedChain, Interruption> {
    let mut applied = AppliedChain::default();
    let mut wanted = Some(last_token.to_owned());
    while let Some(token) = wanted.take() {
        let intent = local.intent_with_token(&token).await?.ok_or(StopReason::ForeignToken)?;
        wanted.clone_from(&intent.previous_token);
        if intent.state != IntentState::Dropped && applied.newest == 0 {
            applied.newest = intent.number;
        }
        match intent.state {
            IntentState::Acknowledged => break,
            IntentState::Open => applied.open.insert(0, intent),
            IntentState::Dropped => {}
        }
    }
    Ok(applied)
}

/// Tells whether an acknowledged intent was lost by DB_B: it was acknowledged before the ledger was read,
/// and the chain does not reach it.
fn is_lost(intent: &Intent, listing: &Listing, applied: &AppliedChain) -> bool {
    let was_acknowledged = intent.number <= listing.last_acknowledged
        && listing.open.iter().all(|open| open.number != intent.number);
    was_acknowledged && intent.number > applied.newest
}

/// Carries out in DB_A what follows.
async fn decide(
    local: &mut LocalDb,
    listing: &Listing,
    applied: &AppliedChain,
) -> Result<Settled, Interruption> {
    let mut settled = Settled::default();
    for intent in &applied.open {
        settled.entries_synced += local.acknowledge(intent, &[]).await?.unwrap_or_default();
    }
    let mut lost = local.acknowledged_after(applied.newest).await?;
    lost.retain(|intent| is_lost(intent, listing, applied));
    settled.entries_reopened = local.reopen(&lost).await?.ok_or(StopReason::LostTooMuch)?;
    let in_chain = |intent: &Intent| applied.open.iter().any(|open| open.number == intent.number);
    let dropped: Vec<&Intent> = listing.open.iter().filter(|intent| !in_chain(intent)).collect();
    local.drop_intents(&dropped).await?;
    Ok(settled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(number: u64, state: IntentState) -> Intent {
        Intent {
            number,
            token: format!("t{number}"),
            previous_token: number.checked_sub(1).map(|before| format!("t{before}")),
            state,
            entries: None,
            digest: 0,
            sent_by: None,
        }
    }

    #[test]
    fn only_what_was_acknowledged_before_the_ledger_was_read_can_be_lost() {
        let applied = AppliedChain { open: Vec::new(), newest: 1 };
        let listing = Listing { highest: 4, last_acknowledged: 3, open: vec![intent(2, IntentState::Open)] };
        let lost: Vec<bool> = (1..=4)
            .map(|number| is_lost(&intent(number, IntentState::Acknowledged), &listing, &applied))
            .collect();
        assert_eq!(lost, [false, false, true, false]);
    }

    #[test]
    fn a_ledger_that_is_not_ours_stops() {
        let site = Site { id: "s".into(), epoch: "e".into() };
        let other = LedgerRow { epoch: "f".into(), last_token: "t1".into() };
        assert_eq!(check_site(&site, Some(other), 1), Err(StopReason::OtherEpoch));
        assert_eq!(check_site(&site, None, 0), Err(StopReason::CentralNotInstalled));
        assert_eq!(check_site(&site, None, 7), Err(StopReason::UnknownToCentral { batches: 7 }));
    }
}
