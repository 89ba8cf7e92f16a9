//! Deletes SYNCED entries past retention.

/// Deletes what is past retention.
#[derive(Debug, Clone, Default)]
pub struct Prune;

impl Prune {
    /// Deletes now, in small transactions.
    #[expect(clippy::unused_async, reason = "pruning itself is not in this branch")]
    pub async fn run(&self) {}
}
