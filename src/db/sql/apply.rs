//! Statements that make DB_B equal to DB_A, and the fence before them.

use super::{quoting, rows};
use crate::db::mapping::TableMapping;
use crate::models::literals::Literals;

/// Raises an error on both engines when it is evaluated: 1242, more than one row where one is expected.
/// As an operand of `if` it is evaluated only when chosen.
pub(super) const RAISE: &str = "(select 1 union select 2)";

/// How long DB_B waits for the batch before one that came early, in seconds, look by look.
const LOOKS: [&str; 4] = ["0.02", "0.05", "0.1", "0.1"];

/// How often it looks so.
const ROUNDS_OF_LOOKS: usize = 8;

/// What the fence writes to the ledger, and what it must find there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// This site.
    pub site_id: String,
    /// The generation set when this process last settled.
    pub generation: String,
    /// The token the ledger must show.
    pub previous_token: String,
    /// The token of this batch.
    pub token: String,
    /// The number of this batch, for people.
    pub number: u64,
}

/// Begins a transaction cleanly: after an error, `start transaction` would commit the remains.
pub const BEGIN: [&str; 2] = ["rollback", "set foreign_key_checks = 1"];

impl Fence {
    /// Locks this site's ledger row and writes the token; fails unless generation and previous token stand there.
    #[must_use]
    pub fn enter(&self) -> [String; 2] {
        let update = format!(
            "update sync_sites set last_token = {}, last_batch = {}, last_applied_at = utc_timestamp(6) \
             where site_id = {} and generation = {} and last_token = {}",
            quoting::text(&self.token),
            self.number,
            quoting::text(&self.site_id),
            quoting::text(&self.generation),
            quoting::text(&self.previous_token),
        );
        [update, raise_unless_one_row()]
    }

    /// Fails unless this transaction's own fence still stands; a deadlock may have rolled it back unseen.
    #[must_use]
    pub fn check(&self) -> String {
        format!(
            "select if((select last_token from sync_sites where site_id = {}) = {}, 1, {RAISE})",
            quoting::text(&self.site_id),
            quoting::text(&self.token),
        )
    }

    /// Replaces the token of this transaction by that of `next`, when records were set aside.
    #[must_use]
    pub fn exchange(&self, next: &Self) -> [String; 2] {
        let update = format!(
            "update sync_sites set last_token = {}, last_batch = {} where site_id = {} and last_token = {}",
            quoting::text(&next.token),
            next.number,
            quoting::text(&self.site_id),
            quoting::text(&self.token),
        );
        [update, raise_unless_one_row()]
    }

    /// Waits until the ledger shows the previous token, for about two seconds: for a batch on another connection that may
    /// arrive later although it was sent before. Whether it came is for the fence to find out.
    ///
    /// Each look waits for a transaction that holds the ledger's row, and keeps nothing locked.
    #[must_use]
    pub fn wait_for_previous(&self) -> Vec<String> {
        let look = format!(
            "set @early = if(@early, (select last_token <> {} from sync_sites where site_id = {} lock in share mode), 0)",
            quoting::text(&self.previous_token),
            quoting::text(&self.site_id),
        );
        let mut statements = vec!["rollback".to_owned(), "set @early = 1".to_owned()];
        for pause in LOOKS.iter().cycle().take(LOOKS.len() * ROUNDS_OF_LOOKS) {
            statements.push(look.clone());
            statements.push("rollback".to_owned());
            statements.push(format!("do if(@early, sleep({pause}), 0)"));
        }
        statements
    }
}

fn raise_unless_one_row() -> String {
    format!("select if(row_count() = 1, 1, {RAISE})")
}

/// Inserts rows, or updates those whose primary key exists.
///
/// The statement is appended to `sql`.
///
/// `on duplicate key update` may answer for *any* unique key; unless the row that answered has the
/// primary key that was meant, the statement fails with 1242 instead of changing another record.
pub fn push_upsert<'a>(table: &TableMapping, all: impl Iterator<Item = &'a Literals>, sql: &mut String) {
    sql.push_str(&insert_into(table));
    sql.push_str(" values");
    for (position, row) in all.enumerate() {
        sql.push_str(if position == 0 { "\n(" } else { ",\n(" });
        sql.push_str(row.as_list());
        sql.push(')');
    }
    sql.push('\n');
    sql.push_str(&or_update(table));
}

/// Writes the beginning of an upsert, up to where the rows come from.
pub(super) fn insert_into(table: &TableMapping) -> String {
    let columns = quoting::names(table.columns.iter().map(|column| column.name.as_str()));
    format!("insert into {} ({columns})", quoting::name(&table.name))
}

/// Writes the end of an upsert, behind the rows.
pub(super) fn or_update(table: &TableMapping) -> String {
    format!("on duplicate key update {}", assignments(table))
}

/// Gives the statement of [`push_upsert`].
#[must_use]
pub fn upsert<'a>(table: &TableMapping, all: impl Iterator<Item = &'a Literals>) -> String {
    let mut sql = String::new();
    push_upsert(table, all, &mut sql);
    sql
}

fn assignments(table: &TableMapping) -> String {
    let meant: Vec<String> = table
        .key_names()
        .map(|key| {
            let key = quoting::name(key);
            format!("{}.{key} = values({key})", quoting::name(&table.name))
        })
        .collect();
    let guarded = table.key_columns.first().copied();
    let assign = |(index, column): (usize, &crate::db::mapping::MappedColumn)| {
        let column = quoting::name(&column.name);
        if Some(index) == guarded {
            // The inner `if` is of whole numbers: MariaDB mixes a UUID with nothing else.
            format!("{column} = if(if({}, 1, {RAISE}), values({column}), null)", meant.join(" and "))
        } else {
            format!("{column} = values({column})")
        }
    };
    // The guard comes first: assignments are carried out from left to right, and it compares the old key.
    let (key, rest): (Vec<_>, Vec<_>) =
        table.columns.iter().enumerate().partition(|(index, _)| Some(*index) == guarded);
    key.into_iter().chain(rest).map(assign).collect::<Vec<_>>().join(", ")
}

/// Deletes the rows with these keys; a row that is not there is no error.
#[must_use]
pub fn delete(table: &TableMapping, keys: &[Vec<String>]) -> String {
    format!("delete from {} where {}", quoting::name(&table.name), rows::key_condition(table, keys))
}

/// Fails unless all rows with these keys exist.
#[must_use]
pub fn check_all_exist(table: &TableMapping, keys: &[Vec<String>]) -> String {
    format!(
        "select if((select count(*) from {} where {}) = {}, 1, {RAISE})",
        quoting::name(&table.name),
        rows::key_condition(table, keys),
        keys.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::mapping::{MappedColumn, ValueForm};

    fn seats() -> TableMapping {
        let column = |name: &str| MappedColumn { name: name.to_owned(), form: ValueForm::Digits };
        TableMapping {
            name: "seats".to_owned(),
            columns: ["note", "hall", "se`at"].map(column).into(),
            key_columns: vec![1, 2],
            ..TableMapping::default()
        }
    }

    fn fence() -> Fence {
        Fence {
            site_id: "S".into(),
            generation: "G".into(),
            previous_token: "P".into(),
            token: "T".into(),
            number: 7,
        }
    }

    #[test]
    fn an_upsert_changes_only_the_record_that_was_meant() {
        let row: Literals = ["null", "3", "7"].map(str::to_owned).into_iter().collect();
        insta::assert_snapshot!(upsert(&seats(), [&row].into_iter()), @r"
        insert into `seats` (`note`, `hall`, `se``at`) values
        (null,3,7)
        on duplicate key update `hall` = if(if(`seats`.`hall` = values(`hall`) and `seats`.`se``at` = values(`se``at`), 1, (select 1 union select 2)), values(`hall`), null), `note` = values(`note`), `se``at` = values(`se``at`)
        ");
    }

    #[test]
    fn a_delete_names_composite_keys_whole() {
        let keys = [vec!["3".to_owned(), "7".to_owned()], vec!["3".to_owned(), "8".to_owned()]];
        insta::assert_snapshot!(delete(&seats(), &keys), @"delete from `seats` where (`hall` = 3 and `se``at` = 7) or (`hall` = 3 and `se``at` = 8)");
    }

    #[test]
    fn each_look_for_the_batch_before_leaves_nothing_locked() {
        let statements = fence().wait_for_previous();
        let pauses = statements
            .iter()
            .filter_map(|sql| sql.strip_prefix("do if(@early, sleep(")?.strip_suffix("), 0)"));
        let longest: f64 = pauses.map(|pause| pause.parse::<f64>().unwrap()).sum();
        assert!((1.5..2.5).contains(&longest), "{longest} s");
        insta::assert_snapshot!(statements[..5].join(";\n"), @r"
        rollback;
        set @early = 1;
        set @early = if(@early, (select last_token <> 'P' from sync_sites where site_id = 'S' lock in share mode), 0);
        rollback;
        do if(@early, sleep(0.02), 0)
        ");
    }

    #[test]
    fn the_fence_fails_unless_it_touched_this_sites_row() {
        insta::assert_snapshot!(fence().enter().join(";\n"), @r"
        update sync_sites set last_token = 'T', last_batch = 7, last_applied_at = utc_timestamp(6) where site_id = 'S' and generation = 'G' and last_token = 'P';
        select if(row_count() = 1, 1, (select 1 union select 2))
        ");
        insta::assert_snapshot!(fence().check(), @"select if((select last_token from sync_sites where site_id = 'S') = 'T', 1, (select 1 union select 2))");
    }
}
