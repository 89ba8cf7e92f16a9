//! Draws what a site does with its tables. DB_A refuses some of it, which is part of the work.

use super::schema::{Column, Kind, Schema, Table};
use crate::support::dice::Dice;

/// Stands for a file that a statement writes and the next one loads.
pub const FILE: &str = "{file}";

/// Draws one operation, as the statements that carry it out.
pub fn draw(dice: &mut Dice, schema: &Schema) -> Vec<String> {
    let table = dice.pick(&schema.tables);
    match dice.roll(26) {
        0..=4 => vec![insert(dice, table, "insert")],
        5 => vec![insert(dice, table, "insert ignore")],
        6 => vec![insert(dice, table, "replace")],
        7 => vec![insert_or_update(dice, table)],
        8 => load(dice, table),
        9 | 10 => vec![update(dice, table)],
        11 => vec![shift(dice, table)],
        12 | 13 | 24 | 25 => {
            let rows = 2 + dice.index(2);
            exchange(dice, table, rows)
        }
        14 | 15 => change_key(dice, table),
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
        Kind::PlainText => (*dice.pick(&["'a'", "'b'", "'c'", "''", "'d ž😀'", "'e'"])).to_owned(),
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

/// Rows that are there, remembered by their keys in variables of the session.
struct Picked {
    /// The statement that remembers them.
    remember: String,
    /// For each row, the variables that hold its key.
    keys: Vec<Vec<String>>,
    /// For each row, the condition that finds it.
    places: Vec<String>,
}

/// Picks neighbouring rows that exist, if there are so many.
fn pick(dice: &mut Dice, table: &Table, rows: usize) -> Picked {
    let first = dice.index(3);
    let (names, mut all, mut keys, mut places) = (table.key_names(), Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows {
        let variables: Vec<String> = (0..names.len()).map(|at| format!("@key{row}_{at}")).collect();
        for (variable, name) in variables.iter().zip(&names) {
            let order = names.join(", ");
            all.push(format!(
                "{variable} = (select {name} from {} order by {order} limit 1 offset {})",
                table.name,
                first + row
            ));
        }
        places.push(pairs(&names, &variables, " and "));
        keys.push(variables);
    }
    Picked { remember: format!("set {}", all.join(", ")), keys, places }
}

fn pairs(names: &[String], values: &[String], between: &str) -> String {
    let all: Vec<String> =
        names.iter().zip(values).map(|(name, value)| format!("{name} = {value}")).collect();
    all.join(between)
}

/// Lets rows exchange the values of a key in a circle: each gets the next one's, by way of a value set aside.
fn exchange(dice: &mut Dice, table: &Table, rows: usize) -> Vec<String> {
    let mut choices: Vec<Vec<String>> = table.unique_keys.iter().map(|key| key.columns.clone()).collect();
    if choices.is_empty() || dice.happens(30) {
        choices = vec![table.key_names()];
    }
    let columns = dice.pick(&choices).clone();
    let picked = pick(dice, table, rows);
    let values: Vec<Vec<String>> =
        (0..rows).map(|row| (0..columns.len()).map(|at| format!("@value{row}_{at}")).collect()).collect();
    let mut remember = Vec::new();
    for (values, place) in values.iter().zip(&picked.places) {
        for (value, column) in values.iter().zip(&columns) {
            remember.push(format!("{value} = (select {column} from {} where {place})", table.name));
        }
    }
    let aside: Vec<String> = columns.iter().map(|name| aside(table.column(name)).to_owned()).collect();
    let give = |values: &[String], place: &str| {
        format!("update {} set {} where {place}", table.name, pairs(&columns, values, ", "))
    };
    let mut statements = vec![picked.remember, format!("set {}", remember.join(", "))];
    statements.push(give(&aside, &picked.places[0]));
    for row in 1..rows {
        statements.push(give(&values[row - 1], &picked.places[row]));
    }
    // A row whose own key was set aside is found by that.
    let moved_key = columns == table.key_names();
    let last = if moved_key { pairs(&columns, &aside, " and ") } else { picked.places[0].clone() };
    statements.push(give(&values[rows - 1], &last));
    statements
}

fn aside(column: &Column) -> &'static str {
    match column.kind {
        Kind::Number | Kind::Counter => "99",
        Kind::Text | Kind::ExactText | Kind::PlainText => "'aside'",
        Kind::Decimal => "99.5",
    }
}

fn change_key(dice: &mut Dice, table: &Table) -> Vec<String> {
    let picked = pick(dice, table, 1);
    let values: Vec<String> = table
        .key()
        .iter()
        .map(|column| if dice.happens(50) { literal(dice, column) } else { aside(column).to_owned() })
        .collect();
    let set = pairs(&table.key_names(), &values, ", ");
    vec![picked.remember, format!("update {} set {set} where {}", table.name, picked.places[0])]
}

fn delete(dice: &mut Dice, table: &Table) -> String {
    format!("delete from {} where {}", table.name, condition(dice, table))
}

/// Deletes a row and gives all its values but the key to a new one.
fn hand_over(dice: &mut Dice, table: &Table) -> Vec<String> {
    let picked = pick(dice, table, 1);
    let old = &picked.places[0];
    let mut values: Vec<String> = table.key().iter().map(|column| literal(dice, column)).collect();
    let mut remember = Vec::new();
    for (number, column) in table.columns.iter().enumerate().skip(table.key_length) {
        remember.push(format!("@value{number} = (select {} from {} where {old})", column.name, table.name));
        values.push(format!("@value{number}"));
    }
    let delete = format!("delete from {} where {old}", table.name);
    let insert = format!("insert into {} values ({})", table.name, values.join(", "));
    vec![picked.remember, format!("set {}", remember.join(", ")), delete, insert]
}

/// Gives the children of a row to another one, and deletes it.
fn move_children(dice: &mut Dice, schema: &Schema, parent: &Table) -> Vec<String> {
    let picked = pick(dice, parent, 2);
    let (from, to) = if dice.happens(50) { (0, 1) } else { (1, 0) };
    let mut statements = vec![picked.remember];
    for table in &schema.tables {
        for key in table.foreign_keys.iter().filter(|key| key.parent == parent.name) {
            let set = pairs(&key.columns, &picked.keys[to], ", ");
            let place = pairs(&key.columns, &picked.keys[from], " and ");
            statements.push(format!("update {} set {set} where {place}", table.name));
        }
    }
    statements.push(format!("delete from {} where {}", parent.name, picked.places[from]));
    statements
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
                Kind::Text | Kind::ExactText | Kind::PlainText => format!("concat({}, 'x')", column.name),
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
    let set = pairs(&key.columns, &values, ", ");
    format!("update {} set {set} where {}", table.name, condition(dice, table))
}
