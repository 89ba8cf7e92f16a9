//! Notes in DB_A, durably, what is about to be applied.

use std::collections::BTreeSet;

use super::batch::Batch;
use super::settle::Chain;
use crate::db::sql::apply::Fence;
use crate::models::change::Change;
use crate::models::entry_ids::EntryIds;
use crate::models::intent::{CentralConnection, Intent, IntentState};
use crate::utils::token;

/// Draws the intent after the newest; it names exactly the entries of these changes' records.
#[must_use]
pub fn draw<'a>(
    chain: &Chain,
    batch: &Batch,
    changes: impl Iterator<Item = &'a Change>,
    sent_by: CentralConnection,
) -> Intent {
    let entries: Vec<_> = changes.filter_map(|change| batch.entries.get(&change.record)).flatten().collect();
    let ids: BTreeSet<_> = entries.iter().map(|entry| entry.id).collect();
    Intent {
        number: chain.last_number + 1,
        token: token::random(),
        previous_token: Some(chain.last_token.clone()),
        state: IntentState::Open,
        entries: Some(EntryIds::from(&ids)),
        digest: entries.iter().fold(0, |all, entry| all ^ entry.digest),
        sent_by: Some(sent_by),
    }
}

/// Makes the fence behind which the intent's batch is applied.
#[must_use]
pub fn fence(chain: &Chain, intent: &Intent) -> Fence {
    Fence {
        site_id: chain.site.id.clone(),
        generation: chain.generation.clone(),
        previous_token: chain.last_token.clone(),
        token: intent.token.clone(),
        number: intent.number,
    }
}
