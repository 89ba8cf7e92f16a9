//! The users and orders of the assignment, installed and ready.

use serde_json::Value;

use super::pair::Pair;

/// Gives a pair on which `backhaul install` has run.
pub async fn installed() -> Pair {
    let pair = Pair::new().await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair
}

/// Runs one cycle, which must end with this exit status, and gives its report.
pub async fn sync(pair: &Pair, code: i32) -> Value {
    let ended = pair.backhaul(&["sync", "--json"]).await;
    if ended.code != Some(code) {
        // A test may have dropped the table.
        let why = "select table_name, record_id, state, message from sync_failures limit 5";
        eprintln!("what holds records up: {:?}", pair.local.rows(why).await);
    }
    ended.expect_code(code).json()
}

/// Writes `insert` statements for users with ids from `first` to `last`.
pub fn users(first: u32, last: u32) -> String {
    let row = |id: u32| format!("({id}, 'User {id}', 'user{id}@shop.example')");
    let rows: Vec<String> = (first..=last).map(row).collect();
    format!("insert into users (id, name, email) values {}", rows.join(", "))
}

/// Writes a derived table of the numbers from 1 to `last`, column `seq`; sequences by name are MariaDB's alone.
pub fn numbers(last: u32) -> String {
    let digit = "(select 0 d union all select 1 union all select 2 union all select 3 union all select 4 union all \
                 select 5 union all select 6 union all select 7 union all select 8 union all select 9)";
    let digits =
        |position: u32| (format!("{} * t{position}.d", 10_u32.pow(position)), format!("{digit} t{position}"));
    let (terms, tables): (Vec<String>, Vec<String>) = (0..=last.ilog10()).map(digits).unzip();
    let all = format!("select 1 + {} as seq from {}", terms.join(" + "), tables.join(" cross join "));
    format!("(select seq from ({all}) every_number where seq <= {last}) numbers")
}

/// Makes DB_B write down, by triggers of its own, each time a user is inserted, updated or deleted there.
pub async fn audit_users(pair: &Pair) {
    pair.central
        .execute("create table audit (n int auto_increment primary key, what varchar(10), id bigint, name varchar(255))")
        .await;
    // An update that changes nothing fires no trigger afterwards.
    for (moment, event, row) in
        [("after", "insert", "new"), ("before", "update", "new"), ("after", "delete", "old")]
    {
        pair.central
            .execute(&format!(
                "create trigger audit_{event} {moment} {event} on users for each row \
                 insert into audit (what, id, name) values ('{event}', {row}.id, {row}.name)"
            ))
            .await;
    }
}

/// Makes DB_B refuse users called `bad`.
pub async fn refuse_bad_users(pair: &Pair) {
    pair.central.execute("alter table users add constraint no_bad check (name <> 'bad')").await;
}

/// Makes every record due that waits for its next attempt.
pub async fn let_time_pass(pair: &Pair) {
    pair.local
        .execute("update sync_failures set next_attempt_at = utc_timestamp(6) where state = 'WAITING'")
        .await;
}

/// Counts entries with this status.
pub async fn entries(pair: &Pair, status: &str) -> u64 {
    pair.local.one(&format!("select count(*) from sync_queue where sync_status = '{status}'")).await
}
