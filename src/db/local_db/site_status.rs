//! Tells how far the site has come.

use super::LocalDb;
use crate::db::error::DbError;
use crate::db::sql::template::fill;
use crate::models::site_status::{FirstLook, NotArrived, SiteStatus};

impl LocalDb {
    /// Takes the first look of a cycle. The time is taken before the entries are seen.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn first_look(&mut self) -> Result<FirstLook, DbError> {
        let sql = "select utc_timestamp(6), max(id), min(id) from sync_queue where sync_status = 'PENDING'";
        let row = self.session.query_one(sql).await?;
        Ok(FirstLook { at: row.text(0)?, newest: row.optional(1)?, oldest: row.optional(2)? })
    }

    /// Counts what has not arrived.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn not_arrived(&mut self) -> Result<NotArrived, DbError> {
        let row = self.session.query_one(&fill(include_str!("not_arrived.sql"), &[("up_to", "0")])).await?;
        Ok(NotArrived { pending: row.get(0)?, failed: row.get(1)?, held: self.count_held().await? })
    }

    /// Tells how far the site has come once a cycle has attempted what its first look showed, and `under_way` entries that are
    /// PENDING still have arrived. Everything that was committed before that look has arrived when no other of its entries is
    /// PENDING, and nothing failed, waits, or is held: a held table may have changes of which there is no entry.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn site_status(&mut self, first: &FirstLook, under_way: u64) -> Result<SiteStatus, DbError> {
        let up_to = first.newest.unwrap_or_default().to_string();
        let row =
            self.session.query_one(&fill(include_str!("not_arrived.sql"), &[("up_to", &up_to)])).await?;
        let is_complete = row.get::<u64>(2)? == under_way && !self.anything_set_back().await?;
        Ok(SiteStatus {
            complete_as_of: is_complete.then(|| first.at.clone()),
            pending: row.get::<u64>(0)?.saturating_sub(under_way),
            failed: row.get(1)?,
            held: self.count_held().await?,
        })
    }
}
