//! Statements that are carried out one after the other although some of them fail; MariaDB alone can be told so.

/// Writes a block that carries out each statement, and answers a row for each that failed: its position, the error's number, its
/// state, its message. Errors after which the transaction may be gone end the block.
///
/// The position is kept in a variable of the session: one of the block would hide a column of the same name.
#[must_use]
pub fn go_on_after_errors(statements: &[String]) -> String {
    let steps: Vec<String> = statements
        .iter()
        .enumerate()
        .map(|(position, statement)| format!("set @sync_position = {position};\n{statement};\n"))
        .collect();
    format!("{}\n{}end", include_str!("each.sql").trim_end(), steps.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_statement_is_known_by_its_position() {
        let block = go_on_after_errors(&["delete from a".to_owned(), "delete from b".to_owned()]);
        let steps = "set @sync_position = 0;\ndelete from a;\nset @sync_position = 1;\ndelete from b;\nend";
        assert!(block.ends_with(steps), "{block}");
    }
}
