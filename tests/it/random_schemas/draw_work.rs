//! Draws what a site does with its tables. DB_A refuses some of it, which is part of the work.

use super::schema::{Column, ForeignKey, Kind, Schema, Table};
use crate::support::dice::Dice;

/// Stands for a file that a statement writes and the next one loads.
pub const FILE: &str = "{file}";

/// Draws one operation, as the statements that carry it out.
pub fn draw(dice: &mut Dice, schema: &Schema) -> Vec<String> {
    let table = dice.pick(&schema.tables);
    match dice.roll(24) {
        0..=4 => vec![insert(dice, table, "insert")],
        5 => vec![insert(dice, table, "insert ignore")],
        6 => vec![insert(dice, table, "replace")],
        7 => vec![insert_or_update(dice, table)],
        8 => load(dice, table),
        9 | 10 => vec![update(dice, table)],
        11 => vec![shift(dice, table)],
        12 | 13 => exchange(dice, table, 2),
        14 => exchange(dice, table, 3),
        15 => vec![change_key(dice, table)],
        16 | 17 => vec![delete(dice, table)],
        18 => hand_over(dice, table),
        19 | 20 => move_children(dice, schema, table),
        21 => vec![insert_from_itself(dice, table)],
        _ => vec![refer_anew(dice, table)],
    }
}

/// Draws a value from so small a choice that keys and references often meet.
fn value(dice: &mut Dice, column: &Column) -> String {
    if column.nullable && dice.happens(25) {
        return "null".to_owned();
    }
    match column.kind {
        Kind::Counter if dice.happens(30) => "null".to_owned(),
        Kind::Number | Kind::Counter => (dice.roll(6) + 1).to_string(),
        // Most of these are equal under the first collation, and none under the second.
        Kind::Text | Kind::ExactText => {
            (*dice.pick(&["'a'", "'A'", "'ä'", "'a '", "'b'", "'B'", "'c'", "''", "'d ž😀'"])).to_owned()
        }
        Kind::Decimal => format!("{}.5", dice.roll(6)),
    }
}

fn row(dice: &mut Dice, table: &Table) -> String {
    let values: Vec<String> = table.columns.iter().map(|column| value(dice, column)).collect();
    format!("({})", values.join(", "))
}

fn insert(dice: &mut Dice, table: &Table, verb: &str) -> String {
    let rows: Vec<String> = (0..=dice.index(4)).map(|_| row(dice, table)).collect();
    format!("{verb} into {} values {}", table.name, rows.join(", "))
}

fn insert_or_update(dice: &mut Dice, table: &Table) -> String {
    let column = dice.pick(&table.columns).name.clone();
    let rows = insert(dice, table, "insert");
    format!("{rows} on duplicate key update {column} = values({column})")
}

/// Loads rows from a file, which the server itself writes first.
fn load(dice: &mut Dice, table: &Table) -> Vec<String> {
    let rows: Vec<String> = (0..=dice.index(4))
        .map(|_| format!("select {}", row(dice, table).trim_matches(['(', ')'])))
        .collect();
    let verb = dice.pick(&["ignore", "replace", ""]);
    vec![
        format!("{} into outfile '{FILE}' character set utf8mb4", rows.join(" union all ")),
        format!("load data infile '{FILE}' {verb} into table {} character set utf8mb4", table.name),
    ]
}

/// Draws which rows are meant: mostly one, sometimes several.
fn condition(dice: &mut Dice, table: &Table) -> String {
    let key = table.key();
    match dice.roll(6) {
        0 => format!("{} <= {}", key[0].name, literal(dice, &key[0])),
        1 => {
            let column = dice.pick(&table.columns);
            format!("{} = {}", column.name, literal(dice, column))
        }
        _ => {
            let parts: Vec<String> =
                key.iter().map(|column| format!("{} = {}", column.name, literal(dice, column))).collect();
            parts.join(" and ")
        }
    }
}

/// Draws a value that is not NULL.
fn literal(dice: &mut Dice, column: &Column) -> String {
    let kind = column.kind.referring();
    value(dice, &Column { name: String::new(), kind, nullable: false })
}

fn update(dice: &mut Dice, table: &Table) -> String {
    let column = dice.pick(&table.columns);
    let (value, rows) = (value(dice, column), condition(dice, table));
    format!("update {} set {} = {value} where {rows}", table.name, column.name)
}

/// Moves a whole column by one, under a unique key if there is one.
fn shift(dice: &mut Dice, table: &Table) -> String {
    let numbers: Vec<&Column> =
        table.columns.iter().filter(|column| column.kind.referring() == Kind::Number).collect();
    if numbers.is_empty() {
        return update(dice, table);
    }
    let column = &dice.pick(&numbers).name;
    let (sign, order) = *dice.pick(&[('+', "desc"), ('-', "asc")]);
    format!("update {} set {column} = {column} {sign} 1 order by {column} {order}", table.name)
}

/// Lets rows exchange the values of a key in a circle: each gets the next one's, by way of a value set aside.
fn exchange(dice: &mut Dice, table: &Table, rows: usize) -> Vec<String> {
    let mut choices: Vec<Vec<String>> = table.unique_keys.iter().map(|key| key.columns.clone()).collect();
    choices.push(table.key_names());
    let columns = dice.pick(&choices).clone();
    let places: Vec<String> = (0..rows).map(|_| exactly_one(dice, table)).collect();
    let mut remember = Vec::new();
    for (number, place) in places.iter().enumerate() {
        for (position, column) in columns.iter().enumerate() {
            remember.push(format!(
                "@v{number}_{position} = (select {column} from {} where {place} limit 1)",
                table.name
            ));
        }
    }
    let mut statements = vec![format!("set {}", remember.join(", "))];
    let aside: Vec<(String, String)> =
        columns.iter().map(|name| (name.clone(), aside(table.column(name)).to_owned())).collect();
    let set = |pairs: &[(String, String)], place: &str| {
        let list: Vec<String> = pairs.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        format!("update {} set {} where {place}", table.name, list.join(", "))
    };
    let values_of = |number: usize| -> Vec<(String, String)> {
        columns.iter().enumerate().map(|(at, name)| (name.clone(), format!("@v{number}_{at}"))).collect()
    };
    statements.push(set(&aside, &places[0]));
    for (number, place) in places.iter().enumerate().skip(1) {
        statements.push(set(&values_of(number - 1), place));
    }
    let is_primary = columns == table.key_names();
    let found: Vec<String> = aside.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let last = if is_primary { found.join(" and ") } else { places[0].clone() };
    statements.push(set(&values_of(rows - 1), &last));
    statements
}

fn aside(column: &Column) -> &'static str {
    match column.kind {
        Kind::Number | Kind::Counter => "99",
        Kind::Text | Kind::ExactText => "'aside'",
        Kind::Decimal => "99.5",
    }
}

fn exactly_one(dice: &mut Dice, table: &Table) -> String {
    let parts: Vec<String> =
        table.key().iter().map(|column| format!("{} = {}", column.name, literal(dice, column))).collect();
    parts.join(" and ")
}

fn change_key(dice: &mut Dice, table: &Table) -> String {
    let sets: Vec<String> = table
        .key()
        .iter()
        .map(|column| {
            let value = if dice.happens(50) { literal(dice, column) } else { aside(column).to_owned() };
            format!("{} = {value}", column.name)
        })
        .collect();
    format!("update {} set {} where {}", table.name, sets.join(", "), exactly_one(dice, table))
}

fn delete(dice: &mut Dice, table: &Table) -> String {
    format!("delete from {} where {}", table.name, condition(dice, table))
}

/// Deletes a row and gives all its values but the key to a new one.
fn hand_over(dice: &mut Dice, table: &Table) -> Vec<String> {
    let old = exactly_one(dice, table);
    let mut values: Vec<String> = table.key().iter().map(|column| literal(dice, column)).collect();
    let mut remember = Vec::new();
    for (number, column) in table.columns.iter().enumerate().skip(table.key_length) {
        remember
            .push(format!("@h{number} = (select {} from {} where {old} limit 1)", column.name, table.name));
        values.push(format!("@h{number}"));
    }
    vec![
        format!("set {}", remember.join(", ")),
        format!("delete from {} where {old}", table.name),
        format!("insert into {} values ({})", table.name, values.join(", ")),
    ]
}

/// Gives the children of a row to another one, and deletes it.
fn move_children(dice: &mut Dice, schema: &Schema, parent: &Table) -> Vec<String> {
    let from: Vec<String> = parent.key().iter().map(|column| literal(dice, column)).collect();
    let to: Vec<String> = parent.key().iter().map(|column| literal(dice, column)).collect();
    let mut statements = Vec::new();
    for table in &schema.tables {
        for key in table.foreign_keys.iter().filter(|key| key.parent == parent.name) {
            let (set, place) = (assign(key, &to, ", "), assign(key, &from, " and "));
            statements.push(format!("update {} set {set} where {place}", table.name));
        }
    }
    let key: Vec<String> =
        parent.key().iter().zip(&from).map(|(column, value)| format!("{} = {value}", column.name)).collect();
    statements.push(format!("delete from {} where {}", parent.name, key.join(" and ")));
    statements
}

fn assign(key: &ForeignKey, values: &[String], between: &str) -> String {
    let pairs: Vec<String> =
        key.columns.iter().zip(values).map(|(name, value)| format!("{name} = {value}")).collect();
    pairs.join(between)
}

/// Copies rows of the table under keys of their own.
fn insert_from_itself(dice: &mut Dice, table: &Table) -> String {
    let mut fresh = true;
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            // One column of the key must change; any other value may stay if no unique key forbids it.
            if !fresh && !dice.happens(30) {
                return column.name.clone();
            }
            fresh = false;
            match column.kind {
                Kind::Number | Kind::Counter => format!("{} + 6", column.name),
                Kind::Text | Kind::ExactText => format!("concat({}, 'x')", column.name),
                Kind::Decimal => format!("{} + 0.25", column.name),
            }
        })
        .collect();
    let rows = condition(dice, table);
    format!("insert ignore into {0} select {1} from {0} where {rows}", table.name, columns.join(", "))
}

/// Lets rows refer to another parent; a table without parents gets new values.
fn refer_anew(dice: &mut Dice, table: &Table) -> String {
    if table.foreign_keys.is_empty() {
        return update(dice, table);
    }
    let key = dice.pick(&table.foreign_keys);
    let values: Vec<String> = key.columns.iter().map(|name| value(dice, table.column(name))).collect();
    format!("update {} set {} where {}", table.name, assign(key, &values, ", "), condition(dice, table))
}
