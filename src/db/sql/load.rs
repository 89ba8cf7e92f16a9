//! Statements that take rows as data and not as SQL, of which the server would read each byte as text of a statement and
//! write it to its binlog once more.

use data_encoding::HEXLOWER;

use super::apply::{self, RAISE};
use super::quoting;
use crate::db::mapping::{TableMapping, ValueForm};
use crate::models::literals::Literals;

/// The table of a session that takes the rows before they are carried over.
const STAGE: &str = "`sync_loaded_rows`";

/// Writes the statements that make the stage, fill it with the rows offered at this position, and check that all of them
/// came whole: in `load data local` a server makes warnings of errors.
///
/// Rows must stay in their order, for which the stage is one to whose end each row is appended.
#[must_use]
pub fn fill(table: &TableMapping, position: usize, rows: usize) -> [String; 3] {
    let types: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(position, column)| format!("c{position} {}", column_type(column.form)))
        .collect();
    [
        format!(
            "create or replace temporary table {STAGE} ({}) engine = Aria row_format = dynamic transactional = 0",
            types.join(", ")
        ),
        format!(
            "load data local infile '{position}' into table {STAGE} character set binary \
             fields terminated by ',' optionally enclosed by '''' escaped by '\\\\' lines terminated by '\\n'"
        ),
        format!("select if(row_count() = {rows} and @@warning_count = 0, 1, {RAISE})"),
    ]
}

/// Writes the statement that does with the rows of the stage what an [`apply::upsert`] of them would do.
#[must_use]
pub fn upsert(table: &TableMapping) -> String {
    format!("{} select * from {STAGE}\n{}", apply::insert_into(table), apply::or_update(table))
}

/// Writes the statement that removes the stage.
#[must_use]
pub fn remove() -> String {
    format!("drop temporary table {STAGE}")
}

/// Gives a type that takes every value of this form unchanged, and gives it to a column as its literal would.
fn column_type(form: ValueForm) -> String {
    match form {
        // Numbers in text mean what they mean as literals; as numbers, some would be rounded.
        ValueForm::Digits | ValueForm::Floating => "varchar(100) character set ascii".to_owned(),
        ValueForm::Position => "bigint unsigned".to_owned(),
        ValueForm::Quoted | ValueForm::Json => "longtext character set utf8mb4".to_owned(),
        ValueForm::Hexadecimal => "longblob".to_owned(),
        ValueForm::Encoded(charset) => format!("longtext character set {charset}"),
    }
}

/// Appends a row as [`fill`] reads it.
pub fn push_row(row: &Literals, data: &mut Vec<u8>) {
    for (position, literal) in row.iter().enumerate() {
        if position > 0 {
            data.push(b',');
        }
        push_value(literal, data);
    }
    data.push(b'\n');
}

/// Appends a value. A quoted text is written as in SQL; bytes need no digits here.
fn push_value(literal: &str, data: &mut Vec<u8>) {
    if literal == "null" {
        data.extend_from_slice(b"\\N");
    } else if let Some(bytes) = bytes_of(literal) {
        quoting::push_raw(&bytes, data);
    } else {
        data.extend_from_slice(literal.as_bytes());
    }
}

/// Gives the bytes of a hexadecimal literal, whatever its character set.
fn bytes_of(literal: &str) -> Option<Vec<u8>> {
    if literal.starts_with('\'') {
        return None;
    }
    let (_, digits) = literal.split_once("x'")?;
    HEXLOWER.decode(digits.strip_suffix('\'')?.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::mapping::MappedColumn;

    #[test]
    fn values_are_written_as_data() {
        let row: Literals = [
            "null",
            "-1.5",
            "'O''N,e\\\\il x''00'''",
            "x'00275c0a2c'",
            "_latin1 x'fc'",
            "'null'",
            "''",
            "x''",
        ]
        .map(str::to_owned)
        .into_iter()
        .collect();
        let mut data = Vec::new();
        push_row(&row, &mut data);
        let expected: &[u8] = b"\\N,-1.5,'O''N,e\\\\il x''00''','\\0''\\\\\n,','\xfc','null','',''\n";
        assert_eq!(data, expected);
    }

    #[test]
    fn rows_are_checked_and_carried_over_behind_the_guard() {
        let column = |(name, form): (&str, ValueForm)| MappedColumn { name: name.to_owned(), form };
        let table = TableMapping {
            name: "pages".to_owned(),
            columns: [
                ("id", ValueForm::Digits),
                ("kind", ValueForm::Position),
                ("text", ValueForm::Quoted),
                ("old", ValueForm::Encoded("latin1")),
                ("scan", ValueForm::Hexadecimal),
            ]
            .map(column)
            .into(),
            key_columns: vec![0],
            ..TableMapping::default()
        };
        let mut statements = fill(&table, 3, 20).to_vec();
        statements.extend([upsert(&table), remove()]);
        insta::assert_snapshot!(statements.join(";\n"), @r"
        create or replace temporary table `sync_loaded_rows` (c0 varchar(100) character set ascii, c1 bigint unsigned, c2 longtext character set utf8mb4, c3 longtext character set latin1, c4 longblob) engine = Aria row_format = dynamic transactional = 0;
        load data local infile '3' into table `sync_loaded_rows` character set binary fields terminated by ',' optionally enclosed by '''' escaped by '\\' lines terminated by '\n';
        select if(row_count() = 20 and @@warning_count = 0, 1, (select 1 union select 2));
        insert into `pages` (`id`, `kind`, `text`, `old`, `scan`) select * from `sync_loaded_rows`
        on duplicate key update `id` = if(if(`pages`.`id` = values(`id`), 1, (select 1 union select 2)), values(`id`), null), `kind` = values(`kind`), `text` = values(`text`), `old` = values(`old`), `scan` = values(`scan`);
        drop temporary table `sync_loaded_rows`
        ");
    }
}
