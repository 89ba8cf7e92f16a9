//! Constraints of DB_B that DB_A lacks: rows that DB_A has accepted would be rejected, one by one.
//!
//! DB_A owns its records, so the remedy makes DB_A as strict: then the wrong row is refused where it is made.

use super::facts::{BothFacts, on};
use crate::db::catalog::{Column, ForeignKey, Table, UniqueKey};
use crate::db::mapping::describe;
use crate::db::sql::quoting;
use crate::db::survey::{CheckConstraint, Survey};
use crate::models::diagnosis::{Code, Finding, Place};

/// Compares the constraints of every carried table.
pub(super) fn check(facts: &BothFacts<'_>) -> Vec<Finding> {
    facts.carried().flat_map(|(a, b)| of_table(facts, a, b)).collect()
}

fn of_table(facts: &BothFacts<'_>, a: &Table, b: &Table) -> Vec<Finding> {
    let here = facts.here;
    let mut found = not_null(a, b);
    let stricter = b.unique_keys.iter().filter(|key| !is_unique_in(a, key));
    found.extend(stricter.map(|key| unique(b, key)));
    let unknown = b.foreign_keys.iter().filter(|key| a.foreign_keys.iter().all(|other| !is_same(other, key)));
    found.extend(unknown.map(|key| foreign_key(b, key)));
    let away = b.foreign_keys.iter().filter(|key| !here.selects(&key.parent_table));
    found.extend(away.map(|key| parent(b, key)));
    let checks = facts.central.schema.checks.iter().filter(|check| check.table == b.name);
    let checks = checks.filter(|check| !is_checked_in(here.local, facts.central, b, check));
    found.extend(checks.map(|check| check_constraint(b, check)));
    found
}

/// Rows without a value fail one by one, and are told apart then: a column that is never empty in practice is common,
/// so the table is not held for it.
fn not_null(a: &Table, b: &Table) -> Vec<Finding> {
    let pairs = a.columns.iter().filter_map(|column| Some((column, b.column(&column.name)?)));
    let stricter = pairs.filter(|(here, there)| here.nullable && !there.nullable && !here.generated);
    let finding = |(column, there): (&Column, &Column)| {
        let message = format!(
            "column {}.{} may be NULL in DB_A and not in DB_B: such a row would fail (error 1048)",
            a.name, column.name
        );
        let statement = format!(
            "alter table {} modify column {} {} null",
            quoting::name(&a.name),
            quoting::name(&column.name),
            describe(there)
        );
        Finding::new(Code::NotNullInCentral, Place::Central, message, on(Place::Central, statement))
            .of_table(&a.name)
    };
    stricter.map(finding).collect()
}

/// Tells whether DB_A already keeps apart what a key of DB_B keeps apart.
fn is_unique_in(a: &Table, key: &UniqueKey) -> bool {
    let covers = |columns: &[String]| columns.iter().all(|name| contains(&key.columns, name));
    let mut whole = a.unique_keys.iter().filter(|other| other.compares_whole_columns);
    // Values that differ may begin alike; so a key over beginnings is kept by the same key only.
    let is_covered =
        key.compares_whole_columns && (covers(&a.primary_key) || whole.any(|other| covers(&other.columns)));
    is_covered || a.unique_keys.iter().any(|other| other == key)
}

fn contains(names: &[String], name: &str) -> bool {
    names.iter().any(|other| other.eq_ignore_ascii_case(name))
}

fn unique(b: &Table, key: &UniqueKey) -> Finding {
    let columns = quoting::names(key.columns.iter().map(String::as_str));
    let is_cut = !key.compares_whole_columns;
    let message = format!(
        "unique key {} of {} ({}{}) exists in DB_B only: rows that DB_A takes may be rejected there (error 1062)",
        key.name,
        b.name,
        key.columns.join(", "),
        if is_cut { ", by beginnings or expressions" } else { "" }
    );
    let (table, name) = (quoting::name(&b.name), quoting::name(&key.name));
    let remedy = if is_cut {
        on(Place::Central, format!("alter table {table} drop index {name}"))
    } else {
        on(Place::Local, format!("alter table {table} add unique key {name} ({columns})"))
    };
    Finding::new(Code::UniqueInCentral, Place::Central, message, remedy).of_table(&b.name)
}

fn is_same(one: &ForeignKey, other: &ForeignKey) -> bool {
    one.parent_table.eq_ignore_ascii_case(&other.parent_table)
        && one.columns.len() == other.columns.len()
        && one.columns.iter().all(|column| contains(&other.columns, column))
}

fn foreign_key(b: &Table, key: &ForeignKey) -> Finding {
    let message = format!(
        "foreign key {} of {} to {} exists in DB_B only: rows that DB_A takes may be rejected there (error 1452)",
        key.name, b.name, key.parent_table
    );
    let statement = format!(
        "alter table {} add constraint {} foreign key ({}) references {} ({})",
        quoting::name(&b.name),
        quoting::name(&key.name),
        quoting::names(key.columns.iter().map(String::as_str)),
        quoting::name(&key.parent_table),
        quoting::names(key.parent_columns.iter().map(String::as_str))
    );
    Finding::new(Code::ForeignKeyInCentral, Place::Central, message, on(Place::Local, statement))
        .of_table(&b.name)
}

fn parent(b: &Table, key: &ForeignKey) -> Finding {
    let (child, parent) = (&b.name, &key.parent_table);
    let message = format!(
        "foreign key {} of {child} leads to {parent}, which is not in SYNC_TABLES: a row whose parent DB_B lacks waits or fails",
        key.name
    );
    let remedy =
        format!("add {parent} to SYNC_TABLES; then run `backhaul install`, then `backhaul verify --repair`");
    Finding::new(Code::ParentNotCarried, Place::Central, message, remedy).of_table(child)
}

/// Tells whether DB_A demands the same. The engines write a clause each in its own way, so between two of them
/// the same name is taken for the same rule.
fn is_checked_in(local: &Survey, central: &Survey, b: &Table, check: &CheckConstraint) -> bool {
    let same_engine = local.server.is_mariadb() == central.server.is_mariadb();
    let mut of_table = local.schema.checks.iter().filter(|other| other.table == check.table);
    is_of_json(b, check)
        || of_table.any(|other| {
            plain(&other.clause) == plain(&check.clause)
                || (!same_engine && other.name.eq_ignore_ascii_case(&check.name))
        })
}

/// MariaDB gives every JSON column a check, which the JSON of MySQL needs not: both take the same documents.
fn is_of_json(b: &Table, check: &CheckConstraint) -> bool {
    b.columns.iter().any(|column| plain(&check.clause) == plain(&format!("json_valid({})", column.name)))
}

/// Leaves out of a clause what engines and versions write differently.
fn plain(clause: &str) -> String {
    let without_charset =
        clause.to_lowercase().replace("_utf8mb4", "").replace("_utf8mb3", "").replace("\\'", "'");
    without_charset
        .chars()
        .filter(|character| !character.is_whitespace() && !"`()".contains(*character))
        .collect()
}

fn check_constraint(b: &Table, check: &CheckConstraint) -> Finding {
    let message = format!(
        "check constraint {} of {} ({}) exists in DB_B only: rows that DB_A takes may be rejected there (error 4025 or 3819)",
        check.name, b.name, check.clause
    );
    Finding::new(Code::CheckInCentral, Place::Central, message, check_remedy(&b.name, check))
        .of_table(&b.name)
}

/// Writes the statement that makes the rule in DB_A, and before it the one that finds what stands in its way. MariaDB shows a quote within a text as if it ended it; then only
/// `show create table` tells the rule.
fn check_remedy(table: &str, check: &CheckConstraint) -> String {
    let clause = check.clause.replace("\\'", "'");
    let table = quoting::name(table);
    if clause.matches('\'').count() % 2 == 1 {
        return format!(
            "correct the rows of DB_A that break it, then create the constraint there as DB_B answers to: show create table {table}"
        );
    }
    let breaking = on(Place::Local, format!("select * from {table} where not ({clause})"));
    let statement =
        format!("alter table {table} add constraint {} check ({clause})", quoting::name(&check.name));
    format!("{breaking}; then correct these first, if there are any; then {}", on(Place::Local, statement))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(columns: &[&str]) -> UniqueKey {
        UniqueKey {
            name: "k".to_owned(),
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            compares_whole_columns: true,
        }
    }

    #[test]
    fn a_key_over_more_columns_is_kept_by_one_over_fewer() {
        let a =
            Table { primary_key: vec!["id".to_owned()], unique_keys: vec![key(&["a"])], ..Table::default() };
        let is_kept = |columns: &[&str]| is_unique_in(&a, &key(columns));
        assert!(is_kept(&["A", "b"]) && is_kept(&["id", "c"]));
        assert!(!is_kept(&["b"]));
        let beginning = UniqueKey { compares_whole_columns: false, ..key(&["a"]) };
        assert!(!is_unique_in(&a, &beginning), "values that differ may begin alike");
    }

    #[test]
    fn a_clause_that_cannot_be_copied_is_not() {
        let remedy = |clause: &str| {
            let check = CheckConstraint { table: "t".into(), name: "c".into(), clause: clause.into() };
            check_remedy("t", &check)
        };
        assert_eq!(
            remedy("`s` <> 'x'"),
            "on DB_A: select * from `t` where not (`s` <> 'x'); then correct these first, if there are any; \
             then on DB_A: alter table `t` add constraint `c` check (`s` <> 'x')"
        );
        assert!(remedy("`s` <> 'it's'").contains("create the constraint there as"));
    }

    #[test]
    fn clauses_of_both_engines_are_compared_by_what_they_say() {
        assert_eq!(plain("`n` <> 5 or `j` is null"), plain("((`n` <> 5) or (`j` is null))"));
        assert_eq!(plain("`s` <> 'x'"), plain("(`s` <> _utf8mb4\\'x\\')"));
        assert_ne!(plain("`n` > 0"), plain("`n` > 1"));
    }
}
