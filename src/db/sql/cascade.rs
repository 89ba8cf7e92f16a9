//! Writes the bodies of the triggers that capture what foreign keys take along.
//!
//! They fire before the row is deleted or updated: afterwards the children are gone, or no longer to be told from
//! others. An entry too many does no harm, since an entry only names a record.

use std::collections::BTreeSet;

use super::template::fill;
use super::{queue, quoting, record_id};
use crate::db::catalog::{Column, ForeignKey, Table};
use crate::db::mapping::cascade::{Effect, NewValue, Step};
use crate::db::mapping::{KeyColumn, key_columns};

/// Passes the body over where a MySQL from 9.7 on fires the children's own triggers; other servers see a comment.
const UNLESS_CHILDREN_FIRE: &str =
    "/*!90700 not (@@enable_cascade_triggers and not @@innodb_native_foreign_keys) and */";

/// Where rows come from: the way down from the row with which everything begins.
struct Source {
    /// Trees within one table, each with a name: `sync_tree_1 as (…)`.
    trees: Vec<String>,
    /// The tables from the first generation to the last, joined in this order; empty for the first row itself.
    tables: String,
    /// Which rows of them.
    condition: String,
    /// What the last table is called.
    alias: String,
}

impl Source {
    /// The row with which everything begins.
    fn first() -> Self {
        Self { trees: Vec::new(), tables: String::new(), condition: String::new(), alias: "old".to_owned() }
    }
}

/// Writes the body of the trigger that fires before a row is deleted.
pub(super) fn before_delete(steps: &[Step<'_>]) -> String {
    body(&steps.iter().map(|step| block(step, &Source::first(), 1)).collect::<String>())
}

/// Writes the body of the trigger that fires before a row of `table` is updated.
pub(super) fn before_update(table: &Table, steps: &[Step<'_>]) -> String {
    let blocks: Vec<String> = steps
        .iter()
        .map(|step| {
            format!("if {} then\n{}end if;\n", differs(table, step.key), block(step, &Source::first(), 1))
        })
        .collect();
    body(&blocks.concat())
}

fn body(blocks: &str) -> String {
    format!("begin\nif {UNLESS_CHILDREN_FIRE} true then\n{blocks}end if;\nend")
}

/// Writes the condition that an update changes what this key refers to.
fn differs(table: &Table, key: &ForeignKey) -> String {
    let columns: Vec<&Column> = key.parent_columns.iter().filter_map(|name| table.column(name)).collect();
    // What is computed is not known yet before the update.
    if columns.iter().any(|column| column.generated) {
        return "true".to_owned();
    }
    let same: Vec<String> = columns.into_iter().map(same_value).collect();
    format!("not ({})", same.join(" and "))
}

/// Writes the condition that an update leaves a column as it is, to the last byte.
fn same_value(column: &Column) -> String {
    let exact = |row: &str| {
        let value = format!("{row}.{}", quoting::name(&column.name));
        match (&column.charset, column.data_type.as_str()) {
            (Some(_), _) => format!("cast({value} as binary)"),
            (None, "timestamp") => format!("unix_timestamp({value})"),
            (None, _) => value,
        }
    };
    format!("{} <=> {}", exact("old"), exact("new"))
}

/// Writes the block that queues the rows of one step, and then what follows from them.
fn block(step: &Step<'_>, parents: &Source, generation: usize) -> String {
    let source = source(step, parents, generation);
    let (before, after) = records(step, &source.alias);
    let children = select(&source, &[before, after.clone().unwrap_or_else(|| "null".to_owned())].join(", "));
    let further: String = step.further.iter().map(|next| block(next, &source, generation + 1)).collect();
    let further = if further.is_empty() { further } else { format!("\n  if found then\n{further}  end if;") };
    let values = [
        ("children", children.as_str()),
        ("entries", &entries(step, after.is_some())),
        ("further", &further),
    ];
    let template = include_str!("cascade.sql");
    fill(&template[template.find("begin\n").unwrap_or_default()..], &values)
}

/// Goes one generation further down.
fn source(step: &Step<'_>, parents: &Source, generation: usize) -> Source {
    let alias = format!("c{generation}");
    let table = format!("{} {alias}", quoting::name(&step.child.name));
    let refers = refers(step.key, &alias, &parents.alias);
    // The order is fixed so that each generation is locked before the next is looked for.
    let (tables, condition) = if parents.tables.is_empty() {
        (table, refers)
    } else {
        let refers =
            if parents.condition.is_empty() { refers } else { format!("{} and {refers}", parents.condition) };
        (format!("{} straight_join {table}", parents.tables), refers)
    };
    let direct = Source { trees: parents.trees.clone(), tables, condition, alias };
    if step.again.is_empty() { direct } else { tree(step, direct, generation) }
}

/// Adds the rows of the same table that refer to these, and those that refer to them, and so on.
fn tree(step: &Step<'_>, direct: Source, generation: usize) -> Source {
    let name = format!("sync_tree_{generation}");
    let columns: BTreeSet<&String> = step
        .child
        .primary_key
        .iter()
        .chain(
            step.further
                .iter()
                .map(|next| next.key)
                .chain(step.again.iter().copied())
                .flat_map(|key| &key.parent_columns),
        )
        .collect();
    let list = |alias: &str| {
        let columns = columns.iter().map(|column| format!("{alias}.{}", quoting::name(column)));
        columns.collect::<Vec<_>>().join(", ")
    };
    let mut parts = vec![format!("({})", select_from(&direct, &list(&direct.alias)))];
    for key in &step.again {
        parts.push(format!(
            "(select {} from {name} straight_join {} c on {} lock in share mode)",
            list("c"),
            quoting::name(&step.child.name),
            refers(key, "c", &name)
        ));
    }
    let mut trees = direct.trees;
    trees.push(format!("{name} as ({})", parts.join(" union ")));
    Source { trees, tables: name.clone(), condition: String::new(), alias: name }
}

fn refers(key: &ForeignKey, child: &str, parent: &str) -> String {
    let pairs = key.columns.iter().zip(&key.parent_columns);
    pairs
        .map(|(own, other)| format!("{child}.{} = {parent}.{}", quoting::name(own), quoting::name(other)))
        .collect::<Vec<_>>()
        .join(" and ")
}

fn select(source: &Source, columns: &str) -> String {
    let with = if source.trees.is_empty() {
        String::new()
    } else {
        format!("with recursive {} ", source.trees.join(", "))
    };
    format!("{with}{}", select_from(source, columns))
}

fn select_from(source: &Source, columns: &str) -> String {
    let condition =
        if source.condition.is_empty() { String::new() } else { format!(" where {}", source.condition) };
    format!("select {columns} from {}{condition} lock in share mode", source.tables)
}

/// Prints the primary key of a step's row, and the one it will have if that changes.
fn records(step: &Step<'_>, alias: &str) -> (String, Option<String>) {
    let key = key_columns(step.child);
    let own = |column: &KeyColumn| format!("{alias}.{}", quoting::name(&column.name));
    let before = if step.captured { record_id::expression_of(&key, own) } else { "null".to_owned() };
    let Effect::Changed(values) = &step.effect else { return (before, None) };
    let moves = step.child.primary_key.iter().any(|column| values.contains_key(column));
    let after = (moves && step.captured).then(|| {
        record_id::expression_of(&key, |column| match values.get(&column.name) {
            Some(NewValue::OfTheFirst(name)) => format!("new.{}", quoting::name(name)),
            Some(NewValue::Null) => "null".to_owned(),
            None => own(column),
        })
    });
    (before, after)
}

/// Writes what is queued for each row of a step.
fn entries(step: &Step<'_>, moves: bool) -> String {
    let entry = |record: &str, operation: &str| {
        format!("\n      {};", queue::entry(&step.child.name, record, operation))
    };
    match &step.effect {
        _ if !step.captured => String::new(),
        Effect::Gone => entry("record_before", "DELETE"),
        Effect::Changed(_) if moves => entry("record_before", "DELETE") + &entry("record_after", "INSERT"),
        Effect::Changed(_) => entry("record_before", "UPDATE"),
    }
}
