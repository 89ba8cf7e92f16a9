//! One record as people see it; the statement is that of [`super::sql::fields`].

use super::error::DbError;
use super::row::Row;
use super::sql::fields::PARTS;

/// One value: NULL, or its first bytes, its length, and the digest of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldValue {
    /// The first bytes; `None` for NULL.
    pub first_bytes: Option<Vec<u8>>,
    /// How many bytes it has in all.
    pub length: u64,
    digest: Option<Vec<u8>>,
    /// The first bytes of a text as they are stored, where one of them has no character.
    pub unreadable: Option<Vec<u8>>,
}

impl FieldValue {
    /// Tells whether both values are the same as a whole.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.first_bytes.is_some() == other.first_bytes.is_some() && self.digest == other.digest
    }
}

/// Reads the row of the answer, if there is one.
pub(in crate::db) fn read(rows: &[Row]) -> Result<Option<Vec<FieldValue>>, DbError> {
    let Some(row) = rows.first() else { return Ok(None) };
    (0..row.values().len() / PARTS)
        .map(|index| {
            let first = index * PARTS;
            Ok(FieldValue {
                first_bytes: row.bytes(first).map(<[u8]>::to_vec),
                length: row.optional(first + 1)?.unwrap_or_default(),
                digest: row.bytes(first + 2).map(<[u8]>::to_vec),
                unreadable: row.bytes(first + 3).map(<[u8]>::to_vec),
            })
        })
        .collect::<Result<_, _>>()
        .map(Some)
}
