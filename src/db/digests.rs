//! What a server answers when it describes its rows by checksums; the statements are those of [`super::sql::compare`].

use std::collections::BTreeMap;

use super::error::DbError;
use super::row::Row;
use super::sql::compare::Comparison;
use super::sql::rows;

/// The number and the checksums of several rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many rows there are.
    pub rows: u64,
    hashed: u64,
    checksums: Vec<Option<Vec<u8>>>,
}

impl Summary {
    /// Reads the summary that begins at column `first`.
    pub(in crate::db) fn read(row: &Row, first: usize) -> Result<Self, DbError> {
        let checksums = row.values().skip(first + 2).map(|value| value.map(<[u8]>::to_vec)).collect();
        Ok(Self { rows: row.get(first)?, hashed: row.get(first + 1)?, checksums })
    }

    /// Tells whether both sides hold the same rows for certain. A row of which a server could not compute the digest,
    /// since it is larger than its `max_allowed_packet`, proves nothing.
    #[must_use]
    pub fn proves_equal(&self, other: &Self) -> bool {
        self == other && self.rows == self.hashed
    }
}

/// A row by its key and digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowDigest {
    /// The primary key, as SQL literals.
    pub key: Vec<String>,
    /// The digest; `None` when the server could not compute it.
    pub digest: Option<Vec<u8>>,
}

impl RowDigest {
    /// Tells whether both rows are the same for certain.
    #[must_use]
    pub fn proves_equal(&self, other: &Self) -> bool {
        self.digest.is_some() && self.digest == other.digest
    }
}

/// Rows by their `record_id`.
pub type Digests = BTreeMap<String, RowDigest>;

/// Summaries by the first digits of the rows' keys' digests.
pub type Buckets = BTreeMap<String, Summary>;

pub(in crate::db) fn read_buckets(all: &[Row]) -> Result<Buckets, DbError> {
    all.iter().map(|row| Ok((row.text(0)?, Summary::read(row, 1)?))).collect()
}

pub(in crate::db) fn read_digests(comparison: &Comparison, all: &[Row]) -> Result<Digests, DbError> {
    all.iter()
        .map(|row| {
            let key = read_key(comparison, row)?;
            let digest = row.bytes(key.len() + 1).map(<[u8]>::to_vec);
            Ok((row.text(0)?, RowDigest { key, digest }))
        })
        .collect()
}

/// Reads the key that follows the `record_id` at the beginning of a row.
pub(in crate::db) fn read_key(comparison: &Comparison, row: &Row) -> Result<Vec<String>, DbError> {
    let key = rows::literals(&comparison.keys, row).map_err(DbError::Decode)?;
    Ok(key.iter().map(str::to_owned).collect())
}
