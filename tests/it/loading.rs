//! Wide rows go to DB_B as data and not as SQL, where it takes them; what arrives is the same.

use rstest::rstest;

use crate::support::faulty::{run_again, run_with};
use crate::support::program::Finished;
use crate::support::shop::{entries, sync};
use crate::support::{ChaosProxy, Fault, Pair, Place, assert_equal_on_both_sides, chaos_proxy::Direction};

/// Texts that must not be taken for anything else where data are read.
const ODD_TEXTS: [&str; 21] = [
    "'a,b'",
    "'it''s'",
    "''''",
    "''''''",
    "''','''",
    r"'\\'",
    r"'\\N'",
    r"'\\'''",
    "'NULL'",
    "'null'",
    "''",
    "' '",
    r"'\n'",
    r"'a\nb\r\n\tc'",
    r"'\0\Z'",
    r"'ends in \\'",
    r"''',\n'''",
    "'\"'",
    "'x''00'''",
    "'żółć 😀'",
    r"'%_\%'",
];

/// What is said when DB_B does not take them so.
const NOT_AS_DATA: &str = "does not take wide rows as data";

/// A table that refers to itself, whose rows are wide, behind which DB_B notes with which statements they were written.
async fn pages() -> Pair {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "pages");
    let table = "create table pages (id int primary key, parent int, title varchar(40) unique, body mediumtext, scan mediumblob, \
                 foreign key (parent) references pages (id)) charset utf8mb4 collate utf8mb4_bin";
    for side in [&pair.local, &pair.central] {
        side.execute(table).await;
    }
    pair.backhaul(&["install"]).await.expect_code(0);
    let loads = if Place::Central.is_mysql() {
        "0"
    } else {
        "(select variable_value from information_schema.session_status where variable_name = 'COM_LOAD')"
    };
    pair.central.execute("create table audit (id int, loads int)").await;
    // Before an upsert updates, the triggers before an insert are carried out as well.
    for (moment, event) in [("after", "insert"), ("before", "update")] {
        pair.central
            .execute(&format!(
                "create trigger audit_{event} {moment} {event} on pages for each row insert into audit values (new.id, {loads})"
            ))
            .await;
    }
    pair
}

/// Writes pages with these ids, each below the one before, and of lengths so different that one would fit in between others.
fn wide(first: u32, last: u32) -> String {
    let page = |id: u32| {
        let parent = if id == first { "null".to_owned() } else { (id - 1).to_string() };
        let (characters, pairs) = (id * 7919 % 300, id * 104_729 % 700);
        format!("({id}, {parent}, 'Page {id}', repeat('ä', {characters}), repeat(x'275c', {pairs}))")
    };
    let pages: Vec<String> = (first..=last).map(page).collect();
    format!("insert into pages values {}", pages.join(", "))
}

/// Lists the pages that DB_B got as data.
async fn loaded(pair: &Pair) -> Vec<u32> {
    let ids = pair.central.column("select distinct id from audit where loads > 0 order by id").await;
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

/// Lists the pages that are to be got as data, where that is possible.
fn expected(ids: impl IntoIterator<Item = u32>) -> Vec<u32> {
    if Place::Central.is_mysql() { Vec::new() } else { ids.into_iter().collect() }
}

/// Carries everything without anything being searched, sent anew, or sent in another way than was meant.
async fn sync_at_once(pair: &Pair) {
    let ended = without_search(pair).await;
    assert!(!ended.stderr.contains(NOT_AS_DATA), "{}", ended.stderr);
}

async fn without_search(pair: &Pair) -> Finished {
    let program = pair.program.clone().with("FAILPOINTS", "batch-undone=return(kill)");
    program.start(&["sync", "--json"]).finish().await.expect_code(0)
}

async fn assert_all_arrived_once(pair: &Pair) {
    assert_equal_on_both_sides(pair, &["pages"]).await;
    let twice = "select id from audit group by id having count(*) > 1";
    assert_eq!(pair.central.column(twice).await, Vec::<String>::new(), "nothing is written twice");
    assert_eq!((entries(pair, "PENDING").await, entries(pair, "FAILED").await), (0, 0));
}

#[tokio::test]
async fn wide_rows_are_loaded_in_their_order_and_narrow_ones_are_not() {
    let mut pair = pages().await;
    pair.set("SYNC_BATCH_BYTES", &(64 << 20));
    pair.local.execute(&wide(1, 400)).await;
    sync_at_once(&pair).await;
    assert_all_arrived_once(&pair).await;
    assert_eq!(loaded(&pair).await, expected(1..=400));
    pair.central.execute("delete from audit").await;
    pair.local.execute("update pages set body = 'short', scan = null").await;
    sync_at_once(&pair).await;
    assert_all_arrived_once(&pair).await;
    assert_eq!(loaded(&pair).await, Vec::<u32>::new());
}

#[tokio::test]
async fn whatever_a_wide_row_holds_arrives_as_it_is() {
    let pair = pages().await;
    let texts = format!(
        "set names utf8mb4; create temporary table odd (n int primary key, t text) charset utf8mb4; insert into odd values {}",
        ODD_TEXTS.iter().zip(1..).map(|(text, n)| format!("({n}, {text})")).collect::<Vec<_>>().join(", ")
    );
    let rows = "insert into pages select n, null, concat(n, t), concat(t, repeat('x', 1500), t), convert(t using binary) from odd; \
                insert into pages select n + 100, n, null, t, concat(repeat(x'ff', 1500), convert(t using binary)) from odd";
    pair.local.execute(&format!("{texts}; {rows}")).await;
    sync_at_once(&pair).await;
    assert_all_arrived_once(&pair).await;
    assert_eq!(loaded(&pair).await, expected((1..=21).chain(101..=121)));
    // A later version of each row takes the place of the one before.
    pair.central.execute("delete from audit").await;
    pair.local
        .execute("update pages set body = reverse(body), scan = concat(scan, scan, repeat('y', 1500))")
        .await;
    sync_at_once(&pair).await;
    assert_all_arrived_once(&pair).await;
    assert_eq!(loaded(&pair).await, expected((1..=21).chain(101..=121)));
}

#[tokio::test]
async fn where_rows_are_not_taken_as_data_that_is_told_once_and_everything_arrives() {
    let mut pair = pages().await;
    pair.set("SYNC_BATCH_SIZE", &10);
    let (database, address) = (pair.central.database.clone(), pair.central.url.clone());
    let address = address.split_once('@').unwrap().1;
    pair.central
        .execute(&format!(
            "create user `{database}`@'127.0.0.1' identified by 'p'; \
             grant select, insert, update, delete, trigger on `{database}`.* to `{database}`@'127.0.0.1'"
        ))
        .await;
    pair.set("CENTRAL_DATABASE_URL", &format!("mysql://{database}:p@{address}"));
    pair.local.execute(&wide(1, 40)).await;
    let ended = without_search(&pair).await;
    let times_told = ended.stderr.matches(NOT_AS_DATA).count();
    assert_eq!(times_told, usize::from(!Place::Central.is_mysql()), "{}", ended.stderr);
    let report = ended.json();
    assert_all_arrived_once(&pair).await;
    assert_eq!(loaded(&pair).await, Vec::<u32>::new());
    assert_eq!((&report["entries_synced"], &report["batches"]), (&40.into(), &4.into()), "{report}");
    pair.central.execute(&format!("drop user `{database}`@'127.0.0.1'")).await;
}

#[tokio::test]
async fn a_wide_row_never_changes_a_record_in_place_of_another() {
    let pair = pages().await;
    pair.central.execute("insert into pages (id, title, body) values (900, 'Page 5', 'of the centre')").await;
    pair.local.execute(&wide(1, 4)).await;
    pair.local.execute(&wide(5, 5)).await;
    pair.local.execute(&wide(6, 20)).await;
    sync(&pair, 3).await;
    assert_eq!(pair.central.column("select body from pages where id = 900").await, ["of the centre"]);
    let arrived: u64 = pair.central.one("select count(*) from pages where id < 900").await;
    assert_eq!((arrived, entries(&pair, "PENDING").await), (19, 1));
}

#[rstest]
#[tokio::test]
async fn a_fault_while_rows_are_loaded_heals(
    #[values("batch-before-commit", "batch-after-commit")] point: &str,
    #[values("kill", "drop")] fault: &str,
) {
    let pair = pages().await;
    pair.local.execute(&wide(1, 40)).await;
    run_with(&pair, &["sync"], point, fault).await;
    run_again(&pair, &["sync"], 0).await;
    assert_all_arrived_once(&pair).await;
}

#[rstest]
#[tokio::test]
async fn a_line_that_breaks_while_rows_are_loaded_heals(#[values(8, 20, 40, 70)] kilobytes: u64) {
    let mut pair = pages().await;
    pair.local.execute(&wide(1, 40)).await;
    let proxy = ChaosProxy::start(pair.central_port());
    pair.reach_central_through(proxy.port());
    proxy.set(Fault::CutAfter(Direction::ToServer, kilobytes * 1024));
    sync(&pair, 4).await;
    assert_eq!(
        pair.central.one::<u64>("select count(*) from pages").await,
        0,
        "a part of a batch is nothing"
    );
    proxy.set(Fault::None);
    sync(&pair, 0).await;
    assert_all_arrived_once(&pair).await;
}
