//! Statements that raise an error where a foreign key of DB_B would be broken, or would act by itself.
//!
//! Each reads with locks, so what it has seen still holds at the commit: a child can only be added while its parent's
//! row is not locked by another transaction, and a parent that was read cannot go.

use super::apply::RAISE;
use super::{quoting, record_id, rows};
use crate::db::catalog::ForeignKey;
use crate::db::mapping::{Reference, TableMapping};

/// Writes the statements that go before a delete: they raise an error if DB_B would change or delete a child along
/// with one of the rows, as foreign keys do that cascade or set null. Rows that are deleted together are no such
/// children. None where no foreign key acts.
#[must_use]
pub fn guard_delete(table: &TableMapping, keys: &[Vec<String>]) -> Vec<String> {
    let acting: Vec<&Reference> =
        table.references.iter().filter(|reference| reference.key.acts_on_delete()).collect();
    if acting.is_empty() {
        return Vec::new();
    }
    // First the parents alone: a child that is being added is waited for, or waits.
    let lock = format!(
        "select count(*) from {} where {} for update",
        quoting::name(&table.name),
        rows::key_condition(table, keys)
    );
    let guards = acting.into_iter().map(|reference| {
        let children = children_condition(table, reference, keys);
        if reference.child == table.name {
            let themselves = rows::condition(&qualified("c", table.key_names()), keys);
            raise_if_any(reference, &format!("{children} and not ({themselves})"))
        } else {
            raise_if_any(reference, &children)
        }
    });
    std::iter::once(lock).chain(guards).collect()
}

/// Writes the statements that go before an upsert: they raise an error if DB_B would change a child because its
/// parent's key is spelled otherwise from now on. None where no key can be, or no foreign key would act.
#[must_use]
pub fn guard_upsert(table: &TableMapping, keys: &[Vec<String>], record_ids: &[&str]) -> Vec<String> {
    let guard = |reference: &Reference| {
        let with_children = parents_spelled_otherwise(table, reference, keys, record_ids);
        let column = quoting::name(&reference.key.columns[0]);
        format!("select if(c.{column} is null, 1, {RAISE}) {with_children} limit 1 for update")
    };
    acting_on_spelling(table).map(guard).collect()
}

/// Lists the foreign keys that change a child when the key of its parent is only spelled otherwise.
pub fn acting_on_spelling(table: &TableMapping) -> impl Iterator<Item = &Reference> {
    let is_loose = table.key_compares_loosely();
    table.references.iter().filter(move |reference| is_loose && reference.key.acts_on_update())
}

/// Writes the rest of a query for the rows `p` that have one of these keys, spelled otherwise than in `record_ids`,
/// together with the rows `c` that refer to them.
///
/// They are looked up without locks, and only those found are locked: gaps locked for new keys would let two sites that
/// insert side by side wait for each other.
#[must_use]
pub fn parents_spelled_otherwise(
    table: &TableMapping,
    reference: &Reference,
    keys: &[Vec<String>],
    record_ids: &[&str],
) -> String {
    let names: Vec<String> = record_ids.iter().map(|name| quoting::text(name)).collect();
    let same_key: Vec<String> =
        table.key_names().map(quoting::name).map(|column| format!("p.{column} = q.{column}")).collect();
    let name = quoting::name(&table.name);
    format!(
        "from (select {} from {name} where ({}) and cast({} as binary) not in ({})) as q \
         straight_join {name} as p on {} straight_join {} as c on {}",
        quoting::names(table.key_names()),
        rows::key_condition(table, keys),
        record_id::expression(&table.key, None),
        names.join(","),
        same_key.join(" and "),
        quoting::name(&reference.child),
        same_values(&reference.key)
    )
}

/// Writes the condition that the row `c` refers to the row `p`.
fn same_values(key: &ForeignKey) -> String {
    let columns = qualified("c", key.columns.iter().map(String::as_str));
    let parents = qualified("p", key.parent_columns.iter().map(String::as_str));
    let same = columns.iter().zip(&parents).map(|(column, parent)| format!("{parent} = {column}"));
    same.collect::<Vec<_>>().join(" and ")
}

/// Writes the statements that raise an error if a row of DB_B refers to one of these keys, whose rows are gone.
#[must_use]
pub fn check_no_children(table: &TableMapping, keys: &[Vec<String>]) -> Vec<String> {
    let check = |reference: &Reference| raise_if_any(reference, &children_condition(table, reference, keys));
    table.references.iter().map(check).collect()
}

/// Writes the statements that raise an error if a parent of the rows with these keys is missing.
#[must_use]
pub fn check_parents_exist(table: &TableMapping, keys: &[Vec<String>]) -> Vec<String> {
    let those = rows::condition(&qualified("c", table.key_names()), keys);
    let check = |key: &ForeignKey| {
        let columns = qualified("c", key.columns.iter().map(String::as_str));
        let parents = qualified("p", key.parent_columns.iter().map(String::as_str));
        let parent = match &key.parent_schema {
            Some(schema) => format!("{}.{}", quoting::name(schema), quoting::name(&key.parent_table)),
            None => quoting::name(&key.parent_table),
        };
        let given: Vec<String> = columns.iter().map(|column| format!("{column} is not null")).collect();
        format!(
            "select if({} is null, 1, {RAISE}) from {} as c left join {parent} as p on {} \
             where ({those}) and {} and {} is null limit 1 lock in share mode",
            columns[0],
            quoting::name(&table.name),
            same_values(key),
            given.join(" and "),
            parents[0]
        )
    };
    table.foreign_keys.iter().map(check).collect()
}

/// As an operand of `if` that depends on the row, the error is raised only if there is one.
fn raise_if_any(reference: &Reference, condition: &str) -> String {
    format!(
        "select if(c.{} is null, 1, {RAISE}) from {} as c where {condition} limit 1 for update",
        quoting::name(&reference.key.columns[0]),
        quoting::name(&reference.child),
    )
}

/// Writes the condition that a row `c` refers to one of the rows with these keys.
#[must_use]
pub fn children_condition(table: &TableMapping, reference: &Reference, keys: &[Vec<String>]) -> String {
    let key = &reference.key;
    let columns = qualified("c", key.columns.iter().map(String::as_str));
    let values: Option<Vec<Vec<&str>>> =
        keys.iter().map(|own| table.pick_of_key(own, &key.parent_columns)).collect();
    if let Some(values) = values {
        return format!("({})", rows::condition(&columns, &values));
    }
    format!(
        "exists (select 1 from {} as p where ({}) and {})",
        quoting::name(&table.name),
        rows::condition(&qualified("p", table.key_names()), keys),
        same_values(key)
    )
}

fn qualified<'a>(alias: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.map(|name| format!("{alias}.{}", quoting::name(name))).collect()
}
