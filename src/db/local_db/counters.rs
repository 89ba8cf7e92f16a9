//! The columns of DB_A that count by themselves, and how far they have come.

use std::collections::BTreeMap;

use super::LocalDb;
use crate::db::catalog::Catalog;
use crate::db::error::DbError;
use crate::db::sql::quoting;

/// How long altering a counter, or writing a row of DB_B, may wait for writers of DB_A, in seconds. Behind an alteration
/// every other writer of the table waits; and DB_B ends sessions that are idle for a minute.
const LOCK_WAIT_SECONDS: u32 = 10;

/// A column that counts by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// Its table.
    pub table: String,
    /// The column.
    pub column: String,
    /// The next value it gives.
    pub next: u64,
    /// The highest value it can hold.
    pub most: u64,
}

impl Counter {
    /// Writes the statement after which no value up to `highest` is given any more; `None` when none is left above.
    #[must_use]
    pub fn raise_above(&self, highest: u64) -> Option<String> {
        let next = highest.checked_add(1).filter(|next| *next <= self.most)?;
        Some(format!("alter table {} auto_increment = {next}", quoting::name(&self.table)))
    }
}

impl LocalDb {
    /// Lists the columns of whole numbers that count by themselves.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn counters(&mut self, catalog: &Catalog) -> Result<Vec<Counter>, DbError> {
        // MySQL shows counters as they were up to a day ago, unless told not to.
        let waits = format!(
            "set lock_wait_timeout = {LOCK_WAIT_SECONDS}, innodb_lock_wait_timeout = {LOCK_WAIT_SECONDS} \
             /*!80000 , information_schema_stats_expiry = 0 */"
        );
        self.session.execute(&waits).await?;
        let schema = quoting::text(self.session.database());
        let next = format!(
            "select table_name, auto_increment from information_schema.tables \
             where table_schema = {schema} and auto_increment is not null"
        );
        let columns = format!(
            "select table_name, column_name from information_schema.columns \
             where table_schema = {schema} and extra like '%auto_increment%'"
        );
        let mut next_of = BTreeMap::new();
        for row in self.session.query(&next).await? {
            next_of.insert(row.text(0)?, row.get::<u64>(1)?);
        }
        let mut counters = Vec::new();
        for row in self.session.query(&columns).await? {
            let (table, column) = (row.text(0)?, row.text(1)?);
            let described = catalog.get(&table).and_then(|table| table.column(&column));
            let Some((bits, unsigned)) =
                described.and_then(|column| Some((column.integer_bits()?, column.is_unsigned())))
            else {
                continue;
            };
            let most = u64::MAX >> (64 - bits + u32::from(!unsigned));
            counters.push(Counter { next: next_of.get(&table).copied().unwrap_or(1), table, column, most });
        }
        Ok(counters)
    }

    /// Raises a counter by the statement of [`Counter::raise_above`].
    ///
    /// # Errors
    /// What the server or the link reports: the account may lack the privilege, or a writer holds the table.
    pub async fn raise_counter(&mut self, statement: &str) -> Result<(), DbError> {
        self.session.execute(statement).await.map(drop)
    }

    /// Tells whether a row of `table` has this value in `column`.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn has_value(&mut self, table: &str, column: &str, value: u64) -> Result<bool, DbError> {
        let sql = format!(
            "select exists (select 1 from {} where {} = {value})",
            quoting::name(table),
            quoting::name(column)
        );
        Ok(self.session.query_one(&sql).await?.get::<u8>(0)? == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_raised_above_the_highest_value_as_long_as_one_is_left() {
        let counter = |most| Counter { table: "o`rders".to_owned(), column: "id".to_owned(), next: 1, most };
        assert_eq!(counter(127).raise_above(126).unwrap(), "alter table `o``rders` auto_increment = 127");
        assert_eq!(counter(127).raise_above(127), None);
        assert_eq!(counter(u64::MAX).raise_above(u64::MAX), None);
    }
}
