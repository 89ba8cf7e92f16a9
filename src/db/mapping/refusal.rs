//! Why a table cannot be carried, with what to do.

use super::remedy_type;
use crate::db::catalog::{Catalog, Column, ForeignKey, Server, Table, UniqueKey};
use crate::db::sql::quoting;
use crate::models::own_tables::is_own;
use crate::utils::spelling;

/// Why a table cannot be carried at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableProblem {
    /// Whether DB_A or DB_B must be mended: `local` or `schema`.
    pub class: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do; a statement to run wherever there is one.
    pub remedy: String,
}

impl TableProblem {
    fn local(message: String, remedy: impl Into<String>) -> Self {
        Self { class: "local", message, remedy: remedy.into() }
    }

    fn schema(message: String, remedy: impl Into<String>) -> Self {
        Self { class: "schema", message, remedy: remedy.into() }
    }

    pub(super) fn missing_in_local(table: &str, local: &Catalog) -> Self {
        let others = local.keys().map(String::as_str).filter(|name| !is_own(name));
        let meant = spelling::nearest(table, others).map_or_else(String::new, |meant| {
            format!("did you mean {meant}? Then correct SYNC_TABLES; else ")
        });
        Self::local(
            format!("table {table} does not exist in DB_A"),
            format!("{meant}create it, or take {table} out of SYNC_TABLES"),
        )
    }

    pub(super) fn missing_in_central(table: &str) -> Self {
        Self::schema(
            format!("table {table} does not exist in DB_B"),
            format!(
                "create it in DB_B by the statement that DB_A answers to: show create table {}",
                quoting::name(table)
            ),
        )
    }

    pub(super) fn engine(table: &str, side: &str, engine: &str) -> Self {
        let class = if side == "DB_A" { "local" } else { "schema" };
        Self {
            class,
            message: format!("table {table} of {side} is stored by {engine}, which has no transactions"),
            remedy: format!("on {side}: alter table {} engine = InnoDB", quoting::name(table)),
        }
    }

    pub(super) fn no_primary_key(table: &Table) -> Self {
        let is_given = |name: &String| table.column(name).is_some_and(|column| !column.nullable);
        let of_whole_values =
            |key: &&UniqueKey| key.compares_whole_columns && key.columns.iter().all(is_given);
        let addition = if let Some(key) = table.unique_keys.iter().find(of_whole_values) {
            format!("add primary key ({})", quoting::names(key.columns.iter().map(String::as_str)))
        } else {
            let free = ["id", "row_id", "sync_row_id"].into_iter().find(|name| table.column(name).is_none());
            format!(
                "add column {} bigint unsigned not null auto_increment primary key",
                quoting::name(free.unwrap_or("backhaul_row_id"))
            )
        };
        Self::local(
            format!("table {} has no primary key, so its rows cannot be told apart", table.name),
            format!("on DB_A: alter table {} {addition}", quoting::name(&table.name)),
        )
    }

    pub(super) fn key_type(table: &str, column: &Column) -> Self {
        if let Some(charset) = &column.charset {
            return Self::local(
                format!(
                    "column {}.{} is part of the primary key, and not every text in {charset} has one of its own in utf8mb4",
                    table, column.name
                ),
                format!(
                    "on DB_A: alter table {} modify column {} {} character set utf8mb4 not null",
                    quoting::name(table),
                    quoting::name(&column.name),
                    column.column_type
                ),
            );
        }
        Self::local(
            format!(
                "column {}.{} is part of the primary key and has the type {}, whose values do not tell records \
                 apart on every server",
                table,
                column.name,
                describe(column)
            ),
            format!(
                "alter table {} so that its primary key has no floating-point, computed or exotic column, \
                 or take {table} out of SYNC_TABLES",
                quoting::name(table)
            ),
        )
    }

    pub(super) fn prefix_key(table: &str, column: &str) -> Self {
        Self::local(
            format!("the primary key of {table} holds only the beginning of column {column}"),
            format!("let the primary key of {} cover whole columns", quoting::name(table)),
        )
    }

    pub(super) fn key_differs(a: &Table, b: &Table) -> Self {
        let new =
            a.primary_key.iter().filter(|name| b.column(name).is_none()).filter_map(|name| a.column(name));
        let new = new.map(|column| {
            format!(
                "add column {} {} not null",
                quoting::name(&column.name),
                remedy_type::declaration(column, b.server)
            )
        });
        let old = (!b.primary_key.is_empty()).then(|| "drop primary key".to_owned());
        let key = format!("add primary key ({})", quoting::names(a.primary_key.iter().map(String::as_str)));
        let steps: Vec<String> = old.into_iter().chain(new).chain([key]).collect();
        let cut = b.prefix_key_column.as_ref().map_or("", |_| ", of which only beginnings count");
        let of_central = if b.primary_key.is_empty() {
            "none".to_owned()
        } else {
            format!("({})", b.primary_key.join(", "))
        };
        Self::schema(
            format!(
                "the primary key of {} is ({}) in DB_A and {of_central}{cut} in DB_B",
                a.name,
                a.primary_key.join(", "),
            ),
            format!("on DB_B: alter table {} {}", quoting::name(&b.name), steps.join(", ")),
        )
    }

    pub(super) fn column_type(table: &str, column: &Column) -> Self {
        Self::local(
            format!(
                "column {}.{} has the type {}, which is not carried",
                table, column.name, column.column_type
            ),
            format!("take {table} out of SYNC_TABLES"),
        )
    }

    /// Tells of a column that DB_B calls otherwise, by all appearances.
    pub(super) fn renamed_column(table: &str, column: &Column, other: &Column) -> Self {
        let (new, old) = (&column.name, &other.name);
        Self::schema(
            format!(
                "column {table}.{new} is missing in DB_B, where {old} has the same type and no counterpart in DB_A: it was \
                 renamed, it seems (if not, add it to DB_B, and run `backhaul verify --repair`)"
            ),
            format!(
                "on DB_B: alter table {} rename column {} to {}",
                quoting::name(table),
                quoting::name(old),
                quoting::name(new)
            ),
        )
    }

    pub(super) fn missing_column(table: &str, column: &Column, central: Server) -> Self {
        Self::schema(
            format!("column {}.{} is missing in DB_B", table, column.name),
            format!(
                "on DB_B: alter table {} add column {} {}",
                quoting::name(table),
                quoting::name(&column.name),
                remedy_type::addition(column, central)
            ),
        )
    }

    pub(super) fn narrower_column(a: &Table, local: &Column, central: &Column, server: Server) -> Self {
        Self::schema(
            format!(
                "column {}.{} is {} in DB_B, which does not hold every {} of DB_A",
                a.name,
                local.name,
                describe(central),
                describe(local)
            ),
            match remedy_type::in_common(a, local, server) {
                // DB_B's engine has no such character set.
                Some(statement) if local.charset.as_deref() == Some("gb18030") => statement,
                Some(_) | None => Self::modify(a, &widened(local, central), central, server),
            },
        )
    }

    pub(super) fn other_collation(a: &Table, local: &Column, central: &Column, server: Server) -> Self {
        let name = |column: &Column| column.collation.clone().unwrap_or_default();
        Self::schema(
            format!(
                "column {}.{} is compared by {} in DB_A and by {} in DB_B, so keys may be equal on one side only",
                a.name,
                local.name,
                name(local),
                name(central)
            ),
            remedy_type::by_bytes(a, local, server)
                .filter(|_| !a.primary_key.contains(&local.name))
                .or_else(|| remedy_type::in_common(a, local, server))
                .unwrap_or_else(|| Self::modify(a, local, central, server)),
        )
    }

    pub(super) fn extra_column(table: &str, column: &Column) -> Self {
        Self::schema(
            format!(
                "column {}.{} exists in DB_B only and has no default, so no row can be inserted",
                table, column.name
            ),
            format!(
                "on DB_B: alter table {} modify column {} {} null",
                quoting::name(table),
                quoting::name(&column.name),
                describe(column)
            ),
        )
    }

    /// Writes the statement that makes DB_B's column like DB_A's.
    fn modify(a: &Table, local: &Column, central: &Column, server: Server) -> String {
        format!(
            "on DB_B: alter table {} modify column {} {}{}",
            quoting::name(&a.name),
            quoting::name(&local.name),
            remedy_type::declaration(local, server),
            if central.nullable { "" } else { " not null" }
        )
    }

    pub(super) fn generated_in_central(table: &str, column: &Column) -> Self {
        Self::schema(
            format!("column {}.{} is computed in DB_B and cannot be written", table, column.name),
            format!(
                "on DB_B: make {} an ordinary column of {}",
                quoting::name(&column.name),
                quoting::name(table)
            ),
        )
    }

    /// Tells of triggers of DB_B, by name, and what each does.
    pub(super) fn harmful_triggers(table: &str, triggers: &[(&str, String)]) -> Self {
        let what: Vec<String> = triggers.iter().map(|(name, does)| format!("{name} {does}")).collect();
        let drops: Vec<String> =
            triggers.iter().map(|(name, _)| format!("drop trigger {}", quoting::name(name))).collect();
        Self::schema(
            format!("{table} would differ because of triggers that it has in DB_B: {}", what.join("; ")),
            format!("on DB_B: {}", drops.join("; ")),
        )
    }

    pub(super) fn key_to_elsewhere(table: &str, child: &str, key: &ForeignKey) -> Self {
        Self::local(
            format!(
                "rows of {table} are changed by foreign key {} of {child}, which refers to {} in another database: \
                 no trigger of this one sees it",
                key.name, key.parent_table
            ),
            restrict(
                child,
                key,
                &key.parent_table.split_once('.').map_or_else(String::new, |(database, parent)| {
                    format!("{}.{}", quoting::name(database), quoting::name(parent))
                }),
            ),
        )
    }

    pub(super) fn too_many_cascades(table: &str, key: &ForeignKey, root: &str) -> Self {
        Self::local(
            format!(
                "foreign key {} of {table} is one of so many that cascade in circles from {root} that no trigger \
                 can follow them",
                key.name
            ),
            restrict(table, key, &quoting::name(&key.parent_table)),
        )
    }

    /// Says that changes to a table may have escaped: a trigger that captures them is not there.
    pub(crate) fn not_captured(table: &str, missing_on: &str) -> Self {
        Self::local(
            format!(
                "changes to {table} may not be captured: a trigger on {missing_on} is missing, or is not the one \
                 that the tables as they are now need"
            ),
            "run `backhaul install`, then `backhaul verify --repair`; it goes on by itself".to_owned(),
        )
    }

    pub(super) fn renaming_foreign_key(table: &str, key: &str) -> Self {
        Self::schema(
            format!(
                "foreign key {key} of {table} in DB_B changes rows by itself when what it refers to changes, \
                 and DB_A has no such key"
            ),
            format!(
                "on DB_B: create the foreign key {} of {} anew with `on update restrict`",
                quoting::name(key),
                quoting::name(table)
            ),
        )
    }

    /// Says that entries name a table that is not in `SYNC_TABLES`.
    #[must_use]
    pub fn not_selected(table: &str) -> Self {
        Self::local(
            format!("entries name table {table}, which is not in SYNC_TABLES"),
            format!(
                "add {table} to SYNC_TABLES; only if it shall never be synchronised again, delete its entries from sync_queue and run `backhaul install`, which drops its triggers"
            ),
        )
    }

    /// Says that entries name a table that DB_A does not have any more.
    #[must_use]
    pub fn gone(table: &str) -> Self {
        Self::local(
            format!(
                "entries name table {table}, which DB_A does not have any more: it was dropped or renamed"
            ),
            format!(
                "create or rename it again; or, on DB_A: delete from sync_queue where table_name = {} and sync_status <> 'SYNCED'",
                quoting::text(table)
            ),
        )
    }

    /// Says that DB_B refused a whole table, in the server's own words.
    #[must_use]
    pub fn refused_by_central(table: &str, message: &str) -> Self {
        Self::schema(
            format!("DB_B does not take table {table}: {message}"),
            format!(
                "compare what both sides answer to: show create table {}; and see the privileges of the account in \
                 CENTRAL_DATABASE_URL",
                quoting::name(table)
            ),
        )
    }
}

/// Writes the statement that makes a foreign key of DB_A restrict instead of acting by itself.
fn restrict(table: &str, key: &ForeignKey, parent: &str) -> String {
    format!(
        "on DB_A: alter table {} drop foreign key {}; alter table {} add foreign key ({}) references {parent} ({}) \
         on delete restrict on update restrict",
        quoting::name(table),
        quoting::name(&key.name),
        quoting::name(table),
        quoting::names(key.columns.iter().map(String::as_str)),
        quoting::names(key.parent_columns.iter().map(String::as_str))
    )
}

/// Gives DB_A's column as DB_B's should be: what DB_B compares by stays, where both have the same character set.
fn widened(local: &Column, central: &Column) -> Column {
    let is_alike = local.charset == central.charset;
    Column {
        collation: if is_alike { &central.collation } else { &local.collation }.clone(),
        ..local.clone()
    }
}

/// Writes a column's type with its character set and collation, as a statement would.
#[must_use]
pub fn describe(column: &Column) -> String {
    match (&column.charset, &column.collation) {
        (Some(charset), Some(collation)) => {
            format!("{} character set {charset} collate {collation}", column.column_type)
        }
        (Some(charset), None) => format!("{} character set {charset}", column.column_type),
        (_, _) => column.column_type.clone(),
    }
}
