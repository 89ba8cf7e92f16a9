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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::db::catalog::Catalog;
    use crate::db::mapping::cascade::{Cascades, Cause};

    fn table(name: &str, columns: &[&str], keys: &[(&str, &str, &str, &str)]) -> Table {
        let column = |name: &&str| Column {
            name: (*name).to_owned(),
            data_type: "int".to_owned(),
            column_type: "int".to_owned(),
            nullable: true,
            generated: false,
            has_default: true,
            default_value: None,
            charset: None,
            collation: None,
            max_characters: None,
            max_bytes: None,
            precision: None,
            scale: None,
            second_digits: None,
        };
        let key = |&(column, parent, on_delete, on_update): &(&str, &str, &str, &str)| ForeignKey {
            name: format!("{name}_{column}"),
            columns: vec![column.to_owned()],
            parent_schema: None,
            parent_table: parent.to_owned(),
            parent_columns: vec!["id".to_owned()],
            on_delete: on_delete.to_owned(),
            on_update: on_update.to_owned(),
        };
        Table {
            name: name.to_owned(),
            columns: columns.iter().map(column).collect(),
            primary_key: vec!["id".to_owned()],
            foreign_keys: keys.iter().map(key).collect(),
            ..Table::default()
        }
    }

    fn bodies(root: &str, tables: &[Table]) -> (String, String) {
        let catalog: Catalog = tables.iter().map(|table| (table.name.clone(), table.clone())).collect();
        let captured: BTreeSet<String> = catalog.keys().cloned().collect();
        let cascades = Cascades::new(&catalog);
        let steps = |cause| cascades.follow(&catalog[root], cause, &captured).unwrap();
        (before_delete(&steps(Cause::Delete)), before_update(&catalog[root], &steps(Cause::Update)))
    }

    #[test]
    fn a_step_locks_its_children_and_queues_them_one_by_one() {
        let towns = table("towns", &["id"], &[]);
        let houses = table("houses", &["id", "town"], &[("id", "towns", "RESTRICT", "CASCADE")]);
        let (_, update) = bodies("towns", &[towns, houses]);
        insta::assert_snapshot!(update, @r"
        begin
        if /*!90700 not (@@enable_cascade_triggers and not @@innodb_native_foreign_keys) and */ true then
        if not (old.`id` <=> new.`id`) then
        begin
          declare done, found boolean default false;
          declare record_before, record_after text character set utf8mb4;
          declare children cursor for select c1.`id`, new.`id` from `houses` c1 where c1.`id` = old.`id` lock in share mode;
          declare continue handler for not found set done = true;
          begin
            declare continue handler for 1146, 1054 set done = true;
            open children;
          end;
          while not done do
            fetch children into record_before, record_after;
            if not done then
              set found = true;
              insert into sync_queue (table_name, record_id, operation, last_updated_at) values ('houses', record_before, 'DELETE', utc_timestamp(6));
              insert into sync_queue (table_name, record_id, operation, last_updated_at) values ('houses', record_after, 'INSERT', utc_timestamp(6));
            end if;
          end while;
        end;
        end if;
        end if;
        end
        ");
    }

    #[test]
    fn generations_are_joined_in_their_order_and_trees_are_recursive() {
        let roots = table("roots", &["id", "root"], &[("root", "roots", "CASCADE", "RESTRICT")]);
        let fruit = table("fruit", &["id", "root"], &[("root", "roots", "SET NULL", "RESTRICT")]);
        let (delete, _) = bodies("roots", &[roots, fruit]);
        let selects: Vec<&str> = delete
            .lines()
            .filter_map(|line| line.trim().strip_prefix("declare children cursor for "))
            .collect();
        insta::assert_snapshot!(selects.join("\n"), @r"
        select c1.`id`, null from `fruit` c1 where c1.`root` = old.`id` lock in share mode;
        with recursive sync_tree_1 as ((select c1.`id` from `roots` c1 where c1.`root` = old.`id` lock in share mode) union (select c.`id` from sync_tree_1 straight_join `roots` c on c.`root` = sync_tree_1.`id` lock in share mode)) select sync_tree_1.`id`, null from sync_tree_1 lock in share mode;
        with recursive sync_tree_1 as ((select c1.`id` from `roots` c1 where c1.`root` = old.`id` lock in share mode) union (select c.`id` from sync_tree_1 straight_join `roots` c on c.`root` = sync_tree_1.`id` lock in share mode)) select c2.`id`, null from sync_tree_1 straight_join `fruit` c2 where c2.`root` = sync_tree_1.`id` lock in share mode;
        ");
    }
}
