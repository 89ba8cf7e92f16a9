//! What `doctor` must know of a server besides its catalogue: settings, privileges, constraints, triggers' texts.
//!
//! A few questions to each server, however many tables there are; nothing is written, and no user's table is read.

mod grants;
mod schema;
mod server;

pub use grants::Grants;
pub use schema::{CheckConstraint, SchemaFacts, TriggerText};
pub use server::ServerFacts;

use super::catalog::{self, Catalog};
use super::error::DbError;
use super::session::Session;

/// What one side says of itself.
#[derive(Debug, Clone)]
pub struct Survey {
    /// The name of the database.
    pub database: String,
    /// The server, and the account in use.
    pub server: ServerFacts,
    /// What that account may do.
    pub grants: Grants,
    /// The tables.
    pub catalog: Catalog,
    /// What the catalogue does not say of them.
    pub schema: SchemaFacts,
}

/// Asks everything.
///
/// # Errors
/// What the server or the link reports.
pub(super) async fn load(session: &mut Session) -> Result<Survey, DbError> {
    Ok(Survey {
        database: session.database().to_owned(),
        server: server::load(session).await?,
        grants: grants::load(session).await?,
        catalog: catalog::load(session).await?,
        schema: schema::load(session).await?,
    })
}

/// Asks what another account may do; `None` when it does not exist.
///
/// # Errors
/// What the server or the link reports; 1044 or 1142 when the account in use may not ask that.
pub(super) async fn grants_of(session: &mut Session, account: &str) -> Result<Option<Grants>, DbError> {
    grants::load_of(session, account).await
}
