//! Draws a schema: a few tables, with keys of all sorts between them.

use super::schema::{Action, Actions, Column, ForeignKey, Kind, Schema, Table, UniqueKey};
use crate::support::dice::Dice;

/// What there may be besides foreign keys that refuse, and one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// Tables that refer to themselves.
    SelfReferences,
    /// Tables that refer to each other.
    Circles,
    /// Foreign keys of DB_A that cascade or set null.
    ActingInLocal,
    /// Foreign keys of DB_B that do.
    ActingInCentral,
    /// Keys that one row after another spells in other ways, equal under the collation.
    Spellings,
    /// Transactions of another session that commit late.
    LateTransactions,
}

/// Draws a schema.
pub fn draw(dice: &mut Dice, features: &[Feature]) -> Schema {
    let mut tables: Vec<Table> = Vec::new();
    for number in 0..=dice.index(4) {
        let table = draw_table(dice, features, number, &tables);
        tables.push(table);
    }
    if features.contains(&Feature::Circles) {
        draw_circles(dice, features, &mut tables);
    }
    for table in &mut tables {
        draw_unique_keys(dice, table);
    }
    Schema { tables }
}

fn draw_table(dice: &mut Dice, features: &[Feature], number: usize, earlier: &[Table]) -> Table {
    let mut table = Table {
        name: format!("t{number}"),
        columns: Vec::new(),
        key_length: 0,
        unique_keys: Vec::new(),
        foreign_keys: Vec::new(),
    };
    // A line of an order: its key begins with that of its parent.
    let owner = if dice.happens(25) { earlier.last() } else { None };
    match owner {
        Some(parent) => {
            refer(dice, features, &mut table, parent, false);
            table.columns.push(column("line", Kind::Number, false));
        }
        None => table.columns.extend(draw_key(dice, features)),
    }
    table.key_length = table.columns.len();
    for number in 0..=dice.index(3) {
        let kind = *dice.pick(&[Kind::Number, Kind::Number, Kind::Text, Kind::ExactText, Kind::Decimal]);
        table.columns.push(column(&format!("v{number}"), kind, dice.happens(50)));
    }
    let owner = owner.map(|parent| parent.name.clone());
    for parent in earlier.iter().filter(|parent| Some(&parent.name) != owner.as_ref()) {
        if dice.happens(45) {
            let nullable = dice.happens(60);
            refer(dice, features, &mut table, parent, nullable);
        }
    }
    if features.contains(&Feature::SelfReferences) && dice.happens(35) {
        let parent = table.clone();
        refer(dice, features, &mut table, &parent, true);
    }
    table
}

fn draw_key(dice: &mut Dice, features: &[Feature]) -> Vec<Column> {
    let text = |kind| if features.contains(&Feature::Spellings) { kind } else { Kind::PlainText };
    match dice.roll(8) {
        0..=2 => vec![column("id", Kind::Number, false)],
        3 => vec![column("id", Kind::Counter, false)],
        4 => vec![column("code", text(Kind::Text), false)],
        5 => vec![column("code", text(Kind::ExactText), false)],
        6 => vec![column("a", Kind::Number, false), column("b", Kind::Number, false)],
        _ => vec![column("code", text(Kind::Text), false), column("n", Kind::Number, false)],
    }
}

fn column(name: &str, kind: Kind, nullable: bool) -> Column {
    Column { name: name.to_owned(), kind, nullable }
}

/// Adds columns to `table` that refer to the primary key of `parent`.
fn refer(dice: &mut Dice, features: &[Feature], table: &mut Table, parent: &Table, nullable: bool) {
    let (from, to) = (&table.name, &parent.name);
    let name = format!("{from}_{to}");
    let columns: Vec<Column> = parent
        .key()
        .iter()
        .map(|key| column(&format!("{to}_{}", key.name), key.kind.referring(), nullable))
        .collect();
    let to_itself = from == to;
    let local = draw_actions(dice, features.contains(&Feature::ActingInLocal), nullable, to_itself);
    let central = draw_actions(dice, features.contains(&Feature::ActingInCentral), nullable, to_itself);
    table.foreign_keys.push(ForeignKey {
        name,
        columns: columns.iter().map(|column| column.name.clone()).collect(),
        parent: to.clone(),
        parent_columns: parent.key_names(),
        local,
        central: dice.happens(90).then_some(central),
    });
    table.columns.extend(columns);
}

fn draw_actions(dice: &mut Dice, may_act: bool, nullable: bool, to_itself: bool) -> Actions {
    let mut action = || match dice.roll(6) {
        0 | 1 if may_act => Action::Cascade,
        2 if may_act && nullable => Action::SetNull,
        _ => Action::Restrict,
    };
    // An update that cascades back into the table it came from is refused by the servers.
    (action(), if to_itself { Action::Restrict } else { action() })
}

fn draw_circles(dice: &mut Dice, features: &[Feature], tables: &mut [Table]) {
    for number in 0..tables.len() {
        for later in number + 1..tables.len() {
            if dice.happens(20) {
                let parent = tables[later].clone();
                refer(dice, features, &mut tables[number], &parent, true);
            }
        }
    }
}

fn draw_unique_keys(dice: &mut Dice, table: &mut Table) {
    for _ in 0..*dice.pick(&[0, 1, 1, 2]) {
        let first = dice.pick(&table.columns).name.clone();
        let second = dice.pick(&table.columns).name.clone();
        let columns = if first == second || dice.happens(60) { vec![first] } else { vec![first, second] };
        if columns != table.key_names() && table.unique_keys.iter().all(|key| key.columns != columns) {
            table.unique_keys.push(UniqueKey { columns, in_central: dice.happens(90) });
        }
    }
}
