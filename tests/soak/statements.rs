//! Draws what the writers do. DB_A refuses some of it, which is part of the work.
//!
//! Each write gives the record a version that no other write has; what foreign keys do by themselves keeps it.

use crate::support::dice::Dice;

/// A number that no other call gives, not even in another row of the same statement.
const VERSION: &str = "uuid_short()";

const PEOPLE: u64 = 60;
const SALES: u64 = 120;
const PLACES: u64 = 40;
const NOTES: u64 = 40;

/// Most characters of a note; half of that is a wide row.
const LONGEST_NOTE: u64 = 4_000;

/// Draws the statements of one transaction.
pub fn transaction(dice: &mut Dice) -> Vec<String> {
    let length = if dice.happens(60) { 1 } else { 2 + dice.index(5) };
    (0..length).flat_map(|_| operation(dice)).collect()
}

fn operation(dice: &mut Dice) -> Vec<String> {
    match dice.roll(20) {
        0..=2 => vec![insert(dice)],
        3..=5 => vec![update(dice)],
        6 => vec![upsert(dice)],
        7 => vec![replace(dice)],
        8 | 9 => swap(dice),
        10 => rotate(dice),
        11 | 12 => vec![change_key(dice)],
        13 | 14 => vec![hand_over(dice)],
        15 | 16 => vec![delete(dice)],
        17 => vec![many_rows(dice)],
        18 => vec![two_tables(dice)],
        _ => delete_and_reuse(dice),
    }
}

fn person(dice: &mut Dice) -> u64 {
    dice.roll(PEOPLE) + 1
}

fn sale(dice: &mut Dice) -> u64 {
    dice.roll(SALES) + 1
}

fn place(dice: &mut Dice) -> u64 {
    dice.roll(PLACES) + 1
}

/// Spells a shop's key in one of two ways that are one key.
fn shop(dice: &mut Dice) -> String {
    let code = format!("{}{}", dice.pick(&["ab", "cd", "ef"]), dice.roll(6));
    if dice.happens(30) { code.to_uppercase() } else { code }
}

fn or_null(dice: &mut Dice, percent: u64, text: String) -> String {
    if dice.happens(percent) { "null".to_owned() } else { text }
}

/// Draws a row of people, the key included.
fn person_row(dice: &mut Dice) -> String {
    let (id, email) = (person(dice), dice.roll(90));
    let (nick, badge) = (dice.roll(80), dice.roll(80));
    let nick = or_null(dice, 30, format!("'n{nick}'"));
    let badge = or_null(dice, 30, badge.to_string());
    let shop = shop(dice);
    let shop = or_null(dice, 40, format!("'{shop}'"));
    let boss = person(dice);
    let boss = or_null(dice, 50, boss.to_string());
    format!("({id}, 'e{email}@x', {nick}, {badge}, {shop}, {boss}, {VERSION})")
}

const PERSON_COLUMNS: &str = "(id, email, nick, badge, shop, boss, version)";

fn insert(dice: &mut Dice) -> String {
    match dice.roll(7) {
        0 => format!("insert into shops values ('{}', 'shop {}', {VERSION})", shop(dice), dice.roll(40)),
        1 | 2 => {
            let rows: Vec<String> = (0..=dice.index(3)).map(|_| person_row(dice)).collect();
            format!("insert ignore into people {PERSON_COLUMNS} values {}", rows.join(", "))
        }
        3 => {
            let id = sale(dice);
            let id = or_null(dice, 20, id.to_string());
            format!(
                "insert into sales (id, person, amount, note, version) values ({id}, {}, {}, repeat('x', {}), {VERSION})",
                person(dice),
                dice.roll(10_000),
                dice.roll(400)
            )
        }
        4 => format!(
            "insert ignore into sale_lines select id, {}, concat('a', {}), {VERSION} from sales where id % 7 = {}",
            dice.roll(4),
            dice.roll(5),
            dice.roll(7)
        ),
        5 => {
            let (id, parent, spot) = (place(dice), place(dice), dice.roll(PLACES * 2));
            let parent = or_null(dice, 40, parent.to_string());
            let spot = or_null(dice, 30, spot.to_string());
            format!("insert into tree values ({id}, {parent}, {spot}, {VERSION})")
        }
        _ => format!(
            "insert into notes values ('k{}', repeat('y', {}), {VERSION})",
            dice.roll(NOTES),
            dice.roll(LONGEST_NOTE)
        ),
    }
}

fn update(dice: &mut Dice) -> String {
    match dice.roll(6) {
        0 => format!(
            "update shops set name = 'shop {}', version = {VERSION} where code = '{}'",
            dice.roll(40),
            shop(dice)
        ),
        1 => {
            let (number, id) = (dice.roll(80), person(dice));
            let set = match dice.roll(3) {
                0 => format!("email = 'e{number}@x'"),
                1 => format!("nick = {}", or_null(dice, 30, format!("'n{number}'"))),
                _ => format!("badge = {}", or_null(dice, 30, number.to_string())),
            };
            format!("update people set {set}, version = {VERSION} where id = {id}")
        }
        2 => format!(
            "update sales set amount = {}, version = {VERSION} where id = {}",
            dice.roll(9_999),
            sale(dice)
        ),
        3 => format!(
            "update tree set place = {}, version = {VERSION} where id = {}",
            dice.roll(PLACES * 2),
            place(dice)
        ),
        4 => format!(
            "update sale_lines set article = concat('b', {}), version = {VERSION} where sale = {} limit 1",
            dice.roll(9),
            sale(dice)
        ),
        _ => {
            let (length, note) = (dice.roll(LONGEST_NOTE), dice.roll(NOTES));
            // All whose number begins so, now and then: many wide rows at once go as data.
            let which =
                if dice.happens(30) { format!("like 'k{}%'", note / 10) } else { format!("= 'k{note}'") };
            format!("update notes set text = repeat('z', {length}), version = {VERSION} where id {which}")
        }
    }
}

fn upsert(dice: &mut Dice) -> String {
    if dice.happens(50) {
        return format!(
            "insert into notes values ('k{}', 'first', {VERSION}) on duplicate key update text = concat(left(text, 500), '+'), version = {VERSION}",
            dice.roll(NOTES)
        );
    }
    format!(
        "insert into people {PERSON_COLUMNS} values {} on duplicate key update badge = values(badge), shop = values(shop), version = {VERSION}",
        person_row(dice)
    )
}

fn replace(dice: &mut Dice) -> String {
    match dice.roll(3) {
        0 => format!("replace into people {PERSON_COLUMNS} values {}", person_row(dice)),
        1 => format!("replace into notes values ('k{}', 'replaced', {VERSION})", dice.roll(NOTES)),
        _ => {
            let (id, spot) = (place(dice), dice.roll(PLACES * 2));
            format!("replace into tree values ({id}, null, {spot}, {VERSION})")
        }
    }
}

/// Exchanges a unique value between two records, through NULL or a value of its own.
fn swap(dice: &mut Dice) -> Vec<String> {
    let (table, column, key, between, one, other) = match dice.roll(3) {
        0 => (
            "people",
            "email",
            "id",
            "concat('between ', id)",
            person(dice).to_string(),
            person(dice).to_string(),
        ),
        1 => ("people", "nick", "id", "null", person(dice).to_string(), person(dice).to_string()),
        _ => ("tree", "place", "id", "null", place(dice).to_string(), place(dice).to_string()),
    };
    if one == other {
        return Vec::new();
    }
    vec![
        format!(
            "set @one = null, @other = null; select {column} into @one from {table} where {key} = {one}; \
                 select {column} into @other from {table} where {key} = {other}"
        ),
        format!(
            "update {table} set {column} = {between}, version = {VERSION} where {key} = {one} and @one is not null and @other is not null"
        ),
        format!(
            "update {table} set {column} = @one, version = {VERSION} where {key} = {other} and @one is not null and @other is not null"
        ),
        format!(
            "update {table} set {column} = @other, version = {VERSION} where {key} = {one} and @one is not null and @other is not null"
        ),
    ]
}

/// Moves the places of a whole tree, or the badges of many people, by one.
fn rotate(dice: &mut Dice) -> Vec<String> {
    let (table, column) = *dice.pick(&[("tree", "place"), ("people", "badge")]);
    let (first, last) = (dice.roll(30), 30 + dice.roll(40));
    vec![
        format!(
            "set @low = null; select min({column}) into @low from {table} where {column} between {first} and {last}"
        ),
        format!(
            "update {table} set {column} = {column} + 1000, version = {VERSION} where {column} between {first} and {last}"
        ),
        format!(
            "update {table} set {column} = (case when {column} = 1000 + {last} then @low else {column} - 999 end), version = {VERSION} \
             where {column} >= 1000 and {column} <= 1000 + {last} order by {column} desc"
        ),
        format!("update {table} set {column} = null, version = {VERSION} where {column} >= 1000"),
    ]
}

fn change_key(dice: &mut Dice) -> String {
    match dice.roll(4) {
        0 => format!(
            "update shops set code = '{}', version = {VERSION} where code = '{}'",
            shop(dice),
            shop(dice)
        ),
        1 => format!(
            "update people set id = {}, version = {VERSION} where id = {}",
            person(dice),
            person(dice)
        ),
        2 => format!("update sales set id = {}, version = {VERSION} where id = {}", sale(dice), sale(dice)),
        _ => format!(
            "update notes set id = 'k{}', version = {VERSION} where id = 'k{}'",
            dice.roll(NOTES),
            dice.roll(NOTES)
        ),
    }
}

/// Gives records another parent.
fn hand_over(dice: &mut Dice) -> String {
    match dice.roll(4) {
        0 => format!(
            "update sales set person = {}, version = {VERSION} where person = {}",
            person(dice),
            person(dice)
        ),
        1 => {
            let (id, parent) = (place(dice), place(dice));
            format!("update tree set parent = {parent}, version = {VERSION} where id = {id}")
        }
        2 => format!(
            "update people set boss = {}, version = {VERSION} where id = {}",
            person(dice),
            person(dice)
        ),
        _ => format!(
            "update people set shop = '{}', version = {VERSION} where id % 9 = {}",
            shop(dice),
            dice.roll(9)
        ),
    }
}

fn delete(dice: &mut Dice) -> String {
    match dice.roll(6) {
        0 => format!("delete from shops where code = '{}'", shop(dice)),
        1 => format!("delete from people where id = {}", person(dice)),
        2 => format!("delete from sales where id % 40 = {}", dice.roll(40)),
        3 => format!("delete from tree where id = {}", place(dice)),
        4 => format!("delete from sale_lines where sale = {}", sale(dice)),
        _ => format!("delete from notes where id = 'k{}'", dice.roll(NOTES)),
    }
}

fn many_rows(dice: &mut Dice) -> String {
    match dice.roll(3) {
        0 => format!(
            "update sales set amount = amount + 1, version = {VERSION} where id % 4 = {}",
            dice.roll(4)
        ),
        1 => {
            format!("update notes set text = 'many', version = {VERSION} where id like '%{}'", dice.roll(10))
        }
        _ => format!("update people set badge = null, version = {VERSION} where id % 6 = {}", dice.roll(6)),
    }
}

fn two_tables(dice: &mut Dice) -> String {
    if dice.happens(50) {
        return format!(
            "update people p join sales s on s.person = p.id set p.badge = null, p.version = {VERSION}, s.amount = 0, s.version = {VERSION} \
             where p.id = {}",
            person(dice)
        );
    }
    format!("delete s, l from sales s left join sale_lines l on l.sale = s.id where s.id = {}", sale(dice))
}

/// A unique value that one record gives up with its life, and another takes at once.
fn delete_and_reuse(dice: &mut Dice) -> Vec<String> {
    let (gone, heir) = (person(dice), person(dice));
    vec![
        format!("set @left = null; select email into @left from people where id = {gone}"),
        format!("delete from people where id = {gone}"),
        format!(
            "update people set email = @left, version = {VERSION} where id = {heir} and @left is not null"
        ),
    ]
}
