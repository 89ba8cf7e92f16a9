//! The tables Backhaul creates, read from the schema files that people load by hand.

/// One `create table if not exists` statement of a schema file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreateTable {
    /// The table.
    pub name: &'static str,
    /// The statement.
    pub sql: &'static str,
}

impl CreateTable {
    /// Lists the columns: each name with its definition.
    #[must_use]
    pub fn columns(&self) -> Vec<(&'static str, String)> {
        let lines = self.sql.lines().skip(1).map_while(|line| line.strip_prefix("    "));
        let named = lines.filter_map(|line| line.trim_end_matches(',').split_once(' '));
        let is_column = |name: &str| !["primary", "unique", "key", "constraint"].contains(&name);
        named
            .filter(|(name, _)| is_column(name))
            .map(|(name, rest)| (name, rest.split_whitespace().collect::<Vec<_>>().join(" ")))
            .collect()
    }
}

/// DB_A's tables.
#[must_use]
pub fn local() -> Vec<CreateTable> {
    statements(include_str!("../../../sql/local/schema.sql"))
}

/// DB_B's tables.
#[must_use]
pub fn central() -> Vec<CreateTable> {
    statements(include_str!("../../../sql/central/schema.sql"))
}

const CREATE: &str = "create table if not exists ";

fn statements(file: &'static str) -> Vec<CreateTable> {
    file.split(";\n")
        .filter_map(|part| {
            let sql = &part[part.find(CREATE)?..];
            let name = sql[CREATE.len()..].split_whitespace().next()?;
            Some(CreateTable { name, sql })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::own_tables::OWN_TABLES;

    fn names(tables: &[CreateTable]) -> Vec<&'static str> {
        tables.iter().map(|table| table.name).collect()
    }

    #[test]
    fn every_table_of_the_files_is_found() {
        let (local_own, central_own) = OWN_TABLES.split_at(8);
        assert_eq!(names(&local()), [&["users", "orders"], local_own].concat());
        assert_eq!(names(&central()), [&["users", "orders"], central_own].concat());
    }

    #[test]
    fn columns_are_told_from_keys() {
        let sites = central().into_iter().find(|table| table.name == "sync_site_tables").unwrap();
        let [name, site] = <[_; 2]>::try_from(sites.columns()).unwrap();
        assert_eq!((name.0, name.1.as_str(), site.0), ("table_name", "varchar(64) not null", "site_id"));
    }

    #[test]
    fn a_statement_is_whole() {
        for table in local().iter().chain(&central()) {
            assert!(
                table.sql.starts_with(CREATE) && table.sql.trim_end().ends_with("utf8mb4_bin")
                    || table.sql.trim_end().ends_with("utf8mb4_unicode_520_ci"),
                "{}",
                table.sql
            );
            assert!(!table.sql.contains("\n--"), "{}", table.sql);
        }
    }
}
