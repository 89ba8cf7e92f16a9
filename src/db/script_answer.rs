//! What a server answers to several statements at once.

use std::time::Duration;

use super::error::DbError;
use super::row::Row;

/// What became of a packet of several statements.
#[derive(Debug)]
pub struct ScriptAnswer<T = Row> {
    /// The rows of each statement that was carried out, in order, or what was made of them.
    pub sets: Vec<Vec<T>>,
    /// How many rows each statement touched, in order.
    pub touched: Vec<u64>,
    /// The error that stopped the packet, and the index of the statement that raised it.
    pub failure: Option<(usize, DbError)>,
    /// How long the first statement took to be answered; the others are carried out behind it.
    pub first_answered_after: Duration,
}

impl<T> ScriptAnswer<T> {
    /// Takes out what was answered from the statement of this index on, as if those had been sent alone.
    pub(super) fn split_off(&mut self, index: usize) -> Self {
        let is_theirs = self.failure.as_ref().is_some_and(|(failed, _)| *failed >= index);
        let failure = self.failure.take_if(|_| is_theirs);
        Self {
            sets: self.sets.split_off(index),
            touched: self.touched.split_off(index.min(self.touched.len())),
            failure: failure.map(|(failed, error)| (failed - index, error)),
            first_answered_after: self.first_answered_after,
        }
    }

    /// Gives the rows of each statement, or the error that stopped the packet.
    ///
    /// # Errors
    /// That error.
    pub fn into_sets(self) -> Result<Vec<Vec<T>>, DbError> {
        match self.failure {
            Some((_, error)) => Err(error),
            None => Ok(self.sets),
        }
    }
}
