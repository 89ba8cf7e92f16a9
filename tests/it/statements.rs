//! Every kind of statement that writes is captured, and both sides are equal after a drain.

use crate::support::schema::installed_with;
use crate::support::servers::scratch_dir;
use crate::support::shop::sync;
use crate::support::{Pair, assert_equal_on_both_sides};

/// A table with two keys (DB_B enforces one of them), a computed and a defaulted column, and one that refers to it and follows.
const SCHEMA: &str = "
create table stock (
    id int auto_increment primary key, code varchar(20) not null, amount int not null default 1,
    twice int as (amount * 2), seen datetime(6) not null default current_timestamp(6) on update current_timestamp(6));
alter table stock add unique (code); -- DB_A only
create table moves (
    id int auto_increment primary key, stock int not null, n int,
    foreign key (stock) references stock (id) on delete cascade on update cascade);
";

async fn stock() -> Pair {
    let pair = installed_with("stock,moves", SCHEMA).await;
    pair.local
        .execute("insert into stock (id, code) values (1, 'a'), (2, 'b'), (3, 'c'); insert into moves values (1, 1, 5), (2, 2, 5)")
        .await;
    sync(&pair, 0).await;
    pair
}

/// Carries out `sql`, and answers what it queued, each entry as often as it is there.
async fn queued(pair: &Pair, sql: &str) -> Vec<String> {
    pair.local.execute(&format!("delete from sync_queue; {sql}")).await;
    pair.local
        .column(
            "select concat(table_name, ' ', record_id, ' ', lower(operation)) from sync_queue \
             order by table_name, record_id, operation, id",
        )
        .await
}

async fn arrives(pair: &Pair) {
    sync(pair, 0).await;
    assert_equal_on_both_sides(pair, &["stock", "moves"]).await;
}

#[tokio::test]
async fn statements_of_many_rows_are_captured_row_by_row() {
    let pair = stock().await;
    assert_eq!(
        queued(
            &pair,
            "insert into stock (id, code) values (4, 'd'), (5, 'e'); update stock set amount = 7 where id > 3"
        )
        .await,
        ["stock 4 insert", "stock 4 update", "stock 5 insert", "stock 5 update"]
    );
    arrives(&pair).await;
    assert_eq!(
        queued(&pair, "insert into moves (id, stock, n) select id, id, 1 from stock where id > 3").await,
        ["moves 4 insert", "moves 5 insert"]
    );
    arrives(&pair).await;
    assert_eq!(
        queued(&pair, "update stock join moves on moves.stock = stock.id set stock.amount = 9, moves.n = 8 where stock.id = 4").await,
        ["moves 4 update", "stock 4 update"]
    );
    assert_eq!(
        queued(
            &pair,
            "delete stock, moves from stock join moves on moves.stock = stock.id where stock.id in (4, 5)"
        )
        .await
        .iter()
        .filter(|entry| entry.starts_with("stock"))
        .count(),
        2
    );
    arrives(&pair).await;
}

#[tokio::test]
async fn replace_deletes_what_it_replaces_and_what_goes_with_it() {
    let pair = stock().await;
    let entries = queued(&pair, "replace into stock (id, code) values (9, 'b')").await;
    assert_eq!(entries, ["moves 2 delete", "stock 2 delete", "stock 9 insert"]);
    arrives(&pair).await;
    // One row that takes the keys of two others.
    let entries = queued(&pair, "replace into stock (id, code) values (1, 'c')").await;
    for entry in ["stock 1 delete", "stock 1 insert", "stock 3 delete", "moves 1 delete"] {
        assert!(entries.iter().any(|one| one == entry), "{entry} is missing in {entries:?}");
    }
    arrives(&pair).await;
}

#[tokio::test]
async fn insert_that_turns_into_an_update_is_captured() {
    let pair = stock().await;
    assert_eq!(
        queued(
            &pair,
            "insert into stock (id, code) values (1, 'x'), (7, 'new') on duplicate key update amount = 4"
        )
        .await,
        ["stock 1 update", "stock 7 insert"]
    );
    arrives(&pair).await;
    assert_eq!(
        queued(&pair, "insert into stock (code) values ('b') on duplicate key update id = 22").await,
        ["moves 2 update", "stock 2 delete", "stock 22 insert"]
    );
    arrives(&pair).await;
    assert_eq!(
        queued(&pair, "insert ignore into stock (id, code) values (1, 'a'), (8, 'i')").await,
        ["stock 8 insert"]
    );
    arrives(&pair).await;
}

#[tokio::test]
async fn loaded_files_are_captured() {
    let pair = stock().await;
    let file = scratch_dir("rows").join("rows.txt");
    std::fs::write(&file, "1\tz\t5\n6\tf\t6\n").unwrap();
    let load = |how: &str| {
        format!("load data infile '{}' {how} into table stock (id, code, amount)", file.display())
    };
    assert_eq!(queued(&pair, &load("ignore")).await, ["stock 6 insert"]);
    arrives(&pair).await;
    let entries = queued(&pair, &load("replace")).await;
    for entry in ["moves 1 delete", "stock 1 insert", "stock 6 insert"] {
        assert!(entries.iter().any(|one| one == entry), "{entry} is missing in {entries:?}");
    }
    arrives(&pair).await;
}

#[tokio::test]
async fn what_is_rolled_back_leaves_nothing_and_what_is_kept_stays() {
    let pair = stock().await;
    assert_eq!(
        queued(
            &pair,
            "start transaction; delete from stock where id = 1; savepoint s; delete from stock where id = 2; \
             rollback to savepoint s; update stock set id = 30 where id = 3; commit"
        )
        .await,
        ["moves 1 delete", "stock 1 delete", "stock 3 delete", "stock 30 insert"]
    );
    arrives(&pair).await;
    assert_eq!(queued(&pair, "start transaction; delete from stock; rollback").await, Vec::<String>::new());
    // A statement that fails half way takes its entries along.
    let half = "delete from sync_queue; insert into stock (id, code) values (50, 'x'), (51, 'x')";
    pair.local.try_execute(half).await.unwrap_err();
    assert_eq!(pair.local.column("select id from sync_queue").await, Vec::<String>::new());
    arrives(&pair).await;
}

#[tokio::test]
async fn triggers_that_were_there_before_go_on() {
    let schema = "create table stock (id int primary key, n int, note varchar(20));
        create table moves (id int primary key, stock int);
        alter table moves add foreign key (stock) references stock (id) on delete cascade on update cascade; -- DB_A only
        create table audit (n int auto_increment primary key, what varchar(60));
        create trigger a1 before insert on stock for each row set new.note = concat('b', new.id); -- DB_A only
        create trigger a2 before update on stock for each row set new.n = new.n * 10; -- DB_A only
        create trigger `z 3` after update on stock for each row insert into audit (what) values ('u'); -- DB_A only
        create trigger a4 before delete on stock for each row insert into moves values (100 + old.id, null); -- DB_A only
        create trigger a5 after delete on stock for each row insert into audit (what) values ('d'); -- DB_A only
        ";
    let pair = installed_with("stock,moves,audit", schema).await;
    pair.local
        .execute("insert into stock values (1, 1, ''), (2, 2, ''); insert into moves values (1, 1), (2, 2)")
        .await;
    pair.local
        .execute("update stock set n = 3, id = id + 10 where id = 2; delete from stock where id = 1")
        .await;
    assert_eq!(pair.local.rows("select id, n, note from stock").await.len(), 1);
    assert_eq!(pair.local.column("select concat(id, ' ', n, ' ', note) from stock").await, ["12 30 b2"]);
    assert_eq!(pair.local.column("select what from audit order by n").await, ["u", "d"]);
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["stock", "moves", "audit"]).await;
}
