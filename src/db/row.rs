//! A row as the text protocol gives it: each value NULL or bytes.

use std::str::FromStr;

use super::error::DbError;

/// One row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(Vec<Option<Vec<u8>>>);

impl Row {
    pub(in crate::db) const fn new(values: Vec<Option<Vec<u8>>>) -> Self {
        Self(values)
    }

    /// Gives the bytes of column `index`; `None` for NULL and for a column that is not there.
    #[must_use]
    pub fn bytes(&self, index: usize) -> Option<&[u8]> {
        self.0.get(index)?.as_deref()
    }

    /// Gives all values.
    pub fn values(&self) -> impl ExactSizeIterator<Item = Option<&[u8]>> {
        self.0.iter().map(Option::as_deref)
    }

    /// Reads column `index` as text; NULL is `None`.
    ///
    /// # Errors
    /// When the bytes are no UTF-8.
    pub fn optional_text(&self, index: usize) -> Result<Option<String>, DbError> {
        Ok(self.borrowed(index)?.map(str::to_owned))
    }

    /// Reads column `index` as text that lives as long as the row.
    ///
    /// # Errors
    /// When it is NULL or no UTF-8.
    pub fn str(&self, index: usize) -> Result<&str, DbError> {
        self.borrowed(index)?.ok_or_else(|| is_null(index))
    }

    fn borrowed(&self, index: usize) -> Result<Option<&str>, DbError> {
        let no_text = |_| DbError::Decode(format!("column {index} is no UTF-8 text"));
        self.bytes(index).map(|bytes| std::str::from_utf8(bytes).map_err(no_text)).transpose()
    }

    /// Reads column `index` as text.
    ///
    /// # Errors
    /// When it is NULL or no UTF-8.
    pub fn text(&self, index: usize) -> Result<String, DbError> {
        self.str(index).map(str::to_owned)
    }

    /// Reads column `index` as a number or another type that is written as text; NULL is `None`.
    ///
    /// # Errors
    /// When the text is none of that type.
    pub fn optional<T: FromStr>(&self, index: usize) -> Result<Option<T>, DbError> {
        self.borrowed(index)?
            .map(|text| {
                text.parse()
                    .map_err(|_| DbError::Decode(format!("column {index} has the unexpected value {text}")))
            })
            .transpose()
    }

    /// Reads column `index` as a number or another type that is written as text.
    ///
    /// # Errors
    /// When it is NULL or none of that type.
    pub fn get<T: FromStr>(&self, index: usize) -> Result<T, DbError> {
        self.optional(index)?.ok_or_else(|| is_null(index))
    }
}

fn is_null(index: usize) -> DbError {
    DbError::Decode(format!("column {index} is NULL"))
}
