//! Every value of every column type arrives as it was, or its table is refused beforehand.

mod document;
pub mod list;
mod tables;

use std::fmt::Write as _;

use backhaul::db::sql::quoting;
use list::{CARRIED, ColumnType, Direction, WIDER, refused};

use crate::support::shop::{entries, sync};
use crate::support::{Pair, Place};

/// Writes out the placeholders of a declaration.
fn declaration(of: &str) -> String {
    let members: Vec<String> = (1..=64).map(|number| format!("'m{number}'")).collect();
    of.replace("{set of 64}", &format!("set({})", members.join(",")))
}

/// Writes out the placeholders of a value.
fn value(of: &str, declaration: &str) -> String {
    let charset = declaration.split("character set ").nth(1).unwrap_or("binary");
    let all: Vec<u8> = (0x80..=0xff).collect();
    let mut literal = format!("_{charset} ");
    quoting::push_bytes(&all, &mut literal);
    of.replace("{all high bytes}", &literal)
}

/// Gives a pair on which `tables` exist on both sides as declared, and are installed.
async fn installed_with(tables: &[(String, String)], code: i32) -> Pair {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "*");
    let lax = "set sql_mode = ''; ";
    let all = |side: fn(&(String, String)) -> &String| tables.iter().map(side).cloned().collect::<Vec<_>>();
    pair.local.execute(&format!("{lax}{}", all(|table| &table.0).join(";"))).await;
    pair.central.execute(&format!("{lax}{}", all(|table| &table.1).join(";"))).await;
    pair.backhaul(&["install"]).await.expect_code(code);
    pair
}

/// Compares a column on both sides, byte by byte as the servers store it, and by the number it stands for:
/// the position of a member, all digits of a float. Where DB_B has another type, by the whole text.
///
/// A server that stores no -0 is only asked for 0.
async fn assert_same_bytes(pair: &Pair, table: &str, column: &ColumnType, negative_zero: bool) {
    let declaration = column.declaration;
    let word = declaration.split([' ', '(']).next().unwrap();
    let has_no_number = ["inet", "uuid", "vector", "geom", "point", "line", "poly", "multi"];
    let number = match word {
        _ if has_no_number.iter().any(|start| word.starts_with(start)) => "null",
        "set" | "enum" | "bit" | "{set" => "cast(v as unsigned)",
        _ => "v + 0",
    };
    let stored = if column.in_central() == declaration || word == "vector" || word == "geometry" {
        // Engines print numbers beyond 64 bits differently in hexadecimal.
        let hex = if Direction::present() == Direction::Same { "hex(v)" } else { "null" };
        let is_float = matches!(word, "float" | "double");
        let printed = "hex(cast(v as binary))";
        let printed = if is_float && !negative_zero {
            format!("if(v = 0, '30', {printed})")
        } else {
            printed.to_owned()
        };
        format!("{printed}, {hex}, {number}")
    } else {
        "hex(convert(cast(v as char) using utf8mb4))".to_owned()
    };
    let stored = format!("select id, {stored} from {table} order by id");
    let (local, central) = tokio::join!(pair.local.rows(&stored), pair.central.rows(&stored));
    assert!(!local.is_empty(), "{declaration} has no rows");
    assert_eq!(local, central, "{declaration}");
}

fn table_of(number: usize) -> String {
    format!("t{number}")
}

/// Further columns widen each row.
async fn installed_with_every_type(further_columns: &str) -> Pair {
    let create = |(number, column): (usize, &ColumnType)| {
        let sql = |of| {
            format!(
                "create table {} (id int primary key, v {}{further_columns})",
                table_of(number),
                declaration(of)
            )
        };
        (sql(column.declaration), sql(column.in_central()))
    };
    installed_with(&carried_here().map(create).collect::<Vec<_>>(), 0).await
}

/// Lists the types that DB_A's engine has and DB_B's engine takes, each with the number of its table.
fn carried_here() -> impl Iterator<Item = (usize, &'static ColumnType)> {
    CARRIED.iter().enumerate().filter(|(_, column)| {
        let taken = column.elsewhere.is_some() || column.engines.exist_at(Place::Central);
        column.engines.exist_at(Place::Local) && taken
    })
}

#[tokio::test]
async fn every_value_of_every_type_arrives_becomes_null_and_comes_back() {
    let pair = installed_with_every_type("").await;
    // What only a lax session can write is carried as well.
    let lax = "set sql_mode = 'ALLOW_INVALID_DATES'; set names utf8mb4; ";
    let mut work = String::from(lax);
    for (number, column) in carried_here() {
        for (id, text) in column.values.iter().enumerate() {
            let value = value(text, column.declaration);
            write!(work, "insert into {} values ({id}, {value});", table_of(number)).unwrap();
        }
        write!(work, "insert into {} values (99, null);", table_of(number)).unwrap();
    }
    pair.local.execute(&work).await;
    sync(&pair, 0).await;
    assert_all_equal(&pair).await;
    let all = |statement: &dyn Fn(String) -> String| {
        let statements: Vec<String> = carried_here().map(|(number, _)| statement(table_of(number))).collect();
        format!("{lax}{}", statements.join(";"))
    };
    let swap = all(&|table| {
        format!(
            "update {table} a join (select v from {table} where id = 0) b set a.v = b.v where a.id = 99;\
             update {table} set v = null where id < 99"
        )
    });
    pair.local.execute(&swap).await;
    sync(&pair, 0).await;
    assert_all_equal(&pair).await;
    pair.local.execute(&all(&|table| format!("delete from {table}"))).await;
    sync(&pair, 0).await;
    assert_eq!(pair.central.one::<u64>("select count(*) from t0").await, 0);
    assert_eq!(entries(&pair, "PENDING").await, 0);
}

/// More rows of each value than it takes to bring them to DB_B as data, all of them wide.
#[tokio::test]
async fn every_value_of_every_type_arrives_in_wide_rows_too() {
    let mut pair = installed_with_every_type(", wide mediumtext").await;
    pair.set("SYNC_BATCH_BYTES", &(16 << 20));
    let mut work = String::from("set sql_mode = 'ALLOW_INVALID_DATES'; set names utf8mb4; ");
    for (number, column) in carried_here() {
        for (id, text) in column.values.iter().chain(["null"].iter()).enumerate() {
            let value = value(text, column.declaration);
            for copy in 0..8 {
                let id = id * 8 + copy;
                write!(work, "insert into {} values ({id}, {value}, repeat('w', 2000));", table_of(number))
                    .unwrap();
            }
        }
    }
    pair.local.execute(&work).await;
    let ended = pair.backhaul(&["sync", "--json"]).await.expect_code(0);
    assert!(!ended.stderr.contains("does not take wide rows"), "{}", ended.stderr);
    assert_all_equal(&pair).await;
}

async fn assert_all_equal(pair: &Pair) {
    let negative_zero = pair.central.one::<String>("select concat(0e0 * -1e0)").await == "-0";
    if !negative_zero {
        println!("NOT TESTED HERE: the sign of a zero, which this server of DB_B does not store");
    }
    for (number, column) in carried_here() {
        assert_same_bytes(pair, &table_of(number), column, negative_zero).await;
    }
}

#[tokio::test]
async fn a_column_that_would_change_values_is_refused_and_the_remedy_mends_it() {
    let refused = refused();
    let tables: Vec<(String, String)> = refused
        .iter()
        .enumerate()
        .map(|(number, (local, central, _))| {
            let sql = |column| format!("create table r{number} (id int primary key, v {column})");
            (sql(local), sql(central))
        })
        .collect();
    let pair = installed_with(&tables, 1).await;
    let report = pair.backhaul(&["install", "--json"]).await.expect_code(1).json();
    let rows: Vec<String> =
        (0..refused.len()).map(|number| format!("insert into r{number} (id) values (1)")).collect();
    pair.local.execute(&rows.join(";")).await;
    sync(&pair, 3).await;
    for (number, (local, central, _)) in refused.iter().enumerate() {
        let all = report["refused"].as_array().unwrap();
        let one = all.iter().find(|one| one["table"] == format!("r{number}"));
        let one = one.unwrap_or_else(|| panic!("{local} into {central} is not refused"));
        run_remedy(&pair, one["remedy"].as_str().unwrap()).await;
    }
    // They go on by themselves.
    sync(&pair, 0).await;
    for number in 0..refused.len() {
        assert_eq!(pair.central.one::<u64>(&format!("select count(*) from r{number}")).await, 1);
    }
}

/// Runs the statement that a remedy names, where it says.
pub async fn run_remedy(pair: &Pair, remedy: &str) {
    if let Some(statement) = remedy.strip_prefix("on both sides: ") {
        pair.local.execute(statement).await;
        pair.central.execute(statement).await;
    } else {
        let statement = remedy.strip_prefix("on DB_B: ").unwrap_or_else(|| panic!("no statement: {remedy}"));
        pair.central.execute(statement).await;
    }
}

#[tokio::test]
async fn a_column_that_holds_more_takes_every_value() {
    let tables: Vec<(String, String)> = WIDER
        .iter()
        .enumerate()
        .map(|(number, (local, central, _))| {
            let sql = |column| format!("create table w{number} (id int primary key, v {column})");
            (sql(local), sql(central))
        })
        .collect();
    let pair = installed_with(&tables, 0).await;
    for (number, (.., value)) in WIDER.iter().enumerate() {
        pair.local.execute(&format!("set names utf8mb4; insert into w{number} values (1, {value})")).await;
    }
    sync(&pair, 0).await;
    for (number, (local, central, value)) in WIDER.iter().enumerate() {
        // Geometries are compared by their bytes: engines read the axes of SRID 4326 in another order.
        let read = if *local == "point" { "hex(v)".to_owned() } else { format!("coalesce(v = {value}, 0)") };
        let read = format!("select {read} from w{number}");
        assert_eq!(pair.central.rows(&read).await, pair.local.rows(&read).await, "{local} into {central}");
    }
}
