//! Proves that a target holds what its source holds: a fast wrong answer is no answer.

use anyhow::{Result, ensure};

use crate::sql::Sql;

/// Compares whole tables by the servers' own checksums and the number of rows.
pub fn tables(source: &mut Sql, target: &mut Sql, tables: &[&str], who: &str) -> Result<()> {
    for table in tables {
        let look = |sql: &mut Sql| -> Result<(u64, u64)> {
            let checksum = sql.rows(&format!("checksum table {table}"))?;
            let checksum = checksum.first().and_then(|row| row.get(1)?.as_deref()?.parse().ok()).unwrap_or(0);
            Ok((sql.number(&format!("select count(*) from {table}"))?, checksum))
        };
        judge(who, table, look(source)?, look(target)?)?;
    }
    Ok(())
}

/// Compares the rows of a condition, column by column.
pub fn rows(
    source: &mut Sql,
    target: &mut Sql,
    table: &str,
    columns: &str,
    condition: &str,
    who: &str,
) -> Result<()> {
    let query = format!("select id, {columns} from {table} where {condition} order by id");
    let (mine, theirs) = (source.rows(&query)?, target.rows(&query)?);
    ensure!(mine == theirs, "{who}: the rows of {table} differ: {} and {}", mine.len(), theirs.len());
    Ok(())
}

fn judge(who: &str, table: &str, source: (u64, u64), target: (u64, u64)) -> Result<()> {
    ensure!(
        source == target,
        "{who} left another {table} than its source has: {} rows with checksum {} instead of {} with {}; \
         the run is void",
        target.0,
        target.1,
        source.0,
        source.1
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_answer_voids_the_run() {
        assert!(judge("x", "users", (3, 17), (3, 17)).is_ok());
        for wrong in [(2, 17), (3, 18)] {
            let text = judge("the quick one", "users", (3, 17), wrong).unwrap_err().to_string();
            assert!(text.contains("the quick one") && text.contains("void"), "{text}");
        }
    }
}
