//! Finds records by the values others refer to them with.

use super::LocalDb;
use crate::db::error::DbError;
use crate::db::mapping::TableMapping;
use crate::db::sql::{quoting, record_id, rows};
use crate::models::entry::RecordName;

/// Most questions in one packet.
const QUESTIONS_PER_PACKET: usize = 500;

/// A record by its table, the columns that are referred to, and their values as SQL literals.
pub type ByValues<'a> = (&'a TableMapping, &'a [String], &'a [String]);

impl LocalDb {
    /// Names the record with these values, for each of the questions; none where there is no such row.
    ///
    /// # Errors
    /// What the server or the link reports.
    pub async fn records_with(
        &mut self,
        wanted: &[ByValues<'_>],
    ) -> Result<Vec<Option<RecordName>>, DbError> {
        let mut found = Vec::with_capacity(wanted.len());
        for some in wanted.chunks(QUESTIONS_PER_PACKET) {
            let questions: Vec<String> = some.iter().map(question).collect();
            let answers = self.session.script(&questions.join(";\n")).await.into_sets()?;
            for ((table, _, _), index) in some.iter().zip(0..) {
                let row = answers.get(index).and_then(|rows| rows.first());
                let name = |record_id: &str| RecordName {
                    table: table.name.as_str().into(),
                    record_id: record_id.into(),
                };
                found.push(row.map(|row| row.str(0)).transpose()?.map(name));
            }
        }
        Ok(found)
    }
}

fn question((table, columns, values): &ByValues<'_>) -> String {
    let columns: Vec<String> = columns.iter().map(|column| quoting::name(column)).collect();
    format!(
        "select {} from {} where {} limit 1",
        record_id::expression(&table.key, None),
        quoting::name(&table.name),
        rows::condition(&columns, &[values.to_vec()])
    )
}
