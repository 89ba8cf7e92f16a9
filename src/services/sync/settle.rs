//! Finds out what became of the batches before: first in every cycle, and after every doubt.
//!
//! DB_A's open intents are listed first; then one transaction on DB_B sets a new generation, which waits for a
//! batch still running and shuts out one that has not begun, and reads the ledger; then only the listed
//! intents are decided about.

use super::interruption::{Interruption, StopReason};
use crate::db::central_db::CentralDb;
use crate::db::local_db::LocalDb;
use crate::models::intent::{Intent, IntentState, LedgerRow, Site};
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

/// What settling did, for the report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// Entries of batches that had been applied although no answer came.
    pub entries_synced: u64,
    /// Entries of batches that DB_B has lost, made PENDING again.
    pub entries_reopened: u64,
}

/// What the ledger says of the listed intents.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Finding<'a> {
    /// These were applied, oldest first; the others listed were not.
    Applied(Vec<&'a Intent>),
    /// None of the listed was applied.
    NothingMore,
    /// DB_B shows an earlier batch than the last one acknowledged.
    CentralBehind {
        /// The number of the batch it shows.
        at: u64,
    },
    /// Another process went on meanwhile: list and look again.
    LookAgain,
}

/// How often settling looks again when another process keeps going on.
const LOOKS: u32 = 3;

/// Settles.
///
/// # Errors
/// When a side cannot be reached, or is not the one it was; then nothing was written to the user's tables.
pub async fn settle(
    local: &mut LocalDb,
    central: &mut CentralDb,
    central_address: &str,
) -> Result<(Chain, Settled), Interruption> {
    let site = local.site().await?.ok_or(Interruption::NotInstalled)?;
    for _ in 0..LOOKS {
        let listed = local.open_intents().await?;
        let generation = token::random();
        let senders: Vec<_> = listed.iter().filter_map(|intent| intent.sent_by).collect();
        let ledger = central.renew_generation(&site, &generation, &senders).await.map_err(|source| {
            Interruption::Central { address: central_address.to_owned(), source, entries: None }
        })?;
        let last_number = local.highest_intent().await?.unwrap_or_default();
        let last_acknowledged = local.last_acknowledged().await?.ok_or(Interruption::NotInstalled)?;
        let ledger = check_site(&site, ledger, last_number)?;
        let shown = local.intent_with_token(&ledger.last_token).await?;
        let settled = match find(&listed, shown.as_ref(), &last_acknowledged)? {
            Finding::LookAgain => continue,
            finding => decide(local, &listed, finding).await?,
        };
        let chain = Chain { site, generation, last_token: ledger.last_token, last_number };
        return Ok((chain, settled));
    }
    Err(StopReason::ForeignToken.into())
}

/// Checks that the ledger is this site's.
fn check_site(site: &Site, ledger: Option<LedgerRow>, last_number: u64) -> Result<LedgerRow, StopReason> {
    match ledger {
        None if last_number == 0 => Err(StopReason::CentralNotInstalled),
        None => Err(StopReason::UnknownToCentral { batches: last_number }),
        Some(ledger) if ledger.epoch != site.epoch => Err(StopReason::OtherEpoch),
        Some(ledger) => Ok(ledger),
    }
}

/// Compares the ledger's token, looked up as `shown`, with what DB_A knows.
fn find<'a>(
    listed: &'a [Intent],
    shown: Option<&Intent>,
    last_acknowledged: &Intent,
) -> Result<Finding<'a>, StopReason> {
    let Some(shown) = shown else { return Err(StopReason::ForeignToken) };
    match shown.state {
        IntentState::Open if listed.iter().any(|intent| intent.token == shown.token) => {
            Ok(Finding::Applied(chain_up_to(listed, shown)))
        }
        IntentState::Open => Ok(Finding::LookAgain),
        IntentState::Acknowledged if shown.token == last_acknowledged.token => Ok(Finding::NothingMore),
        IntentState::Acknowledged => Ok(Finding::CentralBehind { at: shown.number }),
        IntentState::Dropped => Err(StopReason::ForeignToken),
    }
}

/// Follows the chain of listed intents back from the one that the ledger shows; answers oldest first.
fn chain_up_to<'a>(listed: &'a [Intent], shown: &Intent) -> Vec<&'a Intent> {
    let mut chain = Vec::new();
    let mut wanted = Some(shown.token.as_str());
    while let Some(intent) = wanted.and_then(|token| listed.iter().find(|intent| intent.token == token)) {
        chain.insert(0, intent);
        wanted = intent.previous_token.as_deref();
    }
    chain
}

/// Carries out a finding in DB_A.
async fn decide(
    local: &mut LocalDb,
    listed: &[Intent],
    finding: Finding<'_>,
) -> Result<Settled, Interruption> {
    let mut settled = Settled::default();
    let applied = match finding {
        Finding::Applied(applied) => applied,
        Finding::NothingMore | Finding::LookAgain => Vec::new(),
        Finding::CentralBehind { at } => {
            let lost = local.acknowledged_after(at).await?;
            settled.entries_reopened = local.reopen(&lost).await?.ok_or(StopReason::LostTooMuch)?;
            Vec::new()
        }
    };
    for intent in &applied {
        settled.entries_synced += local.acknowledge(intent, &[]).await?.unwrap_or_default();
    }
    let dropped: Vec<&Intent> =
        listed.iter().filter(|intent| applied.iter().all(|done| done.number != intent.number)).collect();
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
    fn the_token_of_an_open_intent_proves_it_and_those_before_it() {
        let listed = [4, 5, 6].map(|number| intent(number, IntentState::Open));
        let finding = find(&listed, Some(&listed[1]), &intent(3, IntentState::Acknowledged)).unwrap();
        assert_eq!(finding, Finding::Applied(vec![&listed[0], &listed[1]]));
    }

    #[test]
    fn the_last_acknowledged_token_means_that_nothing_more_was_applied() {
        let listed = [intent(4, IntentState::Open)];
        let last = intent(3, IntentState::Acknowledged);
        assert_eq!(find(&listed, Some(&last), &last).unwrap(), Finding::NothingMore);
    }

    #[test]
    fn an_earlier_acknowledged_token_means_that_central_is_behind() {
        let shown = intent(1, IntentState::Acknowledged);
        let finding = find(&[], Some(&shown), &intent(3, IntentState::Acknowledged)).unwrap();
        assert_eq!(finding, Finding::CentralBehind { at: 1 });
    }

    #[test]
    fn a_token_never_issued_or_dropped_stops() {
        let last = intent(3, IntentState::Acknowledged);
        assert_eq!(find(&[], None, &last), Err(StopReason::ForeignToken));
        assert_eq!(find(&[], Some(&intent(2, IntentState::Dropped)), &last), Err(StopReason::ForeignToken));
    }

    #[test]
    fn an_open_intent_that_was_not_listed_is_not_decided_about() {
        let shown = intent(4, IntentState::Open);
        assert_eq!(
            find(&[], Some(&shown), &intent(3, IntentState::Acknowledged)).unwrap(),
            Finding::LookAgain
        );
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
