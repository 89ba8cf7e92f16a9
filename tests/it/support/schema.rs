//! Tables of a test's own, the same on both sides.

use super::pair::Pair;

/// Gives a pair with the tables that `sql` creates, installed. DB_B has the same tables, except that its foreign keys
/// restrict: what follows from a change arrives as changes of its own.
pub async fn installed_with(tables: &str, sql: &str) -> Pair {
    let pair = with_tables(tables, sql).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair
}

/// The same, before `install` is run.
pub async fn with_tables(tables: &str, sql: &str) -> Pair {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", tables);
    for (side, sql) in [(&pair.local, sql.to_owned()), (&pair.central, restricting(sql))] {
        // Engines differ in what they compare texts by, unless they are told.
        side.execute("alter database character set utf8mb4 collate utf8mb4_unicode_520_ci").await;
        side.execute(&sql).await;
    }
    pair
}

/// Leaves out what foreign keys do by themselves, and every line that ends with `-- DB_A only`.
fn restricting(sql: &str) -> String {
    let lines: Vec<&str> = sql.lines().filter(|line| !line.ends_with("-- DB_A only")).collect();
    let mut text = lines.join("\n");
    for event in ["delete", "update"] {
        for action in ["cascade", "set null"] {
            text = text.replace(&format!(" on {event} {action}"), "");
        }
    }
    text
}
