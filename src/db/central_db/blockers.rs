//! Finds which record of DB_B stands in the way of a change that was rejected.

use super::CentralDb;
use crate::db::catalog::ForeignKey;
use crate::db::error::DbError;
use crate::db::mapping::TableMapping;
use crate::db::sql::{quoting, record_id};
use crate::models::entry::RecordName;

impl CentralDb {
    /// Finds another record that owns one of the row's unique values.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn owner_of_unique_value(
        &mut self,
        table: &TableMapping,
        row: &[String],
    ) -> Result<Option<RecordName>, DbError> {
        let own_key = table.key_of(row);
        for unique in &table.unique_keys {
            let Some(values) = table.pick(row, &unique.columns) else { continue };
            // NULL is never equal to NULL in a unique key.
            if values.contains(&"null") {
                continue;
            }
            let condition = format!(
                "{} and not ({})",
                equal(unique.columns.iter().map(String::as_str), &values),
                equal(table.key_names(), &own_key)
            );
            if let Some(owner) = self.record_where(table, &condition).await? {
                return Ok(Some(owner));
            }
        }
        Ok(None)
    }

    /// Finds a record of `child` that refers, by `key`, to a row with these values.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn child_of(
        &mut self,
        child: &TableMapping,
        key: &ForeignKey,
        values: &[&str],
    ) -> Result<Option<RecordName>, DbError> {
        let condition = equal(key.columns.iter().map(String::as_str), values);
        self.record_where(child, &condition).await
    }

    /// Tells whether a row of `key`'s parent table has these values.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn has_parent(&mut self, key: &ForeignKey, values: &[&str]) -> Result<bool, DbError> {
        let sql = format!(
            "select exists (select 1 from {} where {})",
            quoting::name(&key.parent_table),
            equal(key.parent_columns.iter().map(String::as_str), values)
        );
        Ok(self.session.query_one(&sql).await?.get::<u8>(0)? == 1)
    }

    async fn record_where(
        &mut self,
        table: &TableMapping,
        condition: &str,
    ) -> Result<Option<RecordName>, DbError> {
        // A locking read sees what is committed now, not this transaction's older snapshot.
        let sql = format!(
            "select {} from {} where {condition} limit 1 lock in share mode",
            record_id::expression(&table.key, None),
            quoting::name(&table.name)
        );
        let rows = self.session.query(&sql).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(RecordName { table: table.name.clone(), record_id: row.text(0)? }))
    }
}

fn equal<'a>(columns: impl Iterator<Item = &'a str>, values: &[&str]) -> String {
    columns
        .zip(values)
        .map(|(column, value)| format!("{} = {value}", quoting::name(column)))
        .collect::<Vec<_>>()
        .join(" and ")
}
