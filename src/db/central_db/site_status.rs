//! Tells headquarters how far a site has come.

use super::{CentralDb, Script};
use crate::db::error::DbError;
use crate::db::sql::quoting;
use crate::db::sql::template::fill;
use crate::models::intent::Site;
use crate::models::site_status::SiteStatus;

impl CentralDb {
    /// Notes how far this site has come, unless someone has settled it since `generation` was set. The moment as of which it is
    /// complete stays as it was where `status` has none.
    ///
    /// # Errors
    /// What the server or the link reports; 1146 when DB_B was installed by a version without the table.
    pub async fn note_status(
        &mut self,
        site: &Site,
        generation: &str,
        status: &SiteStatus,
    ) -> Result<(), DbError> {
        let sql = fill(include_str!("site_status.sql"), &[("note", &note(site, generation, status))]);
        self.session.before_commit("site-status").await?;
        self.session.script(&sql).await.into_sets()?;
        self.session.after_commit("site-status").await
    }
}

impl Script {
    /// Lets the batch note how far this site has come once it is committed.
    #[must_use]
    pub fn and_note_status(mut self, site: &Site, generation: &str, status: &SiteStatus) -> Self {
        self.push(|sql| sql.push_str(&note(site, generation, status)));
        self
    }
}

fn note(site: &Site, generation: &str, status: &SiteStatus) -> String {
    fill(
        include_str!("note_status.sql"),
        &[
            ("site_id", &quoting::text(&site.id)),
            ("generation", &quoting::text(generation)),
            ("complete_as_of", &quoting::optional_text(status.complete_as_of.as_deref())),
            ("pending", &status.pending.to_string()),
            ("failed", &status.failed.to_string()),
            ("held", &status.held.to_string()),
        ],
    )
}
