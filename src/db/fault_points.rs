//! Points at which tests let the connection in use fail; see [`fault`]. Without their feature, nothing happens here.
//!
//! No future holds the name of a point, so that without the feature not even the names are left.

use super::error::DbError;
use super::session::Session;
use crate::utils::fault::{self, Fault, Moment, Point};

impl Session {
    /// Marks a point between two steps.
    ///
    /// # Errors
    /// What a test lets happen there.
    pub fn fault_point(&mut self, name: &'static str) -> impl Future<Output = Result<(), DbError>> {
        self.pass(Point::named(name), Moment::Step)
    }

    /// Marks the point right before a COMMIT that goes with other statements.
    ///
    /// # Errors
    /// What a test lets happen there.
    pub fn before_commit(&mut self, name: &'static str) -> impl Future<Output = Result<(), DbError>> {
        self.pass(Point::named(name), Moment::BeforeCommit)
    }

    /// Marks the point right after such a COMMIT.
    ///
    /// # Errors
    /// What a test lets happen there.
    pub fn after_commit(&mut self, name: &'static str) -> impl Future<Output = Result<(), DbError>> {
        self.pass(Point::named(name), Moment::AfterCommit)
    }

    /// Commits the open transaction; `name` tells tests which one it is.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub fn commit(&mut self, name: &'static str) -> impl Future<Output = Result<(), DbError>> {
        self.commit_at(Point::named(name))
    }

    async fn commit_at(&mut self, point: Point) -> Result<(), DbError> {
        self.pass(point, Moment::BeforeCommit).await?;
        self.execute("commit").await?;
        self.pass(point, Moment::AfterCommit).await
    }

    /// Lets a fault happen at a point.
    ///
    /// # Errors
    /// What a test lets happen there.
    pub async fn pass(&mut self, point: Point, moment: Moment) -> Result<(), DbError> {
        match fault::at(point, moment).await {
            None => Ok(()),
            Some(Fault::Drop) => {
                self.drop_connection();
                Ok(())
            }
            Some(Fault::Error) => Err(DbError::Setup("a test lets this step fail".to_owned())),
        }
    }
}
