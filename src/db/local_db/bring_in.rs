//! Writes rows of DB_B into DB_A: in small transactions, with every constraint checked, and only over what was seen.

use super::{LocalDb, RecordRow};
use crate::db::digests::{Digests, RowDigest, read_digests};
use crate::db::error::DbError;
use crate::db::mapping::TableMapping;
use crate::db::sql::compare::Comparison;
use crate::db::sql::{apply, quoting, record_id, rows};
use crate::models::literals::Literals;

/// A row of DB_B on its way into DB_A.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Its record and its values.
    pub row: RecordRow,
    /// How DB_A showed the record; `None` when it had none.
    pub seen: Option<RowDigest>,
    /// How DB_B shows it.
    pub there: RowDigest,
}

/// What became of rows that were brought in; but for the first, nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BroughtIn {
    /// DB_A has them as DB_B does.
    All,
    /// DB_A showed another state than before: somebody changed a record meanwhile.
    ChangedMeanwhile,
    /// DB_A took them, and holds other values than DB_B.
    NotTheSame,
}

/// How rows are written over those that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Each is inserted or updated.
    Upsert,
    /// All are deleted, with foreign keys unchecked for that one statement, and inserted again with foreign keys
    /// checked: their unique values stand in each other's way.
    Park,
}

impl LocalDb {
    /// Tells how many bytes a statement may have.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn max_statement_bytes(&mut self) -> Result<usize, DbError> {
        let row = self.session.query_one("select @@max_allowed_packet").await?;
        Ok(row.get::<usize>(0)?.saturating_sub(RESERVE_BYTES))
    }

    /// Writes rows into one table, all or none of them. The capture triggers queue each, as they do for every writer.
    ///
    /// # Errors
    /// Why DB_A refused one of them, or that the link broke; then nothing was written.
    pub async fn bring_in(
        &mut self,
        comparison: &Comparison,
        down: &TableMapping,
        incoming: &[&Incoming],
        way: Way,
    ) -> Result<BroughtIn, DbError> {
        self.session.execute("start transaction").await?;
        let ended = self.write_incoming(comparison, down, incoming, way).await;
        if way == Way::Park {
            self.session.execute("set foreign_key_checks = 1").await?;
        }
        if matches!(ended, Ok(BroughtIn::All)) {
            self.session.commit("bringing-in").await?;
        } else {
            self.session.execute("rollback").await?;
        }
        ended
    }

    async fn write_incoming(
        &mut self,
        comparison: &Comparison,
        down: &TableMapping,
        incoming: &[&Incoming],
        way: Way,
    ) -> Result<BroughtIn, DbError> {
        let keys: Vec<Vec<String>> = incoming.iter().map(|one| one.there.key.clone()).collect();
        let now = self.locked_digests(comparison, &keys).await?;
        if incoming.iter().any(|one| now.get(&one.row.record_id) != one.seen.as_ref()) {
            return Ok(BroughtIn::ChangedMeanwhile);
        }
        if way == Way::Park {
            self.session.execute("set foreign_key_checks = 0").await?;
            self.session.execute(&apply::delete(down, &keys)).await?;
            self.session.execute("set foreign_key_checks = 1").await?;
        }
        let values = incoming.iter().map(|one| &one.row.values);
        self.session.execute(&apply::upsert(down, values)).await?;
        let now = self.locked_digests(comparison, &keys).await?;
        let is_there =
            |one: &&Incoming| now.get(&one.row.record_id).is_some_and(|here| here.proves_equal(&one.there));
        Ok(if incoming.iter().all(is_there) { BroughtIn::All } else { BroughtIn::NotTheSame })
    }

    async fn locked_digests(
        &mut self,
        comparison: &Comparison,
        keys: &[Vec<String>],
    ) -> Result<Digests, DbError> {
        let sql = format!("{} for update", comparison.digests_of(keys));
        read_digests(comparison, &self.session.query(&sql).await?)
    }

    /// Names the records of DB_A, other than the row's own, that own one of its unique values.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn owners_of_unique_values(
        &mut self,
        down: &TableMapping,
        row: &Literals,
    ) -> Result<Vec<String>, DbError> {
        let own: [Vec<String>; 1] = [down.key_of(row).into_iter().map(str::to_owned).collect()];
        let mut owners = Vec::new();
        for unique in &down.unique_keys {
            // NULL is never equal to NULL in a unique key.
            let Some(values) = down.pick(row, &unique.columns).filter(|values| !values.contains(&"null"))
            else {
                continue;
            };
            let equal: Vec<String> = unique
                .columns
                .iter()
                .zip(values)
                .map(|(column, value)| format!("{} = {value}", quoting::name(column)))
                .collect();
            let sql = format!(
                "select {} from {} where {} and not ({})",
                record_id::expression(&down.key, None),
                quoting::name(&down.name),
                equal.join(" and "),
                rows::key_condition(down, &own)
            );
            for row in self.session.query(&sql).await? {
                owners.push(row.text(0)?);
            }
        }
        Ok(owners)
    }
}

/// What is kept free of the server's packet limit, in bytes, for the protocol's own part.
const RESERVE_BYTES: usize = 1024;
