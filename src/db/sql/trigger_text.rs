//! Reads the text of a trigger, as far as it must be known what the trigger does to rows that are carried.
//!
//! Only what stands in the text is seen: a procedure that it calls is not followed.

use std::collections::BTreeSet;

/// The smallest parts of a text; comments are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A word without quotes, in lower case.
    Word(String),
    /// A name in backticks, in lower case, since names of columns are compared so.
    Name(String),
    /// A text in quotes.
    Text,
    /// Any other character.
    Sign(char),
}

/// Lists the columns that a trigger sets in the row about to be written, in lower case.
#[must_use]
pub fn assigned_columns(statement: &str) -> BTreeSet<String> {
    let tokens = tokens(statement);
    let mut columns = BTreeSet::new();
    for (position, token) in tokens.iter().enumerate() {
        match token {
            Token::Word(word) if word == "set" => in_set(&tokens, position + 1, &mut columns),
            Token::Word(word) if word == "into" => in_targets(&tokens, position + 1, &mut columns),
            _ => {}
        }
    }
    columns
}

/// A table to which a trigger writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Its name in lower case.
    pub table: String,
    /// The columns that are set, in lower case, where whole rows do not come or go.
    pub columns: Option<BTreeSet<String>>,
}

/// Lists the tables to which a trigger writes. Of an update of several tables, each may be the one.
#[must_use]
pub fn writes(statement: &str) -> Vec<Write> {
    let tokens = tokens(statement);
    let mut all = Vec::new();
    for (position, token) in tokens.iter().enumerate() {
        let Token::Word(word) = token else { continue };
        let before = position.checked_sub(1).and_then(|before| tokens.get(before));
        // `for update` locks, `on duplicate key update` belongs to an insert, and `insert(…)` and `replace(…)` are functions.
        let is_verb =
            !is_any(before, &["for", "key", "on"]) && tokens.get(position + 1) != Some(&Token::Sign('('));
        match word.as_str() {
            "insert" | "replace" | "delete" if is_verb => {
                let table = table_after(&tokens, position + 1);
                all.extend(table.map(|table| Write { table, columns: None }));
            }
            "update" if is_verb => all.extend(updates(&tokens[position + 1..])),
            _ => {}
        }
    }
    all
}

/// Reads an update from behind its verb: whatever is named before SET may be a table of it.
fn updates(tokens: &[Token]) -> Vec<Write> {
    let Some(set) = tokens.iter().position(|token| is_any(Some(token), &["set"])) else { return Vec::new() };
    let (mut columns, mut depth) = (BTreeSet::new(), 0_usize);
    for (position, token) in tokens.iter().enumerate().skip(set) {
        match token {
            Token::Sign(';') => break,
            Token::Word(word) if word == "where" && depth == 0 => break,
            Token::Sign('(') => depth += 1,
            Token::Sign(')') => depth = depth.saturating_sub(1),
            // What stands before a sign of equality is set, or compared within what is set: rather one too many.
            Token::Sign('=') => columns.extend(name(&tokens[position - 1]).map(str::to_owned)),
            _ => {}
        }
    }
    let tables: BTreeSet<&str> = tokens[..set].iter().filter_map(name).collect();
    let write = |table: &str| Write { table: table.to_owned(), columns: Some(columns.clone()) };
    tables.into_iter().map(write).collect()
}

/// Tells whether a trigger may raise an error of its own.
#[must_use]
pub fn may_raise(statement: &str) -> bool {
    tokens(statement).iter().any(|token| is_any(Some(token), &["signal"]))
}

/// Tells whether two triggers do the same, whatever the layout of their texts. Servers show quotes, backslashes and
/// control characters within texts, and their character sets, each in its own way, and not always so that they could be
/// read again. What
/// stands in a comment for some versions only is shown as code by these, and as a mere comment by the others.
#[must_use]
pub fn does_the_same(one: &str, other: &str) -> bool {
    let plain = |text: &str, runs_comments| {
        let text = without_comments(&text.to_lowercase(), runs_comments).replace("_utf8mb4", "");
        let text =
            ["\\t", "\\n", "\\r", "\\0", "\\z"].into_iter().fold(text, |text, shown| text.replace(shown, ""));
        text.chars()
            .filter(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '\'' | '"' | '\\'))
            .collect::<String>()
    };
    [true, false].into_iter().any(|runs_comments| plain(one, runs_comments) == plain(other, runs_comments))
}

/// Leaves out comments that begin with `/*`; with `runs_comments`, the code in those for some versions stays.
fn without_comments(text: &str, runs_comments: bool) -> String {
    let (mut kept, mut rest) = (String::new(), text);
    while let Some((before, inside)) = rest.split_once("/*") {
        kept.push_str(before);
        let (inside, after) = inside.split_once("*/").unwrap_or((inside, ""));
        let code = inside.trim_start_matches('m').strip_prefix('!').filter(|_| runs_comments);
        kept.push_str(code.unwrap_or_default().trim_start_matches(|digit: char| digit.is_ascii_digit()));
        rest = after;
    }
    kept + rest
}

/// Reads the assignments of a SET up to its semicolon.
fn in_set(tokens: &[Token], from: usize, columns: &mut BTreeSet<String>) {
    let (mut at, mut depth) = (from, 0_usize);
    loop {
        if let Some(column) = new_column(tokens, at)
            && matches!(tokens.get(at + 3), Some(Token::Sign('=' | ':')))
        {
            columns.insert(column);
        }
        // On to the next assignment: behind a comma that stands in no parentheses.
        loop {
            match tokens.get(at) {
                None | Some(Token::Sign(';')) => return,
                Some(Token::Sign('(')) => depth += 1,
                Some(Token::Sign(')')) => depth = depth.saturating_sub(1),
                Some(Token::Sign(',')) if depth == 0 => break,
                Some(_) => {}
            }
            at += 1;
        }
        at += 1;
    }
}

/// Reads the targets of `select … into` and `fetch … into`: names, separated by commas.
fn in_targets(tokens: &[Token], from: usize, columns: &mut BTreeSet<String>) {
    let mut at = from;
    loop {
        if let Some(column) = new_column(tokens, at) {
            columns.insert(column);
            at += 3;
        } else {
            at += usize::from(tokens.get(at) == Some(&Token::Sign('@'))) + 1;
        }
        if tokens.get(at) != Some(&Token::Sign(',')) {
            return;
        }
        at += 1;
    }
}

/// Reads `new.column` at a position.
fn new_column(tokens: &[Token], at: usize) -> Option<String> {
    let is_new = name(tokens.get(at)?)? == "new" && tokens.get(at + 1)? == &Token::Sign('.');
    is_new.then(|| name(tokens.get(at + 2)?).map(str::to_owned))?
}

/// Finds the table that a verb is about: the first name behind its modifiers, without its database.
fn table_after(tokens: &[Token], from: usize) -> Option<String> {
    const MODIFIERS: [&str; 8] =
        ["low_priority", "high_priority", "delayed", "quick", "ignore", "into", "from", "table"];
    let mut at = from;
    while is_any(tokens.get(at), &MODIFIERS) {
        at += 1;
    }
    let first = name(tokens.get(at)?)?;
    let qualified = tokens.get(at + 1) == Some(&Token::Sign('.'));
    let table = if qualified { name(tokens.get(at + 2)?)? } else { first };
    Some(table.to_owned())
}

fn name(token: &Token) -> Option<&str> {
    match token {
        Token::Word(name) | Token::Name(name) => Some(name),
        Token::Text | Token::Sign(_) => None,
    }
}

fn is_any(token: Option<&Token>, words: &[&str]) -> bool {
    matches!(token, Some(Token::Word(word)) if words.contains(&word.as_str()))
}

/// Reads the parts of a text. MySQL shows a quote within a quoted text as if it ended it: when the quotes do not come
/// out even, what stands between them is read as well, rather than that something is overlooked.
fn tokens(statement: &str) -> Vec<Token> {
    read(statement, true).or_else(|| read(statement, false)).unwrap_or_default()
}

/// Reads the parts of a text; `None` when a quoted one has no end.
fn read(statement: &str, skip_texts: bool) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = statement;
    while let Some(first) = rest.chars().next() {
        let end = if let Some(length) = comment(rest) {
            length
        } else if first == '`' || (skip_texts && matches!(first, '\'' | '"')) {
            let length = quoted(rest, first)?;
            tokens.push(match first {
                '`' => Token::Name(rest[1..length - 1].replace("``", "`").to_lowercase()),
                _ => Token::Text,
            });
            length
        } else if is_word(first) {
            let length = rest.find(|character| !is_word(character)).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..length].to_lowercase()));
            length
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Sign(first));
            }
            first.len_utf8()
        };
        rest = &rest[end..];
    }
    Some(tokens)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

/// Measures the comment with which `rest` begins. Of one that servers execute only its marks are passed over.
fn comment(rest: &str) -> Option<usize> {
    let line = |rest: &str| rest.find('\n').unwrap_or(rest.len());
    if let Some(code) = rest.strip_prefix("/*!").or_else(|| rest.strip_prefix("/*M!")) {
        let digits = code.len() - code.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
        return Some(rest.len() - code.len() + digits);
    }
    if rest.starts_with("/*") {
        return Some(rest.find("*/").map_or(rest.len(), |end| end + 2));
    }
    if rest.starts_with("*/") {
        return Some(2);
    }
    let dashes = rest
        .strip_prefix("--")
        .is_some_and(|after| after.is_empty() || after.starts_with(char::is_whitespace));
    (dashes || rest.starts_with('#')).then(|| line(rest))
}

/// Measures the quoted text with which `rest` begins; a doubled quote belongs to it, and so does one behind a backslash.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == '\\' && quote != '`' {
            characters.next();
        } else if character == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("SET NEW.create_date = NOW()", &["create_date"])]
    #[case("begin if new.a = 1 then set @x = 1, new . `Odd,Name` := (select max(b), 1 from t), new.c=2; end if; end", &["c", "odd,name"])]
    #[case("begin select a, b into @v, new.x from t; fetch c into v, new.y; end", &["x", "y"])]
    #[case("/*!50003 set new.z = 1 */", &["z"])]
    #[case("begin -- set new.a = 1\n # set new.b = 1\n /* set new.c = 1 */ set @m = 'set new.d = 1'; end", &[])]
    #[case("begin set @m = 'it's shown so'; set new.a = 1; end", &["a"])]
    #[case("insert into log (a) values (new.a)", &[])]
    #[case("insert into log select new.a, new.b from t", &[])]
    #[case("insert into log set a = new.a, b = new.b", &[])]
    #[case("update t set a = new.a where b = new.b", &[])]
    #[case("begin declare ok int; if new.a < 0 then signal sqlstate '45000' set message_text = 'no'; end if; end", &[])]
    fn only_what_the_row_gets_is_an_assignment(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(assigned_columns(text).into_iter().collect::<Vec<_>>(), expected);
    }

    #[rstest]
    #[case("insert ignore into shop.`Stock` (id) values (new.id)", &["stock"])]
    #[case("begin update stock set n = n - 1; replace into a values (1); delete from b where c = 'insert into x'; end", &["a", "b", "stock"])]
    #[case("insert into a (b) values (replace(new.c, 'x', 'y')) on duplicate key update b = 1", &["a"])]
    #[case("select n into @n from stock for update", &[])]
    fn the_tables_written_are_found(#[case] text: &str, #[case] expected: &[&str]) {
        let tables: BTreeSet<String> = writes(text).into_iter().map(|write| write.table).collect();
        assert_eq!(tables.into_iter().collect::<Vec<_>>(), expected);
    }

    #[rstest]
    #[case("update stock s set n = if(s.a = 1, n - 1, (select max(k) from t where t.id = 1)), `S`.`M`=2 where s.id = new.id; set @x = 1", &["a", "id", "m", "n"])]
    #[case("update stock set seen = now() where id = new.stock", &["seen"])]
    fn the_columns_that_an_update_sets_are_found(#[case] text: &str, #[case] expected: &[&str]) {
        let write = writes(text).into_iter().find(|write| write.table == "stock").unwrap();
        assert_eq!(write.columns.unwrap().into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn raising_and_sameness_are_told() {
        assert!(may_raise("if new.a < 0 then SIGNAL sqlstate '45000'; end if"));
        assert!(!may_raise("set @m = 'signal' -- signal"));
        assert!(does_the_same("begin\n  set @a = 1;\nend", "BEGIN set @a=1; END"));
        assert!(does_the_same("set @a = 'it''s'", r"set @a = _utf8mb4'it\'s'"));
        assert!(does_the_same("set @a = 'a\tb'", r"set @a = 'a\tb'"));
        assert!(!does_the_same("set @a = 1", "set @a = 2"));
        let written = "if /*!90700 not @@a and */ true then set @b = 1; end if";
        assert!(does_the_same(written, "if  not @@a and  true then set @b = 1; end if"));
        assert!(does_the_same(written, "if /* 90700 not @@a and */ true then set @b = 1; end if"));
        assert!(!does_the_same(written, "if /*!90700 not @@a and */ false then set @b = 1; end if"));
    }
}
