//! Points at which tests let the connection in use fail; see [`fault`]. Without their feature, nothing happens here.

use super::error::DbError;
use super::session::Session;
use crate::utils::fault::{self, Fault, Moment};

impl Session {
    /// Marks a point between two steps.
    ///
    /// # Errors
    /// What a test lets happen there.
    pub async fn fault_point(&mut self, name: &str) -> Result<(), DbError> {
        self.pass(name, Moment::Step).await
    }

    /// Marks the point right before a COMMIT that goes with other statements.
    ///
    /// # Errors
    /// What a test lets happen there.
    pub async fn before_commit(&mut self, name: &str) -> Result<(), DbError> {
        self.pass(name, Moment::BeforeCommit).await
    }

    /// Marks the point right after such a COMMIT.
    ///
    /// # Errors
    /// What a test lets happen there.
    pub async fn after_commit(&mut self, name: &str) -> Result<(), DbError> {
        self.pass(name, Moment::AfterCommit).await
    }

    /// Commits the open transaction; `name` tells tests which one it is.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn commit(&mut self, name: &str) -> Result<(), DbError> {
        self.before_commit(name).await?;
        self.execute("commit").await?;
        self.after_commit(name).await
    }

    async fn pass(&mut self, name: &str, moment: Moment) -> Result<(), DbError> {
        match fault::at(name, moment).await {
            None => Ok(()),
            Some(Fault::Drop) => {
                self.drop_connection();
                Ok(())
            }
            Some(Fault::Error) => Err(DbError::Setup(format!("a test lets {name} fail"))),
        }
    }
}
