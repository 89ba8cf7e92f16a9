//! Tables that refer to themselves or to each other, in batches that cut anywhere.

use rstest::rstest;

use crate::support::shop::{entries, numbers, sync};
use crate::support::{Pair, assert_equal_on_both_sides};

/// Creates tables on both sides, by the same statements, and installs.
async fn with_tables(tables: &str, statements: &str) -> Pair {
    with_other_tables(tables, statements, statements).await
}

/// Creates tables that differ between the sides, and installs.
async fn with_other_tables(tables: &str, local: &str, central: &str) -> Pair {
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", tables);
    pair.local.execute(local).await;
    pair.central.execute(central).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair
}

const TREE: &str = "create table nodes (id int primary key, parent int null, name varchar(50) not null, \
                    key (parent), constraint up foreign key (parent) references nodes (id))";

/// A forest of 120 nodes: the parent of a node is its third, so that keys fall or rise along a branch.
async fn grow(pair: &Pair, falling: bool) {
    let id = |number: u32| if falling { 1000 - number } else { number };
    let node = |number: u32| match number / 3 {
        0 => format!("({}, null, 'root {number}')", id(number)),
        parent => format!("({}, {}, 'node {number}')", id(number), id(parent)),
    };
    let rows: Vec<String> = (1..=120).map(node).collect();
    pair.local.execute(&format!("insert into nodes values {}", rows.join(", "))).await;
}

#[rstest]
#[tokio::test]
async fn a_tree_grows_moves_and_goes(
    #[values(1, 7, 1000)] batch_size: u32,
    #[values(false, true)] falling: bool,
) {
    let mut pair = with_tables("nodes", TREE).await;
    pair.set("SYNC_BATCH_SIZE", &batch_size);
    grow(&pair, falling).await;
    // The newest entries of the parents stand behind those of their children.
    pair.local.execute("update nodes set name = concat(name, '!') where parent is null").await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["nodes"]).await;
    // Each branch hangs from another root now, and the old roots go.
    let roots = pair.local.column("select id from nodes where parent is null order by id").await;
    let (kept, gone) = (&roots[0], roots[1..].join(", "));
    pair.local
        .execute(&format!(
            "update nodes set parent = {kept} where parent in ({gone}); delete from nodes where id in ({gone})"
        ))
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["nodes"]).await;
    // All leaves go, again and again, until nothing is left.
    while pair.local.one::<u64>("select count(*) from nodes").await > 0 {
        pair.local
            .execute("delete from nodes where id not in (select parent from (select parent from nodes where parent is not null) p)")
            .await;
    }
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["nodes"]).await;
    assert_eq!(
        entries(&pair, "SYNCED").await,
        pair.local.one::<u64>("select count(*) from sync_queue").await
    );
}

#[tokio::test]
async fn a_branch_whose_root_is_bad_waits_for_it_and_the_rest_arrives() {
    let pair = with_tables("nodes", TREE).await;
    pair.central.execute("alter table nodes add constraint no_bad check (name <> 'bad')").await;
    pair.local
        .execute("insert into nodes values (1, null, 'bad'), (2, 1, 'a'), (3, 2, 'b'), (4, null, 'c'), (5, 4, 'd')")
        .await;
    let report = sync(&pair, 3).await;
    assert_eq!(
        (&report["entries_synced"], &report["entries_failed"], &report["entries_held"]),
        (&2.into(), &1.into(), &2.into())
    );
    let held = "select concat(record_id, ' waits for ', waits_for_record) from sync_failures where state = 'HELD' order by 1";
    assert_eq!(pair.local.column(held).await, ["2 waits for 1", "3 waits for 2"]);
    pair.local.execute("update nodes set name = 'good' where id = 1").await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["nodes"]).await;
}

const SHOPS: &str = "create table shops (id int primary key, manager int not null, town varchar(50) not null, unique (manager)); \
                     create table staff (id int primary key, shop int not null, name varchar(50) not null, \
                       key (shop), constraint works_in foreign key (shop) references shops (id)); \
                     alter table shops add constraint led_by foreign key (manager) references staff (id)";

#[rstest]
#[tokio::test]
async fn rows_that_need_each_other_come_and_go_together(#[values(1, 2, 1000)] batch_size: u32) {
    let mut pair = with_tables("shops,staff", SHOPS).await;
    pair.set("SYNC_BATCH_SIZE", &batch_size);
    pair.local
        .execute(
            "set foreign_key_checks = 0; \
             insert into shops values (1, 11, 'Northby'), (2, 22, 'Southby'); \
             insert into staff values (11, 1, 'Ann'), (12, 1, 'Al'), (22, 2, 'Bea'), (23, 2, 'Ben')",
        )
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["shops", "staff"]).await;
    // The managers change places, by way of one who leads none.
    pair.local
        .execute(
            "update shops set manager = 12 where id = 1; update shops set manager = 11 where id = 2; \
             update shops set manager = 22 where id = 1; \
             update staff set shop = 3 - shop where id in (11, 22)",
        )
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["shops", "staff"]).await;
    pair.local
        .execute(
            "set foreign_key_checks = 0; delete from shops where id = 2; delete from staff where shop = 2",
        )
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["shops", "staff"]).await;
    assert_eq!(pair.central.one::<u64>("select count(*) from staff").await, 2);
}

#[tokio::test]
async fn a_circle_with_a_parent_that_no_side_has_is_judged_and_never_breaks_a_key() {
    let pair = with_tables("shops,staff", SHOPS).await;
    pair.local
        .execute(
            "set foreign_key_checks = 0; \
             insert into shops values (1, 11, 'Northby'), (2, 99, 'Nowhere'); insert into staff values (11, 1, 'Ann'), (21, 2, 'Bo')",
        )
        .await;
    let report = sync(&pair, 3).await;
    assert_eq!(
        (&report["entries_synced"], &report["entries_failed"], &report["entries_held"]),
        (&2.into(), &1.into(), &1.into())
    );
    assert_eq!(pair.central.column("select id from shops").await, ["1"]);
    assert_eq!(pair.local.column("select code from sync_failures where record_id = '2'").await, ["1452"]);
    pair.local.execute("insert into staff values (99, 2, 'Cy')").await;
    pair.backhaul(&["retry", "--all"]).await.expect_code(0);
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["shops", "staff"]).await;
}

#[rstest]
#[tokio::test]
async fn a_record_moves_to_a_new_key_with_its_unique_value_and_its_children(
    #[values(1, 3, 1000)] batch_size: u32,
) {
    let mut pair = with_tables(
        "teams,members",
        "create table teams (id int primary key, name varchar(20) not null, unique (name)); \
         create table members (id int primary key, team int not null, foreign key (team) references teams (id))",
    )
    .await;
    pair.local
        .execute("insert into teams values (1, 'red'), (2, 'blue'); insert into members values (1, 1), (2, 1), (3, 1), (4, 2)")
        .await;
    sync(&pair, 0).await;
    pair.set("SYNC_BATCH_SIZE", &batch_size);
    pair.local
        .execute(
            "insert into teams values (7, 'aside'); update members set team = 7 where team = 1; \
             delete from teams where id = 1; update teams set name = 'red' where id = 7",
        )
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["teams", "members"]).await;
}

#[tokio::test]
async fn thousands_of_children_move_with_their_parent_and_its_unique_value() {
    // More than one batch, and still more than usually go along with it.
    const CHILDREN: u32 = 13_500;
    let mut pair = with_tables(
        "teams,members",
        "create table teams (id int primary key, name varchar(20) not null, unique (name)); \
         create table members (id int primary key, team int not null, foreign key (team) references teams (id))",
    )
    .await;
    let members = format!("insert into members select seq, 1 from {}", numbers(CHILDREN));
    pair.local.execute(&format!("insert into teams values (1, 'red'); {members}")).await;
    sync(&pair, 0).await;
    pair.set("SYNC_BATCH_SIZE", &3_000);
    pair.local
        .execute(
            "insert into teams values (7, 'aside'); update members set team = 7; \
             delete from teams where id = 1; update teams set name = 'red' where id = 7",
        )
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["teams", "members"]).await;
}

/// The same tables, but DB_B deletes along, or empties, what refers to a deleted row.
fn cascading(action: &str) -> (&'static str, String) {
    let local = "create table teams (id int primary key); \
                 create table members (id int primary key, team int null, key (team), foreign key (team) references teams (id)); \
                 create table badges (id int primary key, member int null, key (member), foreign key (member) references members (id))";
    let acts = format!("references teams (id) on delete {action} on update cascade");
    let central = local.replace("references teams (id)", &acts);
    let acts = format!("references members (id) on delete {action} on update cascade");
    (local, central.replace("references members (id)", &acts))
}

#[rstest]
#[tokio::test]
async fn central_foreign_keys_that_act_take_nothing_along(
    #[values("cascade", "set null")] action: &str,
    #[values(1, 2, 1000)] batch_size: u32,
) {
    let (local, central) = cascading(action);
    let mut pair = with_other_tables("teams,members,badges", local, &central).await;
    pair.set("SYNC_BATCH_SIZE", &batch_size);
    pair.local
        .execute(
            "insert into teams values (1), (2); insert into members values (1, 1), (2, 1), (3, 2); \
             insert into badges values (10, 1), (11, 1), (20, 2), (30, 3)",
        )
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["teams", "members", "badges"]).await;
    // Team 1 has an early entry; its members move away late, and it goes. Their badges have no entry at all.
    pair.local
        .execute("delete from badges where id = 11; update members set team = 2 where team = 1; delete from teams where id = 1")
        .await;
    pair.local
        .execute(
            "update sync_queue set id = id + 5000 where operation = 'UPDATE' and sync_status = 'PENDING'",
        )
        .await;
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["teams", "members", "badges"]).await;
    assert_eq!(pair.central.column("select member from badges order by id").await, ["1", "2", "3"]);
}

#[rstest]
#[tokio::test]
async fn a_row_that_only_central_has_is_never_deleted_along(#[values("cascade", "set null")] action: &str) {
    let (local, central) = cascading(action);
    let pair = with_other_tables("teams,members,badges", local, &central).await;
    pair.local.execute("insert into teams values (1), (2); insert into members values (1, 1)").await;
    sync(&pair, 0).await;
    pair.central
        .execute(
            "insert into members values (50, 2); insert into badges values (51, 50); \
             create table notes (id int primary key, team int, foreign key (team) references teams (id) on delete cascade); \
             insert into notes values (1, 1)",
        )
        .await;
    pair.local.execute("delete from members; delete from teams").await;
    let report = sync(&pair, 3).await;
    assert_eq!((&report["entries_synced"], &report["entries_failed"]), (&1.into(), &2.into()));
    assert_eq!(pair.central.column("select concat(id, '-', team) from members").await, ["50-2"]);
    assert_eq!(pair.central.column("select concat(id, '-', team) from notes").await, ["1-1"]);
    let messages = pair.local.column("select message from sync_failures order by record_id").await;
    assert!(messages[0].contains("a row of notes") && messages[1].contains("members 50"), "{messages:?}");
    pair.central.execute("drop table notes; delete from badges; delete from members where id = 50").await;
    pair.backhaul(&["retry", "--all"]).await.expect_code(0);
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["teams", "members", "badges"]).await;
}

#[tokio::test]
async fn a_table_whose_central_key_renames_children_by_itself_is_held() {
    let statements = |rule: &str| {
        format!(
            "create table codes (id int primary key, code varchar(10) not null, unique (code)); \
             create table uses (id int primary key, code varchar(10), foreign key (code) references codes (code) {rule})"
        )
    };
    let mut pair = Pair::new().await;
    pair.set("SYNC_TABLES", "codes,uses");
    pair.local.execute(&statements("")).await;
    pair.central.execute(&statements("on update cascade")).await;
    let refused = pair.backhaul(&["install", "--json"]).await.expect_code(1).json();
    let message = refused["refused"][0]["message"].as_str().unwrap();
    assert!(message.contains("changes rows by itself"), "{message}");
    pair.local.execute("insert into codes values (1, 'a'); insert into uses values (1, 'a')").await;
    sync(&pair, 3).await;
    assert_eq!(pair.central.one::<u64>("select count(*) from uses").await, 0);
}
