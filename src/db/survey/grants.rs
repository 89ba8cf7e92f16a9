//! What an account may do, read from `show grants`: the server's own words, with roles that are active.

use crate::db::codes;
use crate::db::error::DbError;
use crate::db::session::Session;
use crate::db::sql::quoting;

/// What an account may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants(Vec<Grant>);

/// One line of `show grants`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Grant {
    /// MySQL takes a privilege on one database away from one on all of them by such a line.
    is_revoke: bool,
    /// In capitals.
    privileges: Vec<String>,
    /// A pattern, as in LIKE.
    database: String,
    /// `*` for all.
    table: String,
}

impl Grants {
    /// Tells whether the account has a privilege, in capitals, on a table. Only whole tables count.
    #[must_use]
    pub fn allow(&self, privilege: &str, database: &str, table: &str) -> bool {
        let on = |grant: &&Grant| {
            grant.names(privilege)
                && is_like(database, &grant.database)
                && (grant.table == "*" || grant.table.eq_ignore_ascii_case(table))
        };
        let is_revoked = self.0.iter().filter(|grant| grant.is_revoke).any(|grant| on(&grant));
        self.0.iter().filter(|grant| !grant.is_revoke).any(|grant| {
            // What is taken away by a line for the database stays granted by any line that is not for all of them.
            on(&grant) && !(is_revoked && grant.database == "%")
        })
    }

    /// Tells whether the account has a privilege, in capitals, on a whole database.
    #[must_use]
    pub fn allow_on_database(&self, privilege: &str, database: &str) -> bool {
        // No table can have this name.
        self.allow(privilege, database, "")
    }

    /// Tells whether the account has a privilege, in capitals, on everything.
    #[must_use]
    pub fn allow_everywhere(&self, privilege: &str) -> bool {
        self.0.iter().any(|grant| grant.database == "%" && grant.table == "*" && grant.names(privilege))
    }

    fn read(lines: &[String]) -> Self {
        Self(lines.iter().filter_map(|line| Grant::read(line)).collect())
    }
}

impl Grant {
    /// Reads a line; `None` for one that grants no privilege on tables, as those of roles.
    fn read(line: &str) -> Option<Self> {
        let (is_revoke, rest) = match (line.strip_prefix("GRANT "), line.strip_prefix("REVOKE ")) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => return None,
        };
        let (privileges, object) = rest.split_once(" ON ")?;
        let (database, rest) = object_part(object)?;
        let (table, _) = object_part(rest.strip_prefix('.')?)?;
        // `*` is all databases; in quotes it is a pattern.
        let database = if object.starts_with('*') { "%".to_owned() } else { database };
        Some(Self { is_revoke, privileges: whole_privileges(privileges), database, table })
    }

    fn names(&self, privilege: &str) -> bool {
        self.privileges.iter().any(|name| name == privilege || name == "ALL PRIVILEGES")
    }
}

/// Reads a name in backticks, or `*`, and gives what follows it.
fn object_part(text: &str) -> Option<(String, &str)> {
    if let Some(rest) = text.strip_prefix('*') {
        return Some(("*".to_owned(), rest));
    }
    let inner = text.strip_prefix('`')?;
    let mut name = String::new();
    let mut characters = inner.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character == '`' && characters.next_if(|(_, next)| *next == '`').is_none() {
            return Some((name, &inner[at + 1..]));
        }
        name.push(character);
    }
    None
}

/// Lists the privileges of a line; those on single columns are left out.
fn whole_privileges(text: &str) -> Vec<String> {
    let mut privileges = vec![String::new()];
    let mut depth = 0_usize;
    for character in text.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => privileges.push(String::new()),
            _ => {}
        }
        if let Some(last) = privileges.last_mut()
            && (character != ',' || depth > 0)
        {
            last.push(character);
        }
    }
    privileges.iter().map(|name| name.trim().to_uppercase()).filter(|name| !name.contains('(')).collect()
}

/// Compares a name with the pattern of a grant: `%` is anything, `_` any character, a backslash makes them ordinary.
fn is_like(name: &str, pattern: &str) -> bool {
    fn matches(name: &[char], pattern: &[char]) -> bool {
        match pattern {
            [] => name.is_empty(),
            ['%', rest @ ..] => (0..=name.len()).any(|skipped| matches(&name[skipped..], rest)),
            ['_', rest @ ..] => !name.is_empty() && matches(&name[1..], rest),
            ['\\', wanted, rest @ ..] | [wanted, rest @ ..] => {
                name.first() == Some(wanted) && matches(&name[1..], rest)
            }
        }
    }
    let characters = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    matches(&characters(name), &characters(pattern))
}

pub(super) async fn load(session: &mut Session) -> Result<Grants, DbError> {
    ask(session, "show grants").await
}

pub(super) async fn load_of(session: &mut Session, account: &str) -> Result<Option<Grants>, DbError> {
    match ask(session, &format!("show grants for {}", quoting::account(account))).await {
        Ok(grants) => Ok(Some(grants)),
        Err(error) if error.code() == Some(codes::NO_SUCH_GRANT) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn ask(session: &mut Session, sql: &str) -> Result<Grants, DbError> {
    let rows = session.query(sql).await?;
    let lines: Vec<String> = rows.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?;
    Ok(Grants::read(&lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(lines: &[&str]) -> Grants {
        Grants::read(&lines.iter().map(|&line| line.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn privileges_come_from_everywhere_the_database_and_the_table() {
        let grants = grants(&[
            "GRANT `r1` TO `u`@`h`",
            "GRANT USAGE ON *.* TO `u`@`h` IDENTIFIED BY PASSWORD '*B'",
            r"GRANT SELECT, DELETE ON `my\_shop`.* TO `u`@`h`",
            "GRANT INSERT ON `my_shop`.* TO `r1`",
            "GRANT UPDATE (`a`, `b`), TRIGGER ON `my_shop`.`users` TO `u`@`h`",
            "GRANT PROXY ON ``@`` TO `u`@`h`",
        ]);
        assert!(grants.allow("SELECT", "my_shop", "users") && grants.allow("DELETE", "My_Shop", "x"));
        assert!(!grants.allow("SELECT", "myxshop", "users") && grants.allow("INSERT", "myxshop", "users"));
        assert!(grants.allow("TRIGGER", "my_shop", "users") && !grants.allow("TRIGGER", "my_shop", "orders"));
        assert!(!grants.allow("UPDATE", "my_shop", "users"), "single columns are not the table");
        assert!(grants.allow_on_database("SELECT", "my_shop"));
        assert!(!grants.allow_on_database("TRIGGER", "my_shop") && !grants.allow_everywhere("SELECT"));
    }

    #[test]
    fn everything_is_everything_but_what_is_revoked() {
        let all = grants(&["GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION"]);
        assert!(all.allow("TRIGGER", "shop", "users") && all.allow_everywhere("SUPER"));
        let partial =
            grants(&["GRANT SELECT, INSERT ON *.* TO `u`@`h`", "REVOKE INSERT ON `shop`.* FROM `u`@`h`"]);
        assert!(partial.allow("SELECT", "shop", "users") && partial.allow("INSERT", "other", "users"));
        assert!(!partial.allow("INSERT", "shop", "users"));
    }

    #[test]
    fn odd_names_are_read() {
        let grants = grants(&["GRANT SELECT ON `a``b`.`t ON x` TO `u`@`h`"]);
        assert!(grants.allow("SELECT", "a`b", "t ON x"));
        assert!(is_like("a_b", "a\\_b") && !is_like("axb", "a\\_b") && is_like("shop1", "shop%"));
    }
}
