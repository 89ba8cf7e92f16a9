//! Keeps the queue small.

use crate::config::Settings;
use crate::db::DbError;
use crate::db::local_db::LocalDb;
use crate::utils::wording::counted;

/// Deletes SYNCED entries past `QUEUE_RETENTION_DAYS`, whole batches, oldest first; answers how many.
///
/// # Errors
/// What DB_A or the link to it reports.
pub async fn prune(settings: &Settings) -> Result<u64, DbError> {
    let mut local = LocalDb::connect(settings).await?;
    let mut deleted = 0;
    loop {
        let batches = local.prunable_batches(settings.retention.as_secs()).await?;
        if batches.is_empty() {
            break;
        }
        for batch in &batches {
            deleted += local.prune_batch(batch).await?;
        }
    }
    local.prune_intents().await?;
    local.prune_failures().await?;
    local.prune_run_log().await?;
    local.prune_idempotency().await?;
    local.close().await;
    tracing::info!(deleted, "pruned {}", counted(deleted, "entry", "entries"));
    Ok(deleted)
}
