//! Unique values that no column shows: DB_B cannot be asked who owns them.

use rstest::rstest;

use crate::support::schema::installed_with;
use crate::support::shop::{entries, sync};
use crate::support::{Pair, Place, assert_equal_on_both_sides, not_tested_here};

const COMPUTED: &str = "create table seats (id int primary key, text varchar(20), extra int, \
                        place varchar(40) as (concat(text, '/', coalesce(extra, 0))) stored, unique key (place))";
const BEGINNING: &str =
    "create table seats (id int primary key, text varchar(20), extra int, unique key (text(3)))";
const EXPRESSION: &str =
    "create table seats (id int primary key, text varchar(20), extra int, unique key ((lower(text))))";

/// Four seats that have arrived.
async fn four_seats(key: &str) -> Pair {
    let pair = installed_with("seats", key).await;
    pair.local
        .execute("insert into seats (id, text) values (1, 'one'), (2, 'two'), (3, 'six'), (4, 'ten')")
        .await;
    sync(&pair, 0).await;
    pair
}

/// Two seats swap, and a third one is given what the fourth gives up.
async fn swap(pair: &Pair) {
    pair.local
        .execute(
            "start transaction; update seats set text = 'xxx' where id = 1; update seats set text = 'one' where id = 2; \
             update seats set text = 'two' where id = 1; update seats set text = 'new' where id = 4; \
             update seats set text = 'ten' where id = 3; commit",
        )
        .await;
}

#[rstest]
#[case::a_computed_column(COMPUTED)]
#[case::the_beginning_of_a_text(BEGINNING)]
#[case::an_expression(EXPRESSION)]
#[tokio::test]
async fn they_swap_within_a_batch_also_beside_a_bad_record(#[case] key: &str) {
    if key == EXPRESSION && !(Place::Local.is_mysql() && Place::Central.is_mysql()) {
        not_tested_here("unique keys over expressions, which MariaDB does not have");
        return;
    }
    let pair = four_seats(key).await;
    pair.central.execute("insert into seats (id, text) values (9, 'bad')").await;
    swap(&pair).await;
    pair.local.execute("insert into seats (id, text) values (5, 'bad')").await;
    sync(&pair, 3).await;
    assert_eq!(
        pair.local.column("select record_id from sync_failures").await,
        ["5"],
        "nobody else is judged"
    );
    assert_eq!(
        pair.central.column("select text from seats where id < 5 order by id").await,
        ["two", "one", "ten", "new"]
    );
    pair.central.execute("delete from seats where id = 9").await;
    pair.backhaul(&["retry"]).await.expect_code(0);
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["seats"]).await;
}

#[tokio::test]
async fn halves_of_a_swap_in_different_batches_come_together_at_the_next_attempt() {
    let mut pair = four_seats(COMPUTED).await;
    pair.set("SYNC_BATCH_SIZE", &1);
    swap(&pair).await;
    sync(&pair, 3).await;
    assert_eq!(entries(&pair, "FAILED").await, 0);
    pair.set("SYNC_BATCH_SIZE", &100);
    pair.backhaul(&["retry"]).await.expect_code(0);
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["seats"]).await;
}
